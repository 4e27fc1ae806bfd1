//! A disk that is full: before a change, and in the middle of one.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::symlink,
    path::Path,
};

use decnet_proto::swarm::updater::{Conclusion, Health, Phase, Seen};

use crate::{
    alone::Alone,
    releases::{Does, worker},
};

/// Writes so much to a file, or as much as there is room for.
fn fill(path: &Path, mebibytes: usize) {
    let mut file = File::create(path).unwrap();
    let block = vec![0; 1 << 12];
    for _ in 0..mebibytes << 8 {
        if file.write_all(&block).is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_releases_and_ends_no_change_until_there_is_room() {
    let mut host = Alone::new(&worker("0.1.0", Does::Well, Does::Well), "").await;
    host.room = "48m";
    symlink(host.dir.path().join("run/agent.sock"), host.dir.path().join("agent.sock")).unwrap();
    host.start("agent forwarder").await;
    let both = |health: &Health| {
        matches!((&health.agent, &health.forwarder), (Some(Seen::Up(_)), Some(Seen::Up(_))))
    };
    let before = host.until("both answer", both).await;

    let filler = host.seen("filler");
    fill(&filler, 20);
    let bad = worker("0.2.0", Does::Hangs, Does::Well);
    let (status, done) = host.master().push(&bad.archive(&host.key)).await;
    let detail = done.unwrap_err().problem.detail;
    assert_eq!(status, 422, "{detail}");
    let folder = host.dir.path().join("var/worker").display().to_string();
    assert!(
        detail.starts_with(&folder) && detail.contains(" bytes free, and this release needs "),
        "{detail}"
    );
    fs::remove_file(&filler).unwrap();

    let (master, archive) = (host.master(), bad.archive(&host.key));
    let pushed = tokio::spawn(async move { master.push(&archive).await });
    let is_probing =
        |health: &Health| health.change.as_ref().is_some_and(|change| change.phase == Phase::Probing);
    host.until("it probes", is_probing).await;
    fill(&filler, 100);
    let (status, done) = pushed.await.unwrap();
    let detail = done.unwrap_err().problem.detail;
    assert_eq!(status, 500, "{detail}");
    assert!(detail.contains("cannot write") && detail.contains("No space left"), "{detail}");
    assert!(is_probing(&host.until("it answers", |_| true).await), "the change is over");
    fs::remove_file(&filler).unwrap();

    let is_over = |health: &Health| health.change.is_none() && both(health);
    let after = host.until("the former ones run again", is_over).await;
    let (Some(Seen::Up(before)), Some(Seen::Up(after))) = (before.agent, after.agent) else {
        panic!("they answered")
    };
    assert_eq!(after.release, before.release);
    assert_ne!(after.boot, before.boot);
    assert_eq!(host.releases().await.worker.last.unwrap().result, Conclusion::RolledBack);
}
