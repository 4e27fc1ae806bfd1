//! What the store promises of its file, its constraints, and of work that nobody waits for.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    time::Duration,
};

use decnet_store::{NewHost, Store, StoreError};
use diesel::connection::SimpleConnection as _;

use crate::fixture::{Fixture, new_host};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/decnet.db");
    let store = Store::open(&path).await.unwrap();
    store.host_invite(new_host(1), 100).await.unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for beside in ["decnet.db", "decnet.db-wal", "decnet.db-shm"] {
        assert_eq!(mode(&path.with_file_name(beside)), 0o600, "{beside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_file_is_closed_and_an_open_folder_refused() {
    let fixture = Fixture::new().await;
    fixture.store.close().await;
    fs::set_permissions(fixture.path(), fs::Permissions::from_mode(0o664)).unwrap();
    drop(Store::open(&fixture.path()).await.unwrap());
    assert_eq!(mode(&fixture.path()), 0o600);
    fs::set_permissions(fixture.folder.path(), fs::Permissions::from_mode(0o770)).unwrap();
    let refused = Store::open(&fixture.path()).await.unwrap_err();
    assert!(matches!(refused, StoreError::OpenFolder(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_refused_by_the_database_itself() {
    let fixture = Fixture::new().await;
    let id = fixture.enrolled(1).await;
    fixture.store.shard_desire(1, vec![crate::fixture::shard(1, "a")], 400).await.unwrap();
    let mut raw = fixture.raw();
    let mut refused = |statement: &str| {
        assert!(raw.batch_execute(statement).is_err(), "{statement}");
    };
    refused("UPDATE hosts SET state = 'decommissioned'");
    refused("UPDATE hosts SET state = 'active', enrolled_at = NULL");
    refused("UPDATE hosts SET agent_port = 0");
    refused("UPDATE hosts SET updater_port = 65536");
    refused("UPDATE hosts SET use_ipvlan = 2");
    refused("UPDATE shards SET observed = 'pending'");
    refused("UPDATE shards SET claim = 'another'");
    refused("UPDATE shards SET last_error = 'x', observed = 'running'");
    refused("DELETE FROM hosts");
    let other = "'1b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b'";
    refused(&format!("INSERT INTO shards VALUES ({other}, 'b', 'b', 1, '', '', '', NULL, NULL, 1)"));
    refused(&format!("INSERT INTO tokens VALUES (zeroblob(32), {other}, 0, 1, NULL, NULL)"));
    refused(&format!("INSERT INTO tokens VALUES (zeroblob(31), '{id}', 0, 1, NULL, NULL)"));
    refused("INSERT INTO operations VALUES (1, 1, 'upgrade', '', '', 1, NULL)");
    refused("INSERT INTO operation_notes VALUES (1, 1, '')");
    refused("INSERT INTO numbers VALUES ('x', -1)");
    let certificate = |state: &str, rest: &str| {
        let digest = "a".repeat(64);
        format!(
            "INSERT INTO certificates VALUES ('{digest}', 9, 'agent', '{id}', 'agent-client', '', \
             '{digest}', '{digest}', '{state}', 1, 2, {rest})"
        )
    };
    refused(&certificate("good", "NULL, NULL, NULL"));
    refused(&certificate("current", "NULL, NULL, NULL"));
    refused(&certificate("revoked", "NULL, NULL, NULL"));
    refused(&certificate("pending", "NULL, 1, 'x'"));
    raw.batch_execute(&certificate("revoked", "NULL, 1, 'x'")).expect("this one is as it should be");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_done_though_nobody_waits() {
    let fixture = Fixture::new().await;
    let mut begun = 0;
    for number in 1..=100 {
        let new = NewHost { by_hand: true, ..new_host(number) };
        let work = fixture.store.host_invite(new, 100);
        let patience = Duration::from_micros(u64::from(number) * 7);
        begun += usize::from(tokio::time::timeout(patience, work).await.is_err());
    }
    assert!(begun > 0, "nobody lost patience");
    fixture.store.close().await;
    let store = Store::open(&fixture.path()).await.unwrap();
    assert_eq!(store.host_list(None).await.unwrap().len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_takes_no_work() {
    let fixture = Fixture::new().await;
    fixture.store.close().await;
    fixture.store.close().await;
    assert!(matches!(fixture.store.host_list(None).await, Err(StoreError::Closed)));
    assert!(matches!(fixture.store.host_invite(new_host(1), 1).await, Err(StoreError::Closed)));
}
