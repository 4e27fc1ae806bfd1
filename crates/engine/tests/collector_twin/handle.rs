//! What the agent asks of its collector.

use std::{fs, time::Duration};

use decnet_engine::collector::{Channel, Collector, DrainError, OpenError};

use crate::running::{Decoy, Running, check_runs, config};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_container_is_drained_before_it_is_removed() {
    let running = Running::start();
    for round in 1..=5 {
        let id = running.twin.start(round, "web");
        let mut decoy = Decoy::new(id.clone(), "web", round);
        (0..50).for_each(|_| decoy.emit(&running.twin));
        running.twin.stop(&id);
        running.collector.drain("web", LIMIT).await.unwrap();
        running.twin.remove(&id);
    }
    check_runs(&running.wait_for_lines(250).await, 5, 50);
    assert_eq!(running.collector.drain("nobody", LIMIT).await, Err(DrainError::NotRead));
    running.end().await;
}

#[tokio::test]
async fn the_log_moves_while_lines_come() {
    let running = Running::start();
    let mut decoy = Decoy::new(running.twin.start(1, "web"), "web", 1);
    (0..10).for_each(|_| decoy.emit(&running.twin));
    running.wait_for_lines(10).await;
    let elsewhere = running.directory.path().join("elsewhere/events.log");
    running.collector.set_log_file(&elsewhere).await.unwrap();
    assert_eq!(running.collector.status().log_file, elsewhere.display().to_string());
    let json = running.directory.path().join("x.json");
    let refused = running.collector.set_log_file(&json).await.unwrap_err();
    assert!(refused.to_string().contains("must not end in .json"), "{refused}");
    (0..10).for_each(|_| decoy.emit(&running.twin));
    running.collector.drain("web", LIMIT).await.unwrap();
    let moved = fs::read_to_string(&elsewhere).unwrap();
    let objects = fs::read_to_string(elsewhere.with_extension("json")).unwrap();
    assert_eq!((moved.lines().count(), objects.lines().count()), (10, 10));
    assert_eq!(running.wait_for_lines(10).await.len(), 10);
    // The next collector is told to write where the first one began.
    let (twin, directory) = running.end().await;
    let running = Running::over(twin, directory);
    (0..10).for_each(|_| decoy.emit(&running.twin));
    running.wait_for_lines(20).await;
    running.end().await;
}

#[tokio::test]
async fn diagnostics_of_a_decoy_are_no_events() {
    let running = Running::start();
    let mut decoy = Decoy::new(running.twin.start(1, "web"), "web", 1);
    for _ in 0..10 {
        running.twin.write(&decoy.id, Channel::Err, b"WARN something");
        decoy.emit(&running.twin);
    }
    running.collector.drain("web", LIMIT).await.unwrap();
    check_runs(&running.wait_for_lines(10).await, 1, 10);
    running.end().await;
}

#[tokio::test]
async fn a_second_collector_is_refused_until_the_first_ends() {
    let running = Running::start();
    let config = config(running.directory.path());
    let refused = Collector::open(config.clone()).unwrap_err();
    assert!(matches!(&refused, OpenError::Lock(_)));
    assert!(refused.to_string().contains(&format!("process {}", std::process::id())), "{refused}");
    let (_, directory) = running.end().await;
    Collector::open(config).unwrap();
    drop(directory);
}
