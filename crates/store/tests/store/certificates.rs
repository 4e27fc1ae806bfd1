//! Certificates.

use decnet_proto::swarm::{operator::Profile, role::Role};
use decnet_store::{CertificateState, NewCertificate, Revoke, StoreError};

use crate::fixture::{Fixture, certificate, digest, host};

fn agent(owner: u8, number: u8) -> NewCertificate {
    certificate(Role::Agent, owner, Profile::AgentClient, number)
}

async fn good(fixture: &Fixture, now: i64) -> Vec<(String, CertificateState)> {
    let all = fixture.store.certificate_good(now).await.unwrap();
    all.into_iter().map(|known| (known.certificate.fingerprint, known.state)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_known() {
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    let master = certificate(Role::Master, 7, Profile::MasterClient, 1);
    let operator = certificate(Role::Operator, 8, Profile::OperatorClient, 2);
    let all = vec![master, operator, agent(1, 3)];
    fixture.store.certificate_record(all.clone(), 100).await.unwrap();
    let known = fixture.store.certificate_good(200).await.unwrap();
    assert_eq!(known.iter().map(|known| known.certificate.clone()).collect::<Vec<_>>(), all);
    assert!(known.iter().all(|known| known.state == CertificateState::Pending && known.issued_at == 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_used_takes_the_place_of_the_one_before() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    fixture.enrolled(2).await;
    let server = certificate(Role::Agent, 1, Profile::AgentServer, 9);
    store.certificate_record(vec![agent(1, 1), agent(2, 2), server], 100).await.unwrap();
    for number in [1, 2, 9] {
        assert_eq!(store.certificate_used(digest(number), 110).await.unwrap(), [""; 0]);
    }
    store.certificate_record(vec![agent(1, 3)], 120).await.unwrap();
    store.certificate_record(vec![agent(1, 4)], 120).await.unwrap();
    store.certificate_record(vec![agent(1, 5)], 120).await.unwrap();
    assert_eq!(good(&fixture, 130).await.len(), 6, "the old one is good until the new one is used");
    assert_eq!(store.certificate_used(digest(4), 140).await.unwrap(), [digest(1), digest(3)]);
    assert_eq!(store.certificate_used(digest(4), 150).await.unwrap(), [""; 0]);
    let left = good(&fixture, 150).await;
    let (current, pending) = (CertificateState::Current, CertificateState::Pending);
    assert_eq!(
        left,
        [(digest(2), current), (digest(9), current), (digest(4), current), (digest(5), pending)]
    );
    let refused = store.certificate_used(digest(1), 160).await.unwrap_err();
    assert!(matches!(refused, StoreError::Revoked(_)), "{refused}");
    let refused = store.certificate_used(digest(99), 160).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchCertificate(_)), "{refused}");
    assert_eq!(store.certificate_find(digest(4)).await.unwrap().unwrap().used_at, Some(140));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_out_is_not_good() {
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    fixture.store.certificate_record(vec![agent(1, 1)], 100).await.unwrap();
    assert_eq!(good(&fixture, 10_000).await.len(), 1);
    assert_eq!(good(&fixture, 10_001).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_is_revoked_for_ever() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    store.certificate_record(vec![agent(1, 1)], 100).await.unwrap();
    store
        .certificate_record(vec![certificate(Role::Operator, 8, Profile::OperatorClient, 2)], 100)
        .await
        .unwrap();
    let why = "lost".to_owned();
    let one = Revoke::Fingerprint(digest(1));
    assert_eq!(store.certificate_revoke(one.clone(), why.clone(), 110).await.unwrap(), [digest(1)]);
    assert_eq!(store.certificate_revoke(one, "again".to_owned(), 120).await.unwrap(), [""; 0]);
    let all = Revoke::Holder(host(8));
    assert_eq!(store.certificate_revoke(all, why.clone(), 110).await.unwrap(), [digest(2)]);
    let nobody = Revoke::Fingerprint(digest(77));
    assert_eq!(store.certificate_revoke(nobody, why.clone(), 110).await.unwrap(), [""; 0]);
    let known = store.certificate_find(digest(1)).await.unwrap().unwrap();
    assert_eq!((known.state, known.revoked), (CertificateState::Revoked, Some((110, why))));
    let refused = store.certificate_record(vec![agent(1, 1)], 130).await.unwrap_err();
    assert!(matches!(refused, StoreError::CertificateTaken(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_one_who_is_not_there() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    let both = vec![agent(1, 1), agent(9, 2)];
    let refused = store.certificate_record(both, 100).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchHost(_)), "{refused}");
    assert_eq!(good(&fixture, 100).await, [], "all or none");
    store.host_state(host(1), decnet_proto::swarm::operator::HostState::Leaving, 110).await.unwrap();
    let refused = store.certificate_record(vec![agent(1, 1)], 120).await.unwrap_err();
    assert!(matches!(refused, StoreError::HostLeaving(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_wait_for_the_new_authority_until_they_speak_with_its_certificate() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    for number in 1..=2 {
        fixture.enrolled(number).await;
        store.certificate_record(vec![agent(number, number)], 100).await.unwrap();
        store.certificate_used(digest(number), 110).await.unwrap();
    }
    let waiting = async || {
        let names = store.certificate_waiting(digest(0xcb)).await.unwrap();
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, ["edge-1", "edge-2"]);
    let new = NewCertificate { authority: digest(0xcb), ..agent(1, 3) };
    store.certificate_record(vec![new], 120).await.unwrap();
    assert_eq!(waiting().await, ["edge-1", "edge-2"]);
    store.certificate_used(digest(3), 130).await.unwrap();
    assert_eq!(waiting().await, ["edge-2"]);
}
