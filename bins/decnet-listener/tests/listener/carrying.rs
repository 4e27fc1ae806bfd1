//! Lines from workers to the log of the master.

use std::{fs, time::Duration};

use decnet_logship::wire;
use decnet_proto::swarm::role::Role;
use tokio::io::AsyncWriteExt as _;

use crate::swarm::{Shipper, Swarm, until};

fn lines(of: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    let line = |number| {
        format!(
            "<134>1 2026-11-27T10:47:13.000042+00:00 {of} http - request [relay@55555 seq=\"{number}\" boot=\"1\" path=\"/\"]"
        )
    };
    numbers.map(line).collect()
}

/// The lines of one host, in the order in which they came.
fn of_host(log: &str, host: &str) -> Vec<String> {
    log.lines().filter(|line| line.contains(host)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_of_several_hosts_arrive_once_and_in_order() {
    let swarm = Swarm::start().await;
    let running = swarm.listen().await;
    let workers: Vec<_> = (10..14).map(|number| swarm.worker(number)).collect();
    running.tells("the roster is known", |report| report.roster.certificates == 4).await;
    let mut shipping = tokio::task::JoinSet::new();
    for (number, worker) in workers.into_iter().enumerate() {
        let mut shipper = Shipper::of(swarm.dir.path(), &format!("worker{number}"));
        let address = running.address;
        shipping.spawn(async move {
            let name = format!("web-{number}");
            for part in 0..4 {
                shipper.write(lines(&name, part * 500..(part + 1) * 500));
                worker.ship(address, &mut shipper).await.unwrap();
            }
        });
    }
    while let Some(shipped) = shipping.join_next().await {
        shipped.unwrap();
    }
    let log = swarm.log_of(8_000).await;
    for number in 0..4 {
        let name = format!("web-{number}");
        assert_eq!(of_host(&log, &format!(" {name} ")), lines(&name, 0..2_000));
    }
    let report = running.report().await;
    assert!(report.healthy, "{report:?}");
    assert_eq!(report.hosts.iter().map(|host| host.lines).collect::<Vec<_>>(), [2_000; 4]);
    assert_eq!(report.hosts[0].name.as_str(), "w10");
    assert!(report.hosts.iter().all(|host| host.acknowledged.is_some() && host.heard.is_some()));
    let metrics = running.metrics().await;
    let id = report.hosts[0].id;
    for line in [
        format!("decnet_listener_host_lines_total{{host=\"{id}\",name=\"w10\"}} 2000"),
        "decnet_listener_derived_lines_total 8000".to_owned(),
        "decnet_listener_healthy 1".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in:\n{metrics}");
    }
    running.stop().await;
    let records = fs::read_to_string(swarm.path("log/master.json")).unwrap();
    assert_eq!(records.lines().count(), 8_000);
    let record: serde_json::Value = serde_json::from_str(records.lines().next().unwrap()).unwrap();
    assert!(record["source_worker"].as_str().unwrap().starts_with('w'), "{record}");
    assert!(record["host_uuid"].is_string(), "{record}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_again_after_a_restart_is_not_kept_again() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut first = Shipper::of(swarm.dir.path(), "worker");
    first.write(lines("web", 0..100));
    worker.ship(running.address, &mut first).await.unwrap();
    running.stop().await;
    assert_eq!(swarm.log().lines().count(), 100, "what was acknowledged is written before it ends");

    // The forwarder died before it wrote down what was acknowledged.
    drop(first);
    let ledger = swarm.path("worker/ledger");
    for entry in fs::read_dir(&ledger).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.starts_with(&ledger));
    }
    let running = swarm.listen().await;
    let mut second = Shipper::of(swarm.dir.path(), "worker");
    second.write(lines("web", 100..200));
    worker.ship_on(running.address, &mut second).await;
    assert_eq!(swarm.log_of(200).await.lines().collect::<Vec<_>>(), lines("web", 0..200));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_renamed_is_begun_anew() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    shipper.write(lines("web", 0..10));
    worker.ship_on(running.address, &mut shipper).await;
    swarm.log_of(10).await;
    fs::rename(swarm.path("log/master.log"), swarm.path("log/master.log.1")).unwrap();
    until("there is a new one", async || swarm.path("log/master.log").exists()).await;
    shipper.write(lines("web", 10..20));
    worker.ship(running.address, &mut shipper).await.unwrap();
    let log = swarm.log_of(10).await;
    assert_eq!(log.lines().collect::<Vec<_>>(), lines("web", 10..20));
    let old = fs::read_to_string(swarm.path("log/master.log.1")).unwrap();
    assert_eq!(old.lines().collect::<Vec<_>>(), lines("web", 0..10));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_senders_bring_plain_frames() {
    let swarm = Swarm::start().await;
    let plain = swarm.stranger(Role::Agent, 10, &[]);
    swarm.enlist(&plain);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut stream = plain.connect(running.address).await.unwrap();
    for line in lines("web", 0..3) {
        stream.write_all(format!("{} {line}", line.len()).as_bytes()).await.unwrap();
    }
    stream.shutdown().await.unwrap();
    assert_eq!(swarm.log_of(3).await.lines().collect::<Vec<_>>(), lines("web", 0..3));
    let unknown = swarm.stranger(Role::Agent, 10, &[b"decnet-log/2"]);
    swarm.enlist(&unknown);
    assert!(unknown.is_refused(running.address).await, "what we do not speak is not spoken");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_listener_speaks_for_many_hosts() {
    let swarm = Swarm::start().await;
    let relay = swarm.stranger(Role::Listener, 1, &[wire::PROTOCOL]);
    swarm.enlist(&relay);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut stream = relay.greeted(running.address).await.unwrap();
    let id = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4";
    for last in ["a", "b"] {
        for said in [
            format!("@host {id}{last} edge-{last}"),
            format!("@at {} 0", "0".repeat(32)),
            format!("line of {last}"),
        ] {
            stream.write_all(format!("{} {said}", said.len()).as_bytes()).await.unwrap();
        }
    }
    assert_eq!(swarm.log_of(2).await, "line of a\nline of b\n");
    let report = running.report().await;
    let names: Vec<_> = report.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(names, ["w1", "edge-a", "edge-b"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_rests_goes_on() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut stream = worker.greeted(running.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let at = format!("@at {} 0", "1".repeat(32));
    stream.write_all(format!("{} {at}5 hello", at.len()).as_bytes()).await.unwrap();
    assert_eq!(swarm.log_of(1).await, "hello\n");
    running.stop().await;
}
