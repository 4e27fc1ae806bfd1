//! Containers are found by listing, by events, and by listing again.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    running::{Decoy, Running, check_runs},
    twin::Twin,
};

#[tokio::test]
async fn two_hundred_containers_are_read_at_once() {
    let running = Running::start();
    let start = |number: u64| {
        let decky = format!("d{number}");
        Decoy::new(running.twin.start(number, &decky), &decky, number)
    };
    let mut decoys: Vec<Decoy> = (0..200).map(start).collect();
    for _ in 0..20 {
        decoys.iter_mut().for_each(|decoy| decoy.emit(&running.twin));
        sleep(Duration::from_millis(5)).await;
    }
    let lines = running.wait_for_lines(4_000).await;
    check_runs(&lines, 200, 20);
    let status = running.collector.status();
    assert_eq!((status.streams, status.lines, status.gaps), (200, 4_000, 0));
    running.end().await;
}

#[tokio::test]
async fn what_nobody_tells_of_is_found_all_the_same() {
    let running = Running::start();
    running.twin.set_deaf(true);
    sleep(Duration::from_millis(100)).await;
    let mut decoy = Decoy::new(running.twin.start(1, "quiet"), "quiet", 1);
    decoy.emit(&running.twin);
    check_runs(&running.wait_for_lines(1).await, 1, 1);
    running.end().await;
}

#[tokio::test]
async fn an_engine_that_is_down_is_waited_for() {
    let twin = Twin::default();
    twin.set_down(true);
    let mut decoy = Decoy::new(twin.start(1, "web"), "web", 1);
    (0..5).for_each(|_| decoy.emit(&twin));
    let running = Running::over(twin, tempfile::tempdir().unwrap());
    sleep(Duration::from_millis(500)).await;
    running.twin.set_down(false);
    running.wait_for_lines(5).await;
    // It goes away in the middle and comes back.
    running.twin.set_down(true);
    running.twin.cut();
    (0..5).for_each(|_| decoy.emit(&running.twin));
    sleep(Duration::from_millis(500)).await;
    running.twin.set_down(false);
    check_runs(&running.wait_for_lines(10).await, 1, 10);
    running.end().await;
}

#[tokio::test]
async fn a_restarted_container_goes_on_in_the_same_log() {
    let running = Running::start();
    let id = running.twin.start(1, "web");
    for boot in 1..=3 {
        let mut decoy = Decoy::new(id.clone(), "web", boot);
        (0..10).for_each(|_| decoy.emit(&running.twin));
        running.twin.cut();
    }
    check_runs(&running.wait_for_lines(30).await, 3, 10);
    let (twin, directory) = running.end().await;
    // Another collector reads the same log again.
    let running = Running::over(twin, directory);
    let mut decoy = Decoy::new(id, "web", 4);
    (0..10).for_each(|_| decoy.emit(&running.twin));
    check_runs(&running.wait_for_lines(40).await, 4, 10);
    running.end().await;
}
