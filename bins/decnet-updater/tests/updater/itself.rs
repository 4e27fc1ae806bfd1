//! The program and its watchdog: its own update, and what it does after it was killed.

use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, Instant},
};

use decnet_proto::swarm::updater::{Conclusion, Health, Outcome, Phase, Running, Seen};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::task::JoinHandle;

use crate::{
    alone::{Alone, updater},
    host::{end, process},
    push::Answer,
    releases::{Does, worker},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_updater_is_replaced_and_comes_back_by_itself_from_one_that_does_not_serve() {
    let mut host = Alone::new(&worker("0.1.0", Does::Well, Does::Well), "").await;
    let first = host.start("").await;
    assert_eq!(first.release, Some(host.packaged.digest()));

    let next = updater("0.2.0", "");
    let confirmed = "/v1/update-self?confirm_self=true";
    let (status, done) = host.master().push_to(confirmed, &next.archive(&host.key)).await;
    assert_eq!((status, done.unwrap().outcome), (200, Outcome::Queued));
    let second = host.until("the next one serves", |health| health.release == Some(next.digest())).await;
    assert!(second.boot != first.boot && second.pid != first.pid);
    host.until("its change is over", |health| health.change.is_none()).await;
    let line = host.releases().await.updater;
    assert_eq!(line.last.unwrap().result, Conclusion::Committed);

    for (number, first_words) in
        [("0.3.0", "echo 'no such library' >&2; exit 3"), ("0.4.0", "exec sleep 600")]
    {
        let bad = updater(number, first_words);
        let (status, done) = host.master().push_to(confirmed, &bad.archive(&host.key)).await;
        assert_eq!((status, done.unwrap().outcome), (200, Outcome::Queued), "{number}");
        let is_back = |health: &Health| health.boot != second.boot && health.change.is_none();
        let back = host.until("the one before is back", is_back).await;
        assert_eq!(back.release, Some(next.digest()), "{number}");
        let last = host.releases().await.updater.last.unwrap();
        assert_eq!((last.result, &last.to.digest), (Conclusion::RolledBack, &bad.digest()), "{number}");
        assert!(last.output.contains("decnet-updater: "), "{number}: {}", last.output);
    }
    let older = updater("0.1.5", "");
    assert_eq!(host.master().push_to(confirmed, &older.archive(&host.key)).await.0, 422);
}

/// A host that makes a release prove itself that never will; its agent before, and who pushed it.
async fn probing() -> (Alone, Running, JoinHandle<Answer>) {
    let mut host = Alone::new(&worker("0.1.0", Does::Well, Does::Well), "").await;
    symlink(host.dir.path().join("run/agent.sock"), host.dir.path().join("agent.sock")).unwrap();
    host.start("agent forwarder").await;
    let before = agent(host.until("both answer", both).await);
    let bad = worker("0.2.0", Does::Hangs, Does::Well);
    let (master, archive) = (host.master(), bad.archive(&host.key));
    let pushed = tokio::spawn(async move { master.push(&archive).await });
    let is_probing =
        |health: &Health| health.change.as_ref().is_some_and(|change| change.phase == Phase::Probing);
    host.until("it probes", is_probing).await;
    (host, before, pushed)
}

/// Whether agent and forwarder answer.
fn both(health: &Health) -> bool {
    matches!((&health.agent, &health.forwarder), (Some(Seen::Up(_)), Some(Seen::Up(_))))
}

fn agent(health: Health) -> Running {
    let Some(Seen::Up(agent)) = health.agent else { panic!("it answered") };
    agent
}

/// The change is undone by the updater that is started now.
async fn is_left_to_the_next(mut host: Alone, before: Running) {
    host.start("").await;
    let is_over = |health: &Health| health.change.is_none() && both(health);
    let agent = agent(host.until("the former ones run again", is_over).await);
    assert_eq!(agent.release, before.release);
    assert_ne!(agent.boot, before.boot);
    assert_eq!(host.releases().await.worker.last.unwrap().result, Conclusion::RolledBack);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_killed_while_it_probes_ends_that_when_it_runs_again() {
    let (host, before, pushed) = probing().await;
    end(&host.dir.path().join("run"), "updater");
    assert!(pushed.await.is_err(), "whoever pushed sees that it broke off");
    is_left_to_the_next(host, before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_asked_to_end_while_it_probes_leaves_that_to_the_next() {
    let (host, before, pushed) = probing().await;
    let process = process(&host.dir.path().join("run"), "updater").unwrap();
    let begun = Instant::now();
    kill(Pid::from_raw(process.pid.cast_signed()), Signal::SIGTERM).unwrap();
    while process.is_alive() {
        assert!(begun.elapsed() < Duration::from_secs(3), "it goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(pushed.await.is_err(), "whoever pushed sees that it broke off");
    let journal = fs::read_to_string(host.dir.path().join("var/worker/journal.json")).unwrap();
    assert!(journal.contains("\"probing\""), "{journal}");
    is_left_to_the_next(host, before).await;
}
