//! The host's place on its LAN.

use decnet_engine::{HostError, chain};
use decnet_proto::{
    agent::Check,
    site::{LinkKind, Site},
};

use super::{fail, ok, warn};

/// `CAP_NET_ADMIN` and `CAP_NET_RAW`, as bits of a set (capabilities(7)).
const NEEDED: u64 = 1 << 12 | 1 << 13;

pub(super) fn rights() -> Check {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    judge_rights(nix::unistd::geteuid().as_raw(), &status)
}

/// What a process may, by its user and the text of its `/proc/<pid>/status`.
fn judge_rights(user: u32, status: &str) -> Check {
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|text| u64::from_str_radix(text.trim(), 16).ok()).unwrap_or(0);
    match user {
        0 => ok("rights", "the agent runs as root"),
        _ if effective & NEEDED == NEEDED => {
            ok("rights", format!("the agent runs as user {user}, with CAP_NET_ADMIN and CAP_NET_RAW"))
        }
        _ => warn(
            "rights",
            format!("the agent runs as user {user}, without CAP_NET_ADMIN and CAP_NET_RAW"),
            "run it by its unit decnet-agent.service, or as root",
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

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Verdict;

    use super::*;

    #[test]
    fn capabilities_do_where_the_user_is_not_root() {
        let check = |user, status, verdict| {
            assert_eq!(judge_rights(user, status).verdict, verdict, "{user} {status}")
        };
        check(0, "", Verdict::Ok);
        check(990, "Name:\tx\nCapEff:\t0000000000003000\n", Verdict::Ok);
        check(990, "CapEff:\t000001ffffffffff\n", Verdict::Ok);
        check(990, "CapEff:\t0000000000001000\n", Verdict::Warn);
        check(990, "CapEff:\tx\n", Verdict::Warn);
        check(990, "", Verdict::Warn);
    }
}
