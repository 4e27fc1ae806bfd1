//! Releases that come, stay, or go again.

use std::{fs, time::Duration};

use axum::body::{Body, Bytes};
use decnet_proto::swarm::updater::{Conclusion, Origin, Outcome, Phase, Route, Seen, Standing};
use decnet_updater::Report;

use crate::{
    host::{Host, process},
    releases::{Does, worker},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_release_is_switched_to_and_the_one_before_comes_back_when_it_is_wanted() {
    let host = Host::start().await;
    let before = host.is_well(&host.packaged).await;
    let next = worker("0.2.0", Does::Well, Does::Well);
    let (status, done) = host.master.push(&next.archive(&host.key)).await;
    let done = done.unwrap();
    assert_eq!((status, done.outcome, &done.release.digest), (200, Outcome::Updated, &next.digest()));
    assert!(done.output.contains("decnet-agent: process ") && done.output.contains("work good"), "{done:?}");
    let after = host.is_well(&next).await;
    for (before, after) in [(&before.0, &after.0), (&before.1, &after.1)] {
        assert!(before.boot != after.boot && before.pid != after.pid, "{before:?} {after:?}");
    }
    assert!(host.current().starts_with(host.settings().folders.root.join("worker/releases")));
    let worker_line = host.releases().await.worker;
    assert_eq!(worker_line.current.unwrap().digest, next.digest());
    let told: Vec<_> = worker_line
        .releases
        .iter()
        .map(|one| (one.name.version.as_str(), one.standing, one.origin))
        .collect();
    let expect = [("0.2.0", Standing::Good, Origin::Push), ("0.1.0", Standing::Good, Origin::Package)];
    assert_eq!(told, expect);
    assert_eq!(worker_line.last.unwrap().result, Conclusion::Committed);
    let text = Report::of(Some(&host.membership()), &host.settings().folders).describe();
    assert!(text.contains("Release     worker 0.2.0 ") && text.contains("(good, of a package)"), "{text}");

    let (status, done) = host.master.push(&next.archive(&host.key)).await;
    assert_eq!((status, done.unwrap().outcome), (200, Outcome::Already));
    assert_eq!(host.is_well(&next).await, after, "nothing was started anew");

    let (status, done) = host.master.send(Route::Rollback.path(), None, Body::empty()).await;
    let done = done.unwrap();
    assert_eq!((status, done.outcome, done.release.version.as_str()), (200, Outcome::RolledBack, "0.1.0"));
    host.is_well(&host.packaged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_does_not_do_is_undone_and_says_why() {
    let host = Host::start().await;
    let cases = [
        (Does::Ends, Does::Well, "decnet-agent: does not answer", "a library is missing"),
        (Does::Well, Does::Ends, "decnet-forwarder: does not answer", "a library is missing"),
        (Does::Hangs, Does::Well, "decnet-agent: does not answer", ""),
        (Does::Well, Does::Lies, "decnet-forwarder: runs from no release", ""),
        (Does::Half, Does::Well, "decnet-agent: work was good and is not: as it is", ""),
    ];
    for (number, (agent, forwarder, why, said)) in cases.into_iter().enumerate() {
        let (before, _) = host.is_well(&host.packaged).await;
        let bad = worker(&format!("0.2.{number}"), agent, forwarder);
        let (status, done) = host.master.push(&bad.archive(&host.key)).await;
        let failure = done.unwrap_err();
        assert_eq!((status, failure.rolled_back), (409, true), "{failure:?}");
        assert!(failure.problem.detail.contains(why), "{why}: {failure:?}");
        assert!(failure.output.contains(said), "{said}: {failure:?}");
        let (after, _) = host.is_well(&host.packaged).await;
        assert_ne!(before.boot, after.boot, "it was started anew");
        let line = host.releases().await.worker;
        assert_eq!(line.last.unwrap().result, Conclusion::RolledBack);
        assert_eq!(line.current.unwrap().digest, host.packaged.digest());
    }
    let (status, done) = host.master.send(Route::Rollback.path(), None, Body::empty()).await;
    assert_eq!((status, done.unwrap_err().problem.title.as_str()), (404, "nothing to roll back to"));
    let text = Report::of(Some(&host.membership()), &host.settings().folders).describe();
    assert!(text.contains("Last change to 0.2.4 ") && text.contains(": undone\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_package_brought_is_good_once_it_has_proved_itself() {
    let mut host = Host::start().await;
    host.restart().await;
    let is_good = async {
        while host.releases().await.worker.releases[0].standing != Standing::Good {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), is_good).await.unwrap();
    assert_eq!(host.releases().await.worker.last, None, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_change_is_made_at_a_time_and_the_master_is_answered_all_the_while() {
    let host = Host::start().await;
    let (pieces, first) = host.master.begin();
    pieces.send(Bytes::from_static(b"\x1f\x8b")).await.unwrap();
    let busy = tokio::time::timeout(Duration::from_secs(10), async {
        while host.health().await.change.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    busy.await.unwrap();
    let change = host.health().await.change.unwrap();
    assert_eq!((change.phase, change.to), (Phase::Receiving, None));
    let archive = worker("0.2.0", Does::Well, Does::Well).archive(&host.key);
    for path in [Route::Update.path(), "/v1/update-self?confirm_self=true"] {
        let (status, done) = host.master.push_to(path, &archive).await;
        let failure = done.unwrap_err();
        assert_eq!((status, failure.rolled_back), (409, false), "{path}");
        assert_eq!(failure.busy.unwrap().phase, Phase::Receiving, "{path}");
    }
    let (status, _) = host.master.send(Route::Rollback.path(), None, Body::empty()).await;
    assert_eq!(status, 409);
    drop(pieces);
    let (status, done) = first.await.unwrap();
    assert_eq!(status, 422, "what came is no archive: {:?}", done.unwrap_err());
    assert_eq!(host.health().await.change, None);
    assert_eq!(host.master.push(&archive).await.0, 200, "the turn is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_does_not_stop_a_change_and_a_program_that_was_dead_is_started() {
    let host = Host::start().await;
    let next = worker("0.2.0", Does::Well, Does::Well);
    let (master, archive) = (host.master.clone(), next.archive(&host.key));
    let pushed = tokio::spawn(async move { master.push(&archive).await });
    let is_switching = async {
        while host.health().await.change.is_none_or(|change| change.phase == Phase::Receiving) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), is_switching).await.unwrap();
    pushed.abort();
    host.is_well(&next).await;

    let forwarder = process(host.dir.path(), "forwarder").unwrap();
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(forwarder.pid.cast_signed()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    while forwarder.is_alive() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(matches!(host.health().await.forwarder, Some(Seen::Down(_))));
    let idle = async {
        while host.health().await.change.is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), idle).await.unwrap();
    let third = worker("0.3.0", Does::Well, Does::Well);
    let (status, done) = host.master.push(&third.archive(&host.key)).await;
    assert_eq!(status, 200, "{done:?}");
    host.is_well(&third).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_open_is_ended_by_the_next_updater() {
    let mut host = Host::start().await;
    let next = worker("0.2.0", Does::Well, Does::Well);
    assert_eq!(host.master.push(&next.archive(&host.key)).await.0, 200);
    // As if it had been killed when it had switched, and was about to start the programs anew.
    let journal = host.settings().folders.root.join("worker/journal.json");
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&journal).unwrap()).unwrap();
    text["phase"] = serde_json::json!({ "is": "probing", "attempt": 1 });
    fs::write(&journal, serde_json::to_vec(&text).unwrap()).unwrap();
    let (before, _) = host.is_well(&next).await;
    host.restart().await;
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let line = host.releases().await.worker;
            if let (None, Some(last)) = (line.change, line.last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(ended.await.unwrap().result, Conclusion::Committed);
    let (after, _) = host.is_well(&next).await;
    assert_ne!(before.boot, after.boot, "it proved itself by another start");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_open_of_the_updaters_own_is_given_up_unless_its_watchdog_has_it() {
    let mut host = Host::start().await;
    let next = worker("0.2.0", Does::Well, Does::Well);
    assert_eq!(host.master.push(&next.archive(&host.key)).await.0, 200);
    let (root, own) = ("worker/journal.json", "updater/journal.json");
    let at = |path: &str| host.settings().folders.root.join(path);
    let text = fs::read(at(root)).unwrap();
    let mut journal: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let (own, trial) = (at(own), at("updater/trial"));
    let mut leave = |phase: &str| {
        journal["phase"] = serde_json::json!({ "is": phase });
        fs::write(&own, serde_json::to_vec(&journal).unwrap()).unwrap();
    };

    // As if it had been killed while the archive came: nobody was handed anything.
    leave("received");
    host.restart().await;
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let line = host.releases().await.updater;
            if let (None, Some(last)) = (line.change, line.last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(ended.await.unwrap().result, Conclusion::Abandoned);

    // What was handed over is the watchdog's, also where its mark is only about to be seen.
    for is_marked in [false, true] {
        if is_marked {
            fs::write(&trial, "").unwrap();
        }
        leave("switched");
        host.restart().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let phase = host.releases().await.updater.change.map(|change| change.phase);
        assert_eq!(phase, Some(Phase::Switched), "whoever is to be replaced saw to it itself");
    }
}
