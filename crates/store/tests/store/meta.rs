//! Small values.

use std::collections::BTreeSet;

use decnet_store::{Number, Store, StoreError};

use crate::fixture::{Fixture, host};

#[tokio::test(flavor = "multi_thread")]
async fn values_are_kept() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    assert_eq!(store.meta_get("a").await.unwrap(), None);
    store.meta_set("a", "1".to_owned()).await.unwrap();
    store.meta_set("a", "2".to_owned()).await.unwrap();
    assert_eq!(store.meta_get("a").await.unwrap().as_deref(), Some("2"));
    let refused = store.meta_set("a", "x".repeat(5000)).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
    assert_eq!(store.meta_master(host(1)).await.unwrap(), host(1));
    assert_eq!(store.meta_master(host(2)).await.unwrap(), host(1), "it is drawn once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_number_is_nobody_elses() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.store.number(Number::Trust).await.unwrap(), 0);
    let other = Store::open(&fixture.path()).await.unwrap();
    let mut tasks = Vec::new();
    for at in 0..40 {
        let store = if at % 2 == 0 { fixture.store.clone() } else { other.clone() };
        tasks.push(tokio::spawn(async move { store.number_next(Number::Trust).await.unwrap() }));
    }
    let mut drawn = BTreeSet::new();
    for task in tasks {
        drawn.insert(task.await.unwrap());
    }
    assert_eq!(drawn, (1..=40).collect());
    assert_eq!(fixture.store.number(Number::Trust).await.unwrap(), 40);
    assert_eq!(fixture.store.number(Number::Generation).await.unwrap(), 0);
}
