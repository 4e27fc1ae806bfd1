//! Ends that nobody prepared: a process killed while it writes, a runtime that ends under it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use decnet_proto::swarm::operator::OperationKind;
use decnet_store::Store;
use tokio::runtime::{Builder, Runtime};

use crate::fixture::{host, new_host};

/// Names the file to [`the_one_that_is_killed`].
const FILE: &str = "DECNET_STORE_TEST_FILE";

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn begin(store: &Store) -> u64 {
    let (actor, request) = ("token".to_owned(), "{}".to_owned());
    store.operation_begin(OperationKind::Deploy, actor, request, vec![host(1)], 100).await.unwrap()
}

/// Writes until it is killed, and tells of each write that was done.
#[test]
#[ignore = "the other half of what_was_told_is_there_after_a_kill"]
fn the_one_that_is_killed() {
    let path = PathBuf::from(std::env::var_os(FILE).expect("it is started by the other half"));
    runtime().block_on(async {
        let store = Store::open(&path).await.unwrap();
        loop {
            println!("begun {}", begin(&store).await);
        }
    });
}

/// Starts the other half, waits until it has told of `most` writes, and kills it. Answers with the
/// last that it told of.
fn kill_after(path: &Path, most: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::the_one_that_is_killed", "--ignored", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told = lines.filter_map(|line| line.strip_prefix("begun ")?.parse().ok());
    let last = told.take(most).last();
    child.kill().unwrap();
    child.wait().unwrap();
    last.unwrap()
}

#[test]
fn what_was_told_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    let runtime = runtime();
    let store = runtime.block_on(Store::open(&path)).unwrap();
    runtime.block_on(store.host_invite(new_host(1), 100)).unwrap();
    let mut last = 0;
    for round in 1..=6 {
        last = kill_after(&path, round * 9);
        let newest = runtime.block_on(store.operation_list(1)).unwrap().remove(0);
        assert!(newest.id >= last, "{} is there, {last} was told", newest.id);
        assert_eq!(newest.results.len(), 1, "half of an operation is there");
        let open = runtime.block_on(store.operation_unfinished()).unwrap();
        assert_eq!(open.len(), 1, "the newest took the place of all before");
    }
    assert!(last > 100, "{last}");
}

#[test]
fn a_runtime_that_ends_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    for round in 0..20 {
        let ending = runtime();
        let store = ending.block_on(Store::open(&path)).unwrap();
        if round == 0 {
            ending.block_on(store.host_invite(new_host(1), 100)).unwrap();
        }
        for _ in 0..8 {
            let store = store.clone();
            ending.spawn(async move { begin(&store).await });
        }
        ending.block_on(async { tokio::time::sleep(std::time::Duration::from_micros(round * 300)).await });
        drop(ending);
    }
    let after = runtime();
    let store = after.block_on(Store::open(&path)).unwrap();
    assert!(after.block_on(store.operation_unfinished()).unwrap().len() <= 1);
    let all = after.block_on(store.operation_list(1000)).unwrap();
    assert!(all.iter().all(|view| view.results.len() == 1));
}

#[test]
fn one_thread_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let single = Builder::new_current_thread().enable_all().build().unwrap();
    single.block_on(async {
        let store = Store::open(&folder.path().join("decnet.db")).await.unwrap();
        store.host_invite(new_host(1), 100).await.unwrap();
        let begun = store.clone();
        let patience = std::time::Duration::from_micros(50);
        let _ = tokio::time::timeout(patience, async move { begin(&begun).await }).await;
        begin(&store).await;
        store.close().await;
    });
}
