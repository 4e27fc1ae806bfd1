//! The swarm as it stands: where its deckies are, and who finds them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::{
    service::{ServiceId, Transport},
    swarm::operator::ShardView,
};

use crate::{
    log::Follower,
    swarm::{Swarm, open_ports, stage, wiring},
    wait,
};

pub(super) fn twelve_deckies_run(swarm: &Swarm) -> Result<String> {
    let begun = Instant::now();
    swarm.deploy(&stage::ini())?;
    let names = stage::names()?;
    swarm.wait_until_running(&names)?;
    let took = begun.elapsed().as_secs();
    let mut by_host = BTreeMap::<String, usize>::new();
    for decky in swarm.deckies()? {
        *by_host.entry(decky.host_name).or_default() += 1;
    }
    ensure!(by_host.values().all(|count| *count == names.len() / 3), "they stand unevenly: {by_host:?}");
    Ok(format!("{} deckies, {by_host:?}, {took} s", names.len()))
}

/// The TCP ports that a decky's services should have open.
fn expected(decky: &ShardView) -> BTreeSet<u16> {
    let services = decky.services.iter().filter_map(|name| name.parse::<ServiceId>().ok());
    let ports = services.flat_map(|service| service.info().ports.iter());
    ports.filter(|port| port.transport == Transport::Tcp).map(|port| port.number).collect()
}

/// Checks that every decky of these LANs is found with all its ports; says how many of each.
pub(super) fn scan(swarm: &Swarm) -> Result<(usize, usize)> {
    let deckies = swarm.deckies()?;
    let (mut found, mut ports) = (0, 0);
    for attacker in stage::attackers() {
        wiring::forget_neighbours(attacker)?;
        let subnet = attacker.lan().context("an attacker without a LAN")?.address(0).octets();
        let here: Vec<_> = deckies.iter().filter(|decky| decky.ip.octets()[..3] == subnet[..3]).collect();
        let open = open_ports(attacker)?;
        for decky in here {
            let seen = open.get(&decky.ip).cloned().unwrap_or_default();
            let wanted = expected(decky);
            ensure!(seen == wanted, "{} at {} shows {seen:?}, not {wanted:?}", decky.decky_name, decky.ip);
            found += 1;
            ports += seen.len();
        }
    }
    ensure!(found == deckies.len(), "{found} of {} deckies are on a LAN with an attacker", deckies.len());
    Ok((found, ports))
}

/// Waits until the workers are heard, say that these deckies run, and attackers find all of them:
/// what a host says may be older than what became of it.
pub(super) fn settle(swarm: &Swarm, names: &[String]) -> Result<(usize, usize)> {
    swarm.wait_until_active(swarm.workers.len())?;
    swarm.wait_until_running(names)?;
    let mut last = None;
    let found = wait::until("attackers to find every decky", stage::PATIENCE, || {
        scan(swarm).map_err(|error| last = Some(error)).ok()
    });
    match (found, last) {
        (Err(error), Some(last)) => Err(last.context(error)),
        (found, _) => found,
    }
}

pub(super) fn each_attacker_finds_the_deckies_of_his_lan(swarm: &Swarm) -> Result<String> {
    let (found, ports) = scan(swarm)?;
    Ok(format!("{found} deckies, {ports} ports"))
}

pub(super) fn what_attackers_did_is_told_by_the_workers(swarm: &Swarm) -> Result<String> {
    scan(swarm)?;
    let mut told = BTreeSet::new();
    let mut events = 0;
    for worker in &swarm.workers {
        let lan = worker.place.lan().context("a worker without a LAN")?;
        let attacker = lan.address(9).to_string();
        let mut log = Follower::from_start(&worker.folder.join("decnet.log"));
        let seen = log.until("events of a scan", Duration::from_secs(20), |seen| {
            seen.iter().any(|event| event.field("src_ip") == attacker)
        })?;
        let by_attacker = seen.iter().filter(|event| event.field("src_ip") == attacker);
        for event in by_attacker {
            told.insert(event.decky.clone());
            events += 1;
        }
    }
    let names = stage::names()?;
    // A decky of datagrams alone is not reached by a scan of TCP.
    let silent: Vec<_> = names.iter().filter(|name| !told.contains(*name)).collect();
    ensure!(silent.is_empty(), "nothing is told of {silent:?}");
    Ok(format!("{events} events of {} deckies", told.len()))
}

pub(super) fn the_same_fleet_again_changes_nothing(swarm: &Swarm) -> Result<String> {
    let where_they_are = |deckies: Vec<ShardView>| -> BTreeMap<String, (String, std::net::Ipv4Addr)> {
        let place = |decky: ShardView| (decky.decky_name.to_string(), (decky.host_name, decky.ip));
        deckies.into_iter().map(place).collect()
    };
    let before = where_they_are(swarm.deckies()?);
    let begun = Instant::now();
    swarm.deploy(&stage::ini())?;
    swarm.wait_until_running(&stage::names()?)?;
    let after = where_they_are(swarm.deckies()?);
    ensure!(before == after, "deckies moved: {before:?}, then {after:?}");
    Ok(format!("{} where they were, {:.1} s", after.len(), begun.elapsed().as_secs_f64()))
}
