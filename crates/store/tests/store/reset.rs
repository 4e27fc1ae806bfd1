//! The store emptied.

use decnet_store::{
    Number, Store, StoreError,
    reset::{self, Mode, Table},
};
use diesel::connection::SimpleConnection as _;

use crate::fixture::{Fixture, host, new_host, shard};

/// A store with a host, a decky, and a table that no migration of ours made.
async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    fixture.store.shard_desire(1, vec![shard(1, "a")], 400).await.unwrap();
    let later = "CREATE TABLE \"a later one\" (shard TEXT, host TEXT, \
        FOREIGN KEY (host, shard) REFERENCES shards (host, decky)); \
        INSERT INTO \"a later one\" SELECT decky, host FROM shards";
    fixture.raw().batch_execute(later).unwrap();
    fixture
}

fn rows(tables: &[Table], name: &str) -> Option<u64> {
    tables.iter().find(|table| table.name == name).map(|table| table.rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_found_and_children_come_first() {
    let fixture = filled().await;
    let tables = reset::tables(&fixture.path()).await.unwrap();
    let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
    assert!(place("a later one") < place("shards"));
    assert!(place("shards") < place("hosts") && place("tokens") < place("hosts"));
    assert!(place("operation_results") < place("operations"));
    assert_eq!(tables.len(), 14, "ours, the later one, and the ledger");
    assert_eq!(rows(&tables, "hosts"), Some(1));
    assert_eq!(rows(&tables, "a later one"), Some(1));
    assert_eq!(rows(&tables, "__diesel_schema_migrations"), Some(4));
    assert_eq!(reset::tables(&fixture.path()).await.unwrap(), tables, "to look changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn truncated_it_is_empty_and_goes_on() {
    let fixture = filled().await;
    let before = reset::tables(&fixture.path()).await.unwrap();
    assert_eq!(reset::carry_out(&fixture.path(), Mode::Truncate).await.unwrap(), before);
    let after = reset::tables(&fixture.path()).await.unwrap();
    assert_eq!(after.len(), 14);
    assert!(after.iter().all(|table| table.rows == 0 || table.name == "__diesel_schema_migrations"));
    let store = Store::open(&fixture.path()).await.unwrap();
    assert_eq!(store.number_next(Number::Generation).await.unwrap(), 1);
    store.host_invite(new_host(1), 100).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_it_is_made_anew() {
    let fixture = filled().await;
    fixture.store.close().await;
    reset::carry_out(&fixture.path(), Mode::DropTables).await.unwrap();
    assert_eq!(reset::tables(&fixture.path()).await.unwrap(), []);
    let store = Store::open(&fixture.path()).await.unwrap();
    store.host_invite(new_host(1), 100).await.unwrap();
    let trust = store.host_by_id(host(1)).await.unwrap().unwrap().trust;
    assert_eq!(trust, None, "columns of later migrations are there");
    assert_eq!(reset::tables(&fixture.path()).await.unwrap().len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_nothing_to_empty_where_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("decnet.db");
    let refused = reset::carry_out(&missing, Mode::Truncate).await.unwrap_err();
    assert!(matches!(refused, StoreError::File { .. }), "{refused}");
    assert!(!missing.exists());
}
