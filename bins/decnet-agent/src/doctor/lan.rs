//! The host's place on its LAN.

use decnet_engine::{HostError, chain};
use decnet_proto::{
    agent::Check,
    site::{LinkKind, Site},
};

use super::{fail, ok, warn};

pub(super) fn rights() -> Check {
    match nix::unistd::geteuid().is_root() {
        true => ok("rights", "the agent runs as root"),
        false => warn(
            "rights",
            format!("the agent runs as user {}", nix::unistd::geteuid()),
            "run it as root, or give it CAP_NET_ADMIN and CAP_NET_RAW and the group docker",
        ),
    }
}

pub(super) fn checks(site: &Result<Site, HostError>) -> Vec<Check> {
    match site {
        Ok(site) => vec![interface(site), address(site), gateway(site)],
        Err(e) => {
            vec![fail("interface", chain(&**e), "name one with --interface")]
        }
    }
}

fn interface(site: &Site) -> Check {
    let mac = site.mac.map(|mac| format!(", {mac}")).unwrap_or_default();
    match site.kind {
        LinkKind::Ethernet => ok("interface", format!("{} (Ethernet{mac})", site.interface)),
        LinkKind::Wifi => warn(
            "interface",
            format!("{} (Wi-Fi{mac}): access points drop frames from other MAC addresses", site.interface),
            "deploy with --ipvlan",
        ),
        LinkKind::Other => fail(
            "interface",
            format!("{} is neither Ethernet nor Wi-Fi", site.interface),
            "name another with --interface",
        ),
    }
}

fn address(site: &Site) -> Check {
    match (site.host_ip, site.subnet) {
        (Some(ip), Some(subnet)) => ok("address", format!("{ip} in {subnet}")),
        _ => fail(
            "address",
            format!("{} has no IPv4 address", site.interface),
            "give the subnet with --subnet",
        ),
    }
}

fn gateway(site: &Site) -> Check {
    match site.gateway {
        Some(gateway) => ok("gateway", gateway.to_string()),
        None => warn(
            "gateway",
            format!("no default route leads through {}", site.interface),
            "deckies will be reached from their own subnet only; give one as gw in [general] of the fleet file if there is one",
        ),
    }
}

/// How many addresses are left on the LAN.
pub(super) fn pool(probed: Result<Site, HostError>, taken: usize) -> Check {
    const NAME: &str = "address pool";
    let site = match probed {
        Ok(site) => site,
        Err(e) => {
            let found = chain(&*e);
            return warn(NAME, found, "without it, an address in use may be given to a decky");
        }
    };
    let total = site.subnet.map_or(0, |subnet| subnet.hosts().count());
    let used = site.in_use.map_or(0, |in_use| in_use.len()) + usize::from(site.host_ip.is_some()) + taken;
    let found = format!("{} of {total} addresses are free", total.saturating_sub(used));
    match total > used {
        true => ok(NAME, found),
        false => fail(NAME, found, "use a wider subnet, or fewer deckies"),
    }
}
