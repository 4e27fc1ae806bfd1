//! Following is not believed: whatever it brings, each line is written once, in order.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    running::{Decoy, Running, check_runs},
    twin::Mood,
};

async fn check(mood: Mood) {
    let running = Running::start();
    let mut decoy = Decoy::new(running.twin.start(1, "web"), "web", 1);
    (0..10).for_each(|_| decoy.emit(&running.twin));
    running.wait_for_lines(10).await;
    running.twin.set_mood(mood);
    for burst in 1..=20 {
        (0..burst).for_each(|_| decoy.emit(&running.twin));
        sleep(Duration::from_millis(20)).await;
    }
    check_runs(&running.wait_for_lines(220).await, 1, 220);
    assert_eq!(running.collector.status().gaps, 0);
    running.end().await;
}

#[tokio::test]
async fn honest() {
    check(Mood::Honest).await;
}

#[tokio::test]
async fn stuck() {
    check(Mood::Stuck).await;
}

#[tokio::test]
async fn careless() {
    check(Mood::Careless).await;
}
