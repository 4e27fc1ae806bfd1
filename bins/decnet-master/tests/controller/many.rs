//! Two hundred hosts: what they cost, and how long answers take.

use std::{
    collections::BTreeSet,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use decnet_master::swarm::Settings;
use decnet_proto::swarm::operator::{HostHealth, HostView, Route, Token};
use serde_json::json;

use crate::{
    agent::Agent,
    master::{Master, settings},
    swarm::free_port,
    world::World,
};

/// How many hosts there are.
const HOSTS: usize = 200;

/// Seconds between heartbeats.
const INTERVAL: u32 = 10;

/// Processor time of this process so far, agents and all.
fn processor_time() -> Duration {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let time = |value: nix::sys::time::TimeVal| {
        Duration::new(value.tv_sec().try_into().unwrap(), u32::try_from(value.tv_usec()).unwrap() * 1000)
    };
    time(usage.user_time()) + time(usage.system_time())
}

/// Memory of this process in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    *took.get((took.len() * 99).div_ceil(100) - 1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes a minute and prints figures: run it alone, with --no-capture"]
async fn two_hundred_hosts_are_heard_and_asked() {
    let dir = tempfile::tempdir().unwrap();
    let with = Settings { heartbeat: INTERVAL, ..settings(&dir.path().join("state")) };
    let master = Master::with(with).await;
    let operator = master.operator();
    let begun = Instant::now();
    let (mut agents, mut ports) = (Vec::new(), BTreeSet::new());
    while agents.len() < HOSTS {
        let listen = free_port();
        if !ports.insert(listen.port()) {
            continue;
        }
        let name = format!("w{}", agents.len() + 1);
        let request = json!({"name": name, "address": "127.0.0.1", "agent_port": listen.port()});
        let token: Token = operator.send(Route::Token, &request).await;
        let (controller, dir) = (master.workers.to_string(), dir.path().join(&name));
        let agent =
            Agent::join(&controller, &token.token, dir, listen, World::new(1, 1), &master.clock).await;
        agent.beat_every(Duration::from_secs(INTERVAL.into()));
        agents.push(agent);
    }
    println!("{HOSTS} hosts joined in {:.1} s", begun.elapsed().as_secs_f64());
    tokio::time::sleep(Duration::from_secs(12)).await;

    let (before, at) = (processor_time(), Instant::now());
    let heard = || agents.iter().map(|agent| agent.heard.load(Ordering::Relaxed)).sum::<u64>();
    let heard_before = heard();
    tokio::time::sleep(Duration::from_secs(20)).await;
    let share = (processor_time() - before).as_secs_f64() / at.elapsed().as_secs_f64() * 100.0;
    let beats = heard() - heard_before;
    println!(
        "{beats} heartbeats in 20 s: {share:.2} % of a processor, {} MiB, controller and agents together",
        memory() / 1024
    );
    assert!((300..=500).contains(&beats), "{beats}");

    let mut lists = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let hosts: Vec<HostView> = operator.ask(Route::Hosts).await;
        lists.push(begun.elapsed());
        assert_eq!(hosts.len(), HOSTS);
    }
    let mut checks = Vec::new();
    for _ in 0..10 {
        let begun = Instant::now();
        let checked: Vec<HostHealth> = operator.ask(Route::Check).await;
        checks.push(begun.elapsed());
        assert_eq!(checked.iter().filter(|host| host.reachable).count(), HOSTS);
    }
    println!("list: p99 {} ms; check: p99 {} ms", p99(lists).as_millis(), p99(checks).as_millis());
}
