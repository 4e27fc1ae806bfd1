//! The end: of a fleet at once, and of a host's place in the swarm.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::operator::ShardState;

use crate::{
    process::output,
    swarm::{Machine, Part, Swarm, open_ports, stage, wiring, wiring::Network},
    wait,
};

/// How many addresses with an open port the attackers find that are no host's.
fn answering(addresses: &[std::net::Ipv4Addr]) -> Result<usize> {
    let mut found = 0;
    for attacker in stage::attackers() {
        wiring::forget_neighbours(attacker)?;
        let open = open_ports(attacker)?;
        found += addresses
            .iter()
            .filter(|address| open.get(address).is_some_and(|ports| !ports.is_empty()))
            .count();
    }
    Ok(found)
}

pub(super) fn panic_silences_the_fleet(swarm: &Swarm) -> Result<String> {
    let addresses: Vec<_> = swarm.deckies()?.iter().map(|decky| decky.ip).collect();
    let begun = Instant::now();
    output(&mut swarm.operator(["panic", "--yes"])?)?;
    let took = begun.elapsed().as_secs_f64();
    ensure!(answering(&addresses)? == 0, "deckies answer after a panic");
    // Nothing brings them back: not an agent that starts, nor a controller.
    let worker = swarm.workers.first().context("no worker")?;
    swarm.reboot(worker)?;
    swarm.master.end(Part::Controller, nix::sys::signal::Signal::SIGKILL)?;
    swarm.start(&swarm.master, Part::Controller)?;
    swarm.wait_until_active(swarm.workers.len())?;
    wait::pause(Duration::from_secs(12));
    ensure!(answering(&addresses)? == 0, "deckies came back after a panic");
    swarm.deploy(&stage::ini())?;
    swarm.wait_until_running(&stage::names()?)?;
    Ok(format!(
        "{} deckies gone after {took:.1} s, and none came back before the next deployment",
        addresses.len()
    ))
}

/// Names of a worker's containers of a fleet.
fn containers(worker: &Machine) -> Result<Vec<String>> {
    let arguments = ["ps", "--filter", "label=decnet.fleet", "--format", "{{.Names}}"];
    Ok(output(&mut worker.command(Path::new("docker"), arguments)?)?.lines().map(str::to_owned).collect())
}

/// How many connections a worker's agent has with the controller, as the master's kernel says.
fn connections(swarm: &Swarm, worker: &Machine) -> Result<usize> {
    let address = Network::Office.address(worker.place.last).to_string();
    let text = output(
        &mut swarm.master.command(Path::new("ss"), ["-Htn", "state", "established", "dst", &address])?,
    )?;
    Ok(text.lines().count())
}

pub(super) fn a_host_leaves(swarm: &Swarm) -> Result<String> {
    let worker = swarm.workers.get(1).context("no worker")?;
    let before = containers(worker)?.len();
    let begun = Instant::now();
    let leave = ["swarm", "decommission", "--name", worker.place.name, "--yes", "--no-wait"];
    output(&mut swarm.operator(leave)?)?;
    wait::until("the sessions of the host to end", Duration::from_secs(1), || {
        (connections(swarm, worker).ok()? == 0).then_some(())
    })?;
    let shut_out = begun.elapsed();
    ensure!(shut_out < Duration::from_secs(1), "its sessions were closed after {shut_out:?}");
    wait::until("the host to leave", stage::PATIENCE, || {
        swarm.hosts().ok()?.iter().all(|host| host.name.as_str() != worker.place.name).then_some(())
    })?;
    let took = begun.elapsed().as_secs_f64();
    let left = containers(worker)?;
    ensure!(left.is_empty(), "it left {left:?} behind");
    // Its heartbeats are refused from now on: it does not come back by itself.
    wait::pause(Duration::from_secs(15));
    ensure!(connections(swarm, worker)? == 0, "it has a session again");
    ensure!(swarm.hosts()?.len() == swarm.workers.len() - 1, "it is listed again");
    let shut_out = shut_out.as_millis();
    Ok(format!("sessions closed after {shut_out} ms; {before} containers gone after {took:.1} s"))
}

pub(super) fn a_host_that_is_away_leaves(swarm: &Swarm) -> Result<String> {
    let worker = swarm.workers.get(2).context("no worker")?;
    wiring::set_cut(worker.place, Network::Office, true)?;
    let outcome =
        output(&mut swarm.operator(["swarm", "decommission", "--name", worker.place.name, "--yes"])?);
    let listed = swarm.deckies()?;
    let behind = listed.iter().filter(|decky| decky.state == ShardState::LeftBehind).count();
    wiring::set_cut(worker.place, Network::Office, false)?;
    wait::pause(Duration::from_secs(15));
    let hosts = swarm.hosts()?;
    ensure!(hosts.iter().all(|host| host.name.as_str() != worker.place.name), "it came back by itself");
    ensure!(behind > 0, "nothing is listed as left behind: {listed:?}, {outcome:?}");
    Ok(format!("{behind} deckies listed as left behind, and it is not let in again"))
}
