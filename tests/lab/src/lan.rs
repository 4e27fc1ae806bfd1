//! The wire: a veth pair between the host and the attacker's namespace.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, bail};

use crate::process::{command, output, run, succeeds};

/// The attacker's network namespace.
pub const NAMESPACE: &str = "decnet-attacker";
/// The host's end of the wire, parent of the deckies' links.
pub const PARENT: &str = "lan0";
/// The attacker's end of the wire.
pub const ATTACKER_LINK: &str = "eth0";
/// Subnet of the LAN.
pub const SUBNET: &str = "10.77.0.0/24";
/// The host's address.
pub const HOST_IP: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
/// The attacker's address.
pub const ATTACKER_IP: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 9);

/// Whether both ends of the wire are there and up.
pub fn is_up() -> bool {
    let far = command("ip", ["-n", NAMESPACE, "link", "show", "dev", ATTACKER_LINK, "up"]);
    let near = command("ip", ["link", "show", "dev", PARENT, "up"]);
    // `ip link show … up` prints nothing, and succeeds, for a link that is down.
    [far, near].iter_mut().all(|command| output(command).is_ok_and(|text| !text.trim().is_empty()))
}

/// Makes namespace and wire.
///
/// # Errors
/// When a step of `ip` fails, for example because the kernel has no veth.
pub fn create() -> Result<()> {
    if succeeds(&mut command("ip", ["link", "show", "dev", PARENT])) {
        bail!("an interface {PARENT} exists that is not the lab's: rename or remove it");
    }
    let host = format!("{HOST_IP}/24");
    let attacker = format!("{ATTACKER_IP}/24");
    let steps: [&[&str]; 9] = [
        &["netns", "add", NAMESPACE],
        &["link", "add", PARENT, "type", "veth", "peer", "name", ATTACKER_LINK, "netns", NAMESPACE],
        &["addr", "add", &host, "dev", PARENT],
        &["-n", NAMESPACE, "addr", "add", &attacker, "dev", ATTACKER_LINK],
        // Deckies are IPv4; without this both ends chatter about IPv6 addresses.
        &["link", "set", PARENT, "addrgenmode", "none"],
        &["-n", NAMESPACE, "link", "set", ATTACKER_LINK, "addrgenmode", "none"],
        &["-n", NAMESPACE, "link", "set", "lo", "up"],
        &["-n", NAMESPACE, "link", "set", ATTACKER_LINK, "up"],
        &["link", "set", PARENT, "up"],
    ];
    for step in steps {
        run(&mut command("ip", step)).context("making the lab's LAN")?;
    }
    Ok(())
}

/// Makes the attacker forget who has which address: a new fleet has new Ethernet addresses.
///
/// # Errors
/// When there is no namespace.
pub fn forget_neighbours() -> Result<()> {
    run(&mut command("ip", ["-n", NAMESPACE, "neigh", "flush", "all"])).context("forgetting neighbours")
}

/// Removes namespace and wire, as far as they exist. Links of deckies on the parent go
/// with it.
///
/// # Errors
/// When the namespace exists and cannot be removed.
pub fn remove() -> Result<()> {
    // The wire goes with either end; the namespace alone may live on in a process.
    if succeeds(&mut command("ip", ["-n", NAMESPACE, "link", "show", "dev", ATTACKER_LINK])) {
        run(&mut command("ip", ["-n", NAMESPACE, "link", "del", ATTACKER_LINK]))
            .context("removing the lab's wire")?;
    }
    let names = output(&mut command("ip", ["netns", "list"]))?;
    if names.lines().any(|line| line.split(' ').next() == Some(NAMESPACE)) {
        run(&mut command("ip", ["netns", "del", NAMESPACE])).context("removing the attacker's namespace")?;
    }
    Ok(())
}
