//! Docker rotates its own log while it is followed: following loses and repeats lines then.

use std::collections::BTreeSet;

use decnet_engine::collector::Collector;
use tokio::time::{Duration, Instant, sleep};

use crate::{
    child::{docker, open},
    containers::Containers,
    output::{Written, numbers},
};

/// Collects until `decky` has nothing more to say, and returns what was written.
async fn collect(number: u8, log: &[&str], events: u64, pause: &str) -> Written {
    let containers = Containers::new(number);
    let directory = tempfile::tempdir().unwrap();
    let collector = open(directory.path());
    let running = {
        let (collector, docker) = (collector.clone(), docker(containers.fleet()));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            collector.run(docker, stopped).await
        });
        (task, stop)
    };
    containers.start("loud", "decoy", log, &["loud", &events.to_string(), pause]);
    wait_until_quiet(&containers, &collector, events).await;
    drop(running.1);
    running.0.await.unwrap().unwrap();
    Written::read(directory.path())
}

async fn wait_until_quiet(containers: &Containers, collector: &Collector, events: u64) {
    let last = format!("seq=\"{events}\"");
    let end = Instant::now() + Duration::from_secs(40);
    while !containers.log("loud").last().is_some_and(|line| line.contains(&last)) {
        assert!(Instant::now() < end, "the container does not come to its end");
        sleep(Duration::from_millis(200)).await;
    }
    // A gap takes two readings, and readings take turns with pauses.
    let name = containers.name("loud");
    for _ in 0..3 {
        collector.drain(&name, Duration::from_secs(20)).await.unwrap();
    }
}

/// Every number is either in the log or in a gap record, and says which.
fn account(written: &Written, events: u64) -> (usize, usize) {
    let run = written.of("loud")[0];
    let there: BTreeSet<u64> = run.keys().copied().collect();
    let missing = written.gaps.values().next().cloned().unwrap_or_default();
    assert!(there.is_disjoint(&missing), "recorded as missing, and there");
    assert_eq!(&there | &missing, numbers(1, events));
    (there.len(), missing.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn rotation_of_the_engine_loses_nothing_that_it_keeps_long_enough() {
    // About 5 MB in all, of which Docker keeps everything, in files of 200 kB.
    let written = collect(2, &["max-size=200k", "max-file=40"], 10_000, "300").await;
    let (there, missing) = account(&written, 10_000);
    println!("{there} events, {missing} missing");
    assert_eq!(missing, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_throws_away_too_soon_is_a_gap() {
    let written = collect(3, &["max-size=20k", "max-file=2"], 20_000, "0").await;
    let (there, missing) = account(&written, 20_000);
    println!("{there} events, {missing} in {} gap records", written.gaps.len());
    assert!(missing > 0);
}
