//! One-time tokens.

use decnet_proto::ids::HostId;
use decnet_store::{NewToken, Part, Store, StoreError, TokenRefused};

use crate::fixture::{Fixture, host};

fn token(number: u8, owner: u8, updater: bool) -> NewToken {
    NewToken { hash: [number; 32], host: host(owner), updater, expires_at: 700 }
}

/// Whom a token lets in, or why not, in a letter.
async fn redeem(store: &Store, number: u8, part: Part, now: i64) -> Result<HostId, char> {
    store.token_redeem([number; 32], part, now).await.map_err(|refused| match refused {
        TokenRefused::Unknown => '?',
        TokenRefused::Used => 'u',
        TokenRefused::Expired => 'x',
        TokenRefused::Store(error) => panic!("{error}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_once_for_each_part() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    fixture.enrolled(2).await;
    store.token_add(token(1, 1, false), 100).await.unwrap();
    store.token_add(token(2, 2, true), 100).await.unwrap();
    assert_eq!(redeem(store, 1, Part::Updater, 200).await, Err('?'));
    assert_eq!(redeem(store, 1, Part::Agent, 200).await, Ok(host(1)));
    assert_eq!(redeem(store, 1, Part::Agent, 200).await, Err('u'));
    assert_eq!(redeem(store, 1, Part::Agent, 900).await, Err('u'));
    assert_eq!(redeem(store, 2, Part::Updater, 200).await, Ok(host(2)));
    assert_eq!(redeem(store, 2, Part::Agent, 699).await, Ok(host(2)));
    assert_eq!(redeem(store, 2, Part::Updater, 699).await, Err('u'));
    assert_eq!(redeem(store, 3, Part::Agent, 200).await, Err('?'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_runs_out_and_is_forgotten() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    fixture.enrolled(2).await;
    store.token_add(token(1, 1, true), 100).await.unwrap();
    assert_eq!(redeem(store, 1, Part::Agent, 700).await, Err('x'));
    assert_eq!(redeem(store, 1, Part::Updater, 700).await, Err('x'));
    store.token_add(token(2, 2, false), 701 + 24 * 60 * 60).await.unwrap();
    assert_eq!(redeem(store, 1, Part::Agent, 700).await, Err('?'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_has_one_token() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    fixture.enrolled(1).await;
    store.token_add(token(1, 1, false), 100).await.unwrap();
    store.token_add(token(2, 1, false), 100).await.unwrap();
    assert_eq!(redeem(store, 1, Part::Agent, 200).await, Err('?'));
    assert_eq!(redeem(store, 2, Part::Agent, 200).await, Ok(host(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_a_host_that_is_there() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let refused = store.token_add(token(1, 1, false), 100).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchHost(_)), "{refused}");
    fixture.enrolled(1).await;
    fixture.enrolled(2).await;
    store.token_add(token(1, 1, false), 100).await.unwrap();
    let refused = store.token_add(token(1, 2, false), 100).await.unwrap_err();
    assert!(matches!(refused, StoreError::TokenTaken), "{refused}");
    store.host_remove(host(1), 110).await.unwrap();
    assert_eq!(redeem(store, 1, Part::Agent, 200).await, Err('?'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_who_show_it_at_once_one_is_let_in() {
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    let mut stores = vec![fixture.store.clone()];
    for _ in 0..3 {
        stores.push(Store::open(&fixture.path()).await.unwrap());
    }
    for round in 0..8 {
        fixture.store.token_add(token(round, 1, true), 100).await.unwrap();
        let mut tasks = Vec::new();
        for at in 0..64 {
            let store = stores[at % stores.len()].clone();
            let part = if at % 8 < 4 { Part::Agent } else { Part::Updater };
            tasks.push(tokio::spawn(async move { (part, redeem(&store, round, part, 200).await) }));
        }
        let mut won = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                (part, Ok(id)) => won.push((part, id)),
                (_, refused) => assert_eq!(refused, Err('u')),
            }
        }
        won.sort_by_key(|(part, _)| *part == Part::Updater);
        assert_eq!(won, [(Part::Agent, host(1)), (Part::Updater, host(1))]);
    }
}
