//! The fleet as a part of the LAN.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::{attacker, lan, process, stage::Stage};

/// The host reaches each decky, by routes to these addresses and no others.
pub(super) fn the_host_reaches_its_deckies_only(stage: &Stage) -> Result<String> {
    let link = stage.plan.network.driver.host_link();
    let routes = process::output(&mut process::command("ip", ["-json", "route", "show", "dev", link]))?;
    let routes: Vec<Value> = serde_json::from_str(&routes)?;
    let routed: BTreeSet<_> =
        routes.iter().filter_map(|route| route.get("dst")?.as_str()).map(str::to_owned).collect();
    let expected: BTreeSet<_> = stage.addresses().iter().map(ToString::to_string).collect();
    ensure!(routed == expected, "{link} leads to {routed:?}, and should to {expected:?}");
    for door in stage.fleet.doors()? {
        attacker::touch(door.address)?;
    }
    Ok(format!("{} routes", routed.len()))
}

/// MAC address, host name, certificate: nothing that should differ is the same twice.
pub(super) fn no_two_deckies_share_an_identity(stage: &Stage) -> Result<String> {
    let mut macs = BTreeSet::new();
    let mut names = BTreeSet::new();
    for ip in stage.addresses() {
        let ip = ip.to_string();
        attacker::say("nmap", ["-sn", "-n", &ip])?;
        let arguments = ["-n", lan::NAMESPACE, "-json", "neigh", "show", &ip];
        let neighbours = process::output(&mut process::command("ip", arguments))?;
        let neighbours: Vec<Value> = serde_json::from_str(&neighbours)?;
        let mac = neighbours.iter().find_map(|entry| entry.get("lladdr")?.as_str()).unwrap_or_default();
        ensure!(!mac.is_empty(), "{ip} does not answer ARP");
        ensure!(!mac.starts_with("02:42"), "{ip} has an address of Docker's: {mac}");
        let first = u8::from_str_radix(mac.get(..2).unwrap_or_default(), 16)?;
        ensure!(first & 2 == 0, "{ip} has an address of no vendor: {mac}");
        ensure!(macs.insert(mac.to_owned()), "{mac} twice");
    }
    for decky in &stage.plan.deckies {
        ensure!(names.insert(&decky.persona.hostname), "{} twice", decky.persona.hostname);
    }
    Ok(format!("{} MAC addresses of vendors, {} host names", macs.len(), names.len()))
}
