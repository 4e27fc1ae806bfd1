//! A full disk: collecting waits, says so in its status by standing still, and goes on.

use std::{fs, path::Path, process::Command, time::Duration};

use tokio::time::sleep;

use crate::running::{Decoy, Running, check_runs};

/// A file system of its own size; it is gone when this is.
struct Small<'a>(&'a Path);

impl Small<'_> {
    fn mount(&self, options: &str) {
        let path = self.0.to_str().unwrap();
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", options, "t-col", path]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).status());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    fs::create_dir(&log).unwrap();
    let path = log.clone();
    let small = Small(&path);
    small.mount("size=200k");
    let running = Running::over(crate::twin::Twin::default(), directory);
    let mut decoy = Decoy::new(running.twin.start(1, "web"), "web", 1);
    for _ in 0..2_000 {
        decoy.emit(&running.twin);
    }
    let stuck = loop {
        let before = running.collector.status().lines;
        sleep(Duration::from_millis(700)).await;
        if running.collector.status().lines == before {
            break before;
        }
    };
    assert!(stuck < 2_000);
    small.mount("remount,size=16m");
    check_runs(&running.wait_for_lines(2_000).await, 1, 2_000);
    let objects = fs::read_to_string(log.join("decnet.json")).unwrap();
    assert_eq!(objects.lines().count(), 2_000);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_waits_for_a_full_disk_can_be_ended() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    fs::create_dir(&log).unwrap();
    let path = log.clone();
    let small = Small(&path);
    small.mount("size=200k");
    let running = Running::over(crate::twin::Twin::default(), directory);
    let mut decoy = Decoy::new(running.twin.start(1, "web"), "web", 1);
    for _ in 0..2_000 {
        decoy.emit(&running.twin);
    }
    sleep(Duration::from_secs(1)).await;
    let (twin, directory) = running.end().await;
    small.mount("remount,size=16m");
    let running = Running::over(twin, directory);
    check_runs(&running.wait_for_lines(2_000).await, 1, 2_000);
    running.end().await;
}
