//! The wires: which machine has a card in which network, and the switch between them.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};

use crate::process::{command, output, run};

/// The namespace of the switch: every bridge, and the far end of every wire.
pub const SWITCH: &str = "decnet-s-wires";

/// A network with a bridge of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Where the master speaks with its workers.
    Office,
    /// The LAN of the first two workers.
    LanA,
    /// The LAN of the third.
    LanB,
}

impl Network {
    const ALL: [Self; 3] = [Self::Office, Self::LanA, Self::LanB];

    /// Name of its bridge.
    const fn bridge(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::LanA => "lan-a",
            Self::LanB => "lan-b",
        }
    }

    /// Name of a card in it.
    pub const fn card(self) -> &'static str {
        match self {
            Self::Office => "office0",
            Self::LanA | Self::LanB => "lan0",
        }
    }

    /// The subnet, as `a.b.c.0/24`.
    pub fn subnet(self) -> String {
        format!("{}/24", self.address(0))
    }

    /// An address in it.
    pub const fn address(self, last: u8) -> Ipv4Addr {
        let third = match self {
            Self::Office => 80,
            Self::LanA => 81,
            Self::LanB => 82,
        };
        Ipv4Addr::new(10, 77, third, last)
    }
}

/// A machine or an attacker: its place in the networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called.
    pub name: &'static str,
    /// The networks that it has a card in.
    pub networks: &'static [Network],
    /// Last byte of its addresses.
    pub last: u8,
}

impl Place {
    /// Its network namespace.
    pub fn namespace(&self) -> String {
        format!("decnet-s-{}", self.name)
    }

    /// The switch's end of its wire into a network.
    fn port(&self, network: Network) -> String {
        format!("{}-{}", self.name, network.bridge())
    }

    /// Its LAN, if it has a card in one.
    pub fn lan(&self) -> Option<Network> {
        self.networks.iter().copied().find(|network| *network != Network::Office)
    }
}

const fn place(name: &'static str, networks: &'static [Network], last: u8) -> Place {
    Place { name, networks, last }
}

/// The master.
pub const MASTER: Place = place("master", &[Network::Office], 1);

/// The workers.
pub const WORKERS: [Place; 3] = [
    place("one", &[Network::Office, Network::LanA], 11),
    place("two", &[Network::Office, Network::LanA], 12),
    place("three", &[Network::Office, Network::LanB], 13),
];

/// The attackers.
pub const ATTACKERS: [Place; 2] = [place("eve-a", &[Network::LanA], 9), place("eve-b", &[Network::LanB], 9)];

/// Everybody.
pub fn places() -> impl Iterator<Item = Place> {
    [MASTER].into_iter().chain(WORKERS).chain(ATTACKERS)
}

/// Makes namespaces, bridges and wires.
///
/// # Errors
/// When a step of `ip` fails.
pub fn create() -> Result<()> {
    ip(&["netns", "add", SWITCH])?;
    for network in Network::ALL {
        ip(&["-n", SWITCH, "link", "add", network.bridge(), "type", "bridge"])?;
        ip(&["-n", SWITCH, "link", "set", network.bridge(), "addrgenmode", "none", "up"])?;
    }
    for place in places() {
        let namespace = place.namespace();
        ip(&["netns", "add", &namespace])?;
        ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
        for network in place.networks {
            plug(place, *network)?;
        }
    }
    Ok(())
}

/// Puts a wire between a place and a bridge.
fn plug(place: Place, network: Network) -> Result<()> {
    let (namespace, port, card) = (place.namespace(), place.port(network), network.card());
    let address = format!("{}/24", network.address(place.last));
    ip(&["-n", SWITCH, "link", "add", &port, "type", "veth", "peer", "name", card, "netns", &namespace])?;
    ip(&["-n", SWITCH, "link", "set", &port, "addrgenmode", "none", "master", network.bridge(), "up"])?;
    ip(&["-n", &namespace, "link", "set", card, "addrgenmode", "none", "up"])?;
    ip(&["-n", &namespace, "addr", "add", &address, "dev", card])?;
    if network != Network::Office {
        // Nobody is there: what has a LAN finds it by the way out, as a host does.
        let way_out = network.address(254).to_string();
        ip(&["-n", &namespace, "route", "add", "default", "via", &way_out, "dev", card])?;
    }
    Ok(())
}

/// Cuts the wire between a place and a network, at the switch, or mends it.
///
/// # Errors
/// When there is no such wire.
pub fn set_cut(place: Place, network: Network, cut: bool) -> Result<()> {
    ip(&["-n", SWITCH, "link", "set", &place.port(network), if cut { "down" } else { "up" }])
}

/// Makes an attacker forget who has which address.
///
/// # Errors
/// When there is no such attacker.
pub fn forget_neighbours(attacker: Place) -> Result<()> {
    ip(&["-n", &attacker.namespace(), "neigh", "flush", "all"])
}

/// Removes all of it, as far as it exists. Machines must have been halted.
///
/// # Errors
/// When a namespace exists and cannot be removed.
pub fn remove() -> Result<()> {
    let names = output(&mut command("ip", ["netns", "list"]))?;
    let ours = names.lines().filter_map(|line| line.split(' ').next());
    ours.filter(|name| name.starts_with("decnet-s-")).try_for_each(|name| ip(&["netns", "del", name]))
}

fn ip(arguments: &[&str]) -> Result<()> {
    run(&mut command("ip", arguments)).context("wiring the lab's swarm")
}
