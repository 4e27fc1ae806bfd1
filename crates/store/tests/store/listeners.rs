//! Listeners on other hosts, their tokens, and their certificates, which share one host.

use decnet_proto::{
    ids::HostName,
    swarm::{operator::Profile, role::Role},
};
use decnet_store::{
    CertificateState, NewCertificate, NewListener, Store, StoreError, TokenRefused, limits::LISTENERS,
    listener_holder, listener_name,
};

use crate::fixture::{Fixture, certificate, digest};

fn name(number: u8) -> HostName {
    format!("far-{number}").parse().unwrap()
}

fn new(number: u8, again: bool) -> NewListener {
    NewListener { name: name(number), hash: [number; 32], expires_at: 700, again }
}

/// A certificate of the listener of this number; all of them are of host 9.
fn signed(number: u8, profile: Profile, fingerprint: u8) -> NewCertificate {
    let name = listener_holder(&name(number));
    NewCertificate { name, ..certificate(Role::Listener, 9, profile, fingerprint) }
}

/// Which of these are good, by number.
async fn good(store: &Store) -> Vec<String> {
    let good = store.certificate_good(500).await.unwrap();
    good.into_iter().map(|known| known.certificate.fingerprint).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_one_listener_in_once() {
    let store = Fixture::new().await;
    let store = &store.store;
    store.listener_invite(new(1, false), 100).await.unwrap();
    let redeem =
        async |number: u8, now| store.listener_redeem([number; 32], "192.0.2.7".to_owned(), now).await;
    assert!(matches!(redeem(2, 200).await, Err(TokenRefused::Unknown)));
    assert_eq!(redeem(1, 200).await.unwrap(), name(1));
    assert!(matches!(redeem(1, 201).await, Err(TokenRefused::Used)));
    let known = store.listener_list().await.unwrap();
    assert_eq!((known[0].joined_at, known[0].address.as_str()), (Some(200), "192.0.2.7"));
    store.listener_invite(new(2, false), 100).await.unwrap();
    assert!(matches!(redeem(2, 700).await, Err(TokenRefused::Expired)));
    // A host's part has nothing to do with a listener's token.
    let refused = store.token_redeem([2; 32], decnet_store::Part::Agent, 200).await;
    assert!(matches!(refused, Err(TokenRefused::Unknown)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_free_again_when_nobody_came_under_it() {
    let store = Fixture::new().await;
    let store = &store.store;
    store.listener_invite(new(1, false), 100).await.unwrap();
    let taken = store.listener_invite(new(1, false), 699).await;
    assert!(matches!(taken, Err(StoreError::ListenerTaken(_))));
    store.listener_invite(new(1, false), 700).await.unwrap();
    let missing = store.listener_invite(new(2, true), 700).await;
    assert!(matches!(missing, Err(StoreError::NoSuchListener(_))));
    for number in 2..=u8::try_from(LISTENERS).unwrap() {
        store.listener_invite(new(number, false), 600).await.unwrap();
    }
    let full = store.listener_invite(new(99, false), 600).await;
    assert!(matches!(full, Err(StoreError::TooManyListeners)));
    store.listener_invite(new(3, true), 600).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_of_one_host_end_their_own_certificates_only() {
    let store = Fixture::new().await;
    let store = &store.store;
    let client = Profile::ListenerClient;
    let all = vec![signed(1, client, 1), signed(2, client, 2), signed(1, client, 3)];
    store.certificate_record(all, 100).await.unwrap();
    assert_eq!(store.certificate_used(digest(3), 200).await.unwrap(), [digest(1)]);
    assert_eq!(good(store).await, [digest(2), digest(3)]);
    store.certificate_used(digest(2), 200).await.unwrap();
    assert_eq!(good(store).await, [digest(2), digest(3)]);

    store.listener_invite(new(1, false), 100).await.unwrap();
    assert!(store.listener_remove(name(1), "lost".to_owned(), 300).await.unwrap());
    assert_eq!(good(store).await, [digest(2)]);
    let revoked = store.certificate_find(digest(3)).await.unwrap().unwrap();
    assert_eq!((revoked.state, revoked.revoked), (CertificateState::Revoked, Some((300, "lost".to_owned()))));
    assert!(!store.listener_remove(name(1), "lost".to_owned(), 300).await.unwrap());
    assert!(store.listener_list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_listener_had_ends_when_it_comes_anew() {
    let store = Fixture::new().await;
    let store = &store.store;
    store.certificate_record(vec![signed(1, Profile::ListenerServer, 1)], 100).await.unwrap();
    store.certificate_record(vec![signed(2, Profile::ListenerServer, 2)], 100).await.unwrap();
    store.listener_invite(new(1, false), 100).await.unwrap();
    store.listener_redeem([1; 32], String::new(), 200).await.unwrap();
    assert_eq!(good(store).await, [digest(2)]);
}

#[test]
fn the_name_is_told_from_what_certificates_are_called() {
    assert_eq!(listener_name(&listener_holder(&name(1))), Some(name(1)));
    for other in ["far-1", "updater@far-1", "listener@", "listener@A", "listener@listener"] {
        assert_eq!(listener_name(other), None, "{other}");
    }
}
