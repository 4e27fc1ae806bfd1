//! What is done before the listener ends, and when its disk is full.

use std::{fs, process::Command, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, sleep, timeout},
};

use crate::swarm::{PATIENCE, Shipper, Swarm, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_received_is_acknowledged_and_written_before_it_ends() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut stream = worker.greeted(running.address).await.unwrap();
    let idle = worker.greeted(running.address).await.unwrap();
    let at = format!("@at {} 0", "1".repeat(32));
    stream.write_all(format!("{} {at}5 hello", at.len()).as_bytes()).await.unwrap();
    running.tells("it is received", |report| report.hosts.iter().any(|host| host.bytes > 0)).await;
    let begun = Instant::now();
    running.end.request();
    let mut heard = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut heard)).await.unwrap().unwrap();
    assert!(heard.ends_with(&format!("@ack {} 6", "1".repeat(32))), "{heard}");
    timeout(PATIENCE, running.served).await.unwrap().unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(swarm.log(), "hello\n");
    drop(idle);
}

/// A small disk of its own, if we may have one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(path: std::path::PathBuf) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=256k", "decnet-test"];
        let mounted = Command::new("mount").args(options).arg(&path).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_it_raises_the_alarm_and_goes_on_when_there_is_room() {
    let swarm = Swarm::start().await;
    let Some(disk) = SmallDisk::mount(swarm.path("disk")) else {
        return eprintln!("skipped: only root may mount a disk");
    };
    let worker = swarm.worker(10);
    let spool = disk.0.join("spool");
    let running = swarm.listen_with(|settings| settings.spool.clone_from(&spool)).await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let filler = disk.0.join("filler");
    fs::write(&filler, vec![0; 220 << 10]).unwrap();
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    let lines: Vec<_> = (0..1_000).map(|number| format!("line {number:090}")).collect();
    shipper.write(lines.clone());
    let shipping = tokio::spawn({
        let (worker, address) = (worker.clone(), running.address);
        async move { worker.ship(address, &mut shipper).await }
    });
    let report = running.tells("there is an alarm", |report| report.spool.trouble.is_some()).await;
    assert!(!report.healthy && report.spool.trouble.unwrap().contains("no room in"));
    assert!(running.metrics().await.contains("decnet_listener_spool_alarm 1"));
    sleep(Duration::from_millis(1_500)).await;
    assert!(!shipping.is_finished(), "nobody is told that it is kept");
    fs::remove_file(&filler).unwrap();
    shipping.await.unwrap().unwrap();
    running.tells("the alarm has ended", |report| report.spool.trouble.is_none()).await;
    assert_eq!(swarm.log_of(1_000).await.lines().collect::<Vec<_>>(), lines);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_are_kept_while_the_log_of_the_master_has_no_room() {
    let swarm = Swarm::start().await;
    let Some(disk) = SmallDisk::mount(swarm.path("disk")) else {
        return eprintln!("skipped: only root may mount a disk");
    };
    let worker = swarm.worker(10);
    let log = disk.0.join("master.log");
    let running = swarm.listen_with(|settings| settings.log.clone_from(&log)).await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let filler = disk.0.join("filler");
    fs::write(&filler, vec![0; 220 << 10]).unwrap();
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    let lines: Vec<_> = (0..1_000).map(|number| format!("line {number:090}")).collect();
    shipper.write(lines.clone());
    worker.ship(running.address, &mut shipper).await.unwrap();
    let report = running.tells("there is an alarm", |report| report.derived.trouble.is_some()).await;
    assert!(!report.healthy && report.spool.trouble.is_none());
    assert!(running.metrics().await.contains("decnet_listener_derived_alarm 1"));
    fs::remove_file(&filler).unwrap();
    running.tells("the alarm has ended", |report| report.healthy).await;
    let written = || fs::read_to_string(&log).unwrap();
    until("all is written", async || written().lines().count() >= 1_000).await;
    running.stop().await;
    assert_eq!(written().lines().collect::<Vec<_>>(), lines);
}
