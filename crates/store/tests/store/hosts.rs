//! Hosts.

use decnet_proto::{
    site::{LinkKind, Site},
    swarm::operator::{HostState, Profile, ShardState},
    swarm::role::Role,
};
use decnet_store::{CertificateState, Heard, NewHost, NewToken, StoreError};

use crate::fixture::{Fixture, certificate, digest, host, new_host, shard};

fn heard(generation: Option<u64>) -> Heard {
    Heard { version: "0.1.0".to_owned(), boot: "boot-1".to_owned(), generation, trust: 3, ..Heard::default() }
}

fn site(in_use: Option<&[&str]>) -> Site {
    Site {
        interface: "eth0".to_owned(),
        kind: LinkKind::Ethernet,
        mac: None,
        host_ip: None,
        subnet: Some("192.0.2.0/24".parse().unwrap()),
        gateway: None,
        in_use: in_use.map(|all| all.iter().map(|ip| ip.parse().unwrap()).collect()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_comes_in_and_is_heard() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let new = NewHost { notes: Some("in the cellar".to_owned()), use_ipvlan: true, ..new_host(1) };
    store.host_invite(new, 100).await.unwrap();
    let invited = store.host_by_id(host(1)).await.unwrap().unwrap();
    assert_eq!((invited.view.status, invited.view.enrolled_at), (HostState::Invited, None));
    assert_eq!((invited.view.address.as_str(), invited.view.use_ipvlan), ("", true));
    assert_eq!(invited.view.notes.as_deref(), Some("in the cellar"));

    store.host_joined(host(1), Some("192.0.2.1".to_owned()), 110).await.unwrap();
    store.host_joined(host(1), Some("192.0.2.99".to_owned()), 120).await.unwrap();
    let enrolled = store.host_by_name("edge-1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((enrolled.view.status, enrolled.view.enrolled_at), (HostState::Enrolled, Some(110)));
    assert_eq!(enrolled.view.address, "192.0.2.1", "an address that is known stays");

    let before = store.host_heard(host(1), heard(Some(4)), 200).await.unwrap();
    assert_eq!((before.state, before.boot, before.observed), (HostState::Enrolled, None, None));
    let before = store.host_heard(host(1), heard(None), 210).await.unwrap();
    assert_eq!((before.state, before.boot.as_deref()), (HostState::Active, Some("boot-1")));
    assert_eq!(before.observed, Some(4));
    let active = store.host_by_id(host(1)).await.unwrap().unwrap();
    assert_eq!((active.view.last_heartbeat, active.view.observed), (Some(210), None));
    assert_eq!((active.view.version.as_deref(), active.trust), (Some("0.1.0"), Some(3)));
    assert_eq!(store.host_by_id(host(9)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_one_host() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    store.host_invite(new_host(1), 100).await.unwrap();
    let again = NewHost { id: host(2), ..new_host(1) };
    let refused = store.host_invite(again.clone(), 100).await.unwrap_err();
    assert!(matches!(refused, StoreError::NameTaken(_)), "{refused}");
    store.host_invite(again, 701).await.expect("who never came does not keep the name");
    assert_eq!(store.host_list(None).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_one_host_however_many_ask_at_once() {
    let fixture = Fixture::new().await;
    let mut tasks = Vec::new();
    for number in 1..=16 {
        let store = fixture.store.clone();
        let new = NewHost { name: "edge".parse().unwrap(), ..new_host(number) };
        tasks.push(tokio::spawn(async move { store.host_invite(new, 100).await.is_ok() }));
    }
    let mut won = 0;
    for task in tasks {
        won += u32::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_came_is_forgotten() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    for number in 1..=4 {
        let by_hand = number == 3;
        store.host_invite(NewHost { by_hand, ..new_host(number) }, 100).await.unwrap();
    }
    store.host_joined(host(4), None, 110).await.unwrap();
    let token = NewToken { hash: [2; 32], host: host(2), updater: false, expires_at: 900 };
    store.token_add(token, 300).await.unwrap();
    assert_eq!(store.host_expire_invited(699).await.unwrap(), []);
    assert_eq!(store.host_expire_invited(700).await.unwrap(), [host(1)]);
    assert_eq!(store.host_expire_invited(900).await.unwrap(), [host(2)]);
    assert_eq!(store.host_expire_invited(i64::MAX).await.unwrap(), []);
    let left: Vec<_> = store.host_list(None).await.unwrap().into_iter().map(|h| h.view.uuid).collect();
    assert_eq!(left, [host(3), host(4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn states_change_as_they_may() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    store.host_invite(new_host(2), 100).await.unwrap();
    assert!(!store.host_state(host(2), HostState::Unreachable, 200).await.unwrap());
    assert!(store.host_state(host(1), HostState::Active, 200).await.unwrap());
    assert_eq!(store.host_silent(200).await.unwrap(), []);
    assert_eq!(store.host_silent(201).await.unwrap(), [host(1)]);
    assert_eq!(store.host_list(Some(HostState::Unreachable)).await.unwrap().len(), 1);
    assert!(store.host_state(host(1), HostState::Leaving, 300).await.unwrap());
    assert!(!store.host_state(host(1), HostState::Active, 300).await.unwrap());
    store.host_heard(host(1), heard(None), 310).await.unwrap();
    assert_eq!(store.host_by_id(host(1)).await.unwrap().unwrap().view.status, HostState::Leaving);
    let refused = store.host_joined(host(1), None, 320).await.unwrap_err();
    assert!(matches!(refused, StoreError::HostLeaving(_)), "{refused}");
    let refused = store.host_invite_again(new_host(1), 320).await.unwrap_err();
    assert!(matches!(refused, StoreError::HostLeaving(_)), "{refused}");
    let refused = store.host_state(host(9), HostState::Active, 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchHost(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_use_are_known_until_the_place_is_another() {
    let fixture = Fixture::new().await;
    let (store, id) = (&fixture.store, fixture.enrolled(1).await);
    let say = async |said: Option<Site>| {
        store.host_heard(id, Heard { site: said, ..heard(None) }, 200).await.unwrap();
        store.host_by_id(id).await.unwrap().unwrap().view.site
    };
    let asked = site(Some(&["192.0.2.1", "192.0.2.7"]));
    assert_eq!(say(Some(asked.clone())).await, Some(asked.clone()));
    assert_eq!(say(Some(site(None))).await, Some(asked.clone()));
    assert_eq!(say(None).await, Some(asked));
    let elsewhere = Site { interface: "eth1".to_owned(), ..site(None) };
    assert_eq!(say(Some(elsewhere.clone())).await, Some(elsewhere));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_says_is_bounded() {
    let fixture = Fixture::new().await;
    let id = fixture.enrolled(1).await;
    let said = Heard {
        version: "v".repeat(100_000),
        site: Some(Site { interface: "i".repeat(1_000_000), ..site(None) }),
        ..heard(None)
    };
    fixture.store.host_heard(id, said, 200).await.unwrap();
    let known = fixture.store.host_by_id(id).await.unwrap().unwrap().view;
    assert_eq!(known.version.map(|version| version.len()), Some(256));
    assert_eq!(known.site, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_told_with_the_host() {
    let fixture = Fixture::new().await;
    let (store, id) = (&fixture.store, fixture.enrolled(1).await);
    let signed = vec![
        certificate(Role::Agent, 1, Profile::AgentServer, 1),
        certificate(Role::Agent, 1, Profile::AgentClient, 2),
        certificate(Role::Updater, 1, Profile::UpdaterClient, 3),
    ];
    store.certificate_record(signed, 100).await.unwrap();
    store.certificate_used(digest(2), 110).await.unwrap();
    store.certificate_record(vec![certificate(Role::Agent, 1, Profile::AgentClient, 4)], 120).await.unwrap();
    let view = store.host_by_id(id).await.unwrap().unwrap().view;
    assert_eq!(view.client_cert_fingerprint, Some(digest(2)), "until the new one is used");
    assert_eq!(view.updater_cert_fingerprint, Some(digest(3)));
    assert_eq!(view.not_after, Some(10_001));
    assert_eq!(store.host_list(None).await.unwrap().remove(0).view, view);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_takes_along_what_is_its_own() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    store.host_heard(host(1), heard(None), 120).await.unwrap();
    let token = NewToken { hash: [1; 32], host: host(1), updater: false, expires_at: 900 };
    store.token_add(token, 120).await.unwrap();
    store.certificate_record(vec![certificate(Role::Agent, 1, Profile::AgentClient, 1)], 130).await.unwrap();
    store.shard_desire(1, vec![shard(1, "decky-1")], 140).await.unwrap();
    assert_eq!(store.host_remove(host(1), 150).await.unwrap(), [digest(1)]);
    assert_eq!(store.host_by_id(host(1)).await.unwrap(), None);
    let tombstone = store.certificate_find(digest(1)).await.unwrap().unwrap();
    assert_eq!(tombstone.state, CertificateState::Revoked);
    let left = store.shard_list(None, None).await.unwrap();
    assert_eq!(left.iter().map(|view| view.state).collect::<Vec<_>>(), [ShardState::LeftBehind]);
    store.host_invite(NewHost { id: host(2), ..new_host(1) }, 160).await.expect("the name is free");
    let refused = store.host_remove(host(1), 170).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchHost(_)), "{refused}");
}
