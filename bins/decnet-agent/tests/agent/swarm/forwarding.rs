//! The forwarder that the agent starts: a shell stands for it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use decnet_agent::{Collection, Forwarding};
use decnet_daemon::{pidfile, process::Process, signals::Shutdown};
use decnet_membership::{Part, join, testing::Controller};
use decnet_proto::agent::{Accepted, DecommissionRequest, ForwarderStatus, Route};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{Member, identity, opened, within};
use crate::twin::{Running, World};

/// How long anything may take: one that ended is waited for a second before it is started again.
const LIMIT: Duration = Duration::from_secs(15);

/// What it does: takes its role, says how it was started, and runs.
const SCRIPT: &str = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho \"$@\" >>started\necho $$ >forwarder.lock\n";

/// A forwarder's program, and where it has its lock.
fn forwarding(dir: &Path, rest: &str) -> Forwarding {
    let program = dir.join("decnet-forwarder");
    fs::write(&program, format!("{SCRIPT}{rest}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Forwarding {
        program,
        config_file: None,
        master_host: None,
        master_port: 6514,
        identity: dir.join("identity"),
        runtime_dir: dir.to_owned(),
    }
}

async fn start(world: World, controller: Controller, forwarding: Forwarding) -> Member {
    let agent = world.agent(Collection::none());
    let (place, address) = opened(&agent, &world, &controller).await;
    let place = place.with_forwarder(Some(forwarding), log(&world));
    let local = Running::over(Arc::clone(&agent), &world.socket());
    let (end, shutdown) = Shutdown::by_hand();
    let served = tokio::spawn(place.serve(agent, shutdown));
    Member { world, controller, local, address, end, served }
}

fn log(world: &World) -> PathBuf {
    world.dir.path().join("decnet.log")
}

/// The one that runs.
fn running(dir: &Path) -> Option<Process> {
    pidfile::read(&dir.join("forwarder.pid")).unwrap()
}

async fn told(member: &Member) -> Option<ForwarderStatus> {
    member.local.client.status().await.swarm.unwrap().forwarder
}

/// Waits until the agent tells that.
async fn tells(member: &Member, holds: impl Fn(&ForwarderStatus) -> bool) -> ForwarderStatus {
    let waited = tokio::time::timeout(LIMIT, async {
        loop {
            if let Some(status) = told(member).await.filter(|status| holds(status)) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waited.await.expect("it is not told")
}

fn is_up(status: &ForwarderStatus) -> bool {
    matches!(status, ForwarderStatus::Up(_))
}

async fn joined() -> (World, Controller) {
    let (world, controller) = (World::new(), Controller::start().await);
    join(&controller.join(Part::Agent, &identity(&world))).await.unwrap();
    (world, controller)
}

fn signal(process: Process, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(process.pid).unwrap()), signal).unwrap();
}

#[tokio::test]
async fn it_runs_as_long_as_the_host_is_in_its_swarm() {
    let (world, controller) = joined().await;
    let dir = world.dir.path().to_owned();
    let forwarding = forwarding(&dir, "exec sleep 600");
    let member = start(world, controller, forwarding.clone()).await;
    let first = running(&dir);
    let status = tells(&member, is_up).await;
    let first = first.or_else(|| running(&dir)).unwrap();
    assert_eq!(status, ForwarderStatus::Up(first.pid));
    let expect = format!(
        "--master-host 127.0.0.1 --master-port 6514 --agent-dir {0}/identity --log-file {0}/decnet.log\n",
        dir.display()
    );
    assert_eq!(fs::read_to_string(dir.join("started")).unwrap(), expect);

    signal(first, Signal::SIGKILL);
    tells(&member, |status| matches!(status, ForwarderStatus::Down(why) if why.contains("it ended"))).await;
    let status = tells(&member, is_up).await;
    let second = running(&dir).unwrap();
    assert_eq!(status, ForwarderStatus::Up(second.pid));
    assert!(second != first);

    let (world, controller) = member.stop().await;
    assert!(second.is_alive(), "it outlives the agent");
    let member = start(world, controller, forwarding).await;
    assert_eq!(tells(&member, is_up).await, ForwarderStatus::Up(second.pid), "it is not started twice");
    assert_eq!(fs::read_to_string(dir.join("started")).unwrap().lines().count(), 2);

    let leave = DecommissionRequest { host: member.controller.swarm().hosts.worker };
    let _: Accepted = member.master().send("POST", Route::Decommission.path(), &leave).await.unwrap();
    within(LIMIT, || !second.is_alive()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(running(&dir), None, "nothing is left to ship as");
    member.stop().await;
}

#[tokio::test]
async fn why_it_does_not_run_is_told() {
    let (world, controller) = joined().await;
    let dir = world.dir.path().to_owned();
    let member = start(world, controller, forwarding(&dir, "echo there is no bundle >&2; exit 2")).await;
    let is_told = |status: &ForwarderStatus| matches!(status, ForwarderStatus::Down(why) if why.contains("exit status: 2") && why.contains("no bundle"));
    tells(&member, is_told).await;
    // It is tried again, and not at once.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let times = fs::read_to_string(dir.join("started")).unwrap().lines().count();
    assert!((2..=4).contains(&times), "{times}");
    member.stop().await;
}

#[tokio::test]
async fn where_nobody_is_to_start_it_nothing_is_told() {
    let member = Member::new().await;
    assert_eq!(told(&member).await, None);
    member.stop().await;
}
