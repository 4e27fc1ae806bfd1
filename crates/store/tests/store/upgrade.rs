//! Files that other versions have written.

use decnet_proto::swarm::operator::{HostState, OperationKind, ResultState, ShardState};
use decnet_store::{Heard, Number, Store, StoreError};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};

use crate::fixture::{Fixture, new_host};

/// A file as the first migration made it.
const FIRST: &str = include_str!("../fixtures/first.sql");

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_first_version_gets_the_columns_that_came_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(FIRST).unwrap();
    let store = Store::open(&path).await.unwrap();
    let hosts = store.host_list(None).await.unwrap();
    assert_eq!(hosts.len(), 2);
    assert_eq!((hosts[0].view.status, hosts[0].view.wanted), (HostState::Active, Some(4)));
    assert_eq!((hosts[0].view.notes.as_deref(), hosts[0].trust), (Some("in the cellar"), None));
    assert_eq!(hosts[0].view.updater_port, 8766);
    store.host_heard(hosts[0].view.uuid, Heard { trust: 7, ..Heard::default() }, 3000).await.unwrap();
    assert_eq!(store.host_list(None).await.unwrap()[0].trust, Some(7));
    assert_eq!(store.shard_list(None, Some(ShardState::Running)).await.unwrap().len(), 1);
    assert_eq!(store.number(Number::Trust).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_before_releases_were_brought_is_still_known() {
    const ASKED: &str = "INSERT INTO operations VALUES (8, 3, 'deploy', 'token', '{}', 100, NULL);
        INSERT INTO operation_results
            VALUES (8, '0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a01', 'edge-1', 'failed', 9, 4, 'link', '[]');
        INSERT INTO operation_notes VALUES (8, 1, 'one')";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    let mut raw = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    raw.batch_execute(FIRST).and_then(|()| raw.batch_execute(ASKED)).unwrap();
    drop(raw);
    let store = Store::open(&path).await.unwrap();
    let view = store.operation_get(8).await.unwrap().unwrap();
    assert_eq!((view.kind, view.notes.as_slice()), (OperationKind::Deploy, ["one".to_owned()].as_slice()));
    let told: Vec<_> =
        view.results.iter().map(|result| (result.state, result.steps, result.outcome)).collect();
    assert_eq!(told, [(ResultState::Failed, (9, 4), None)]);
    store.operation_note(8, "two".to_owned()).await.unwrap();
    store.operation_finish(8, 200).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_newer_version_is_refused_as_it_is() {
    let fixture = Fixture::new().await;
    fixture.store.host_invite(new_host(1), 100).await.unwrap();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    fixture.raw().batch_execute(newer).unwrap();
    let refused = Store::open(&fixture.path()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Newer(version) if version == "20991231000000"), "{refused}");
    assert_eq!(fixture.store.host_list(None).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    std::fs::write(
        &path,
        "a text, and not a short one, so that it cannot be taken for an empty file".repeat(20),
    )
    .unwrap();
    assert!(Store::open(&path).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_open_a_new_file_at_once_all_can() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decnet.db");
        let open = |_| {
            let path = path.clone();
            tokio::spawn(async move { Store::open(&path).await.map(|_| ()) })
        };
        let tasks: Vec<_> = (0..12).map(open).collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    }
}
