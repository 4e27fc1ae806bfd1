//! What an attacker of a LAN finds there.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use anyhow::Result;
use decnet_proto::service::{ServiceId, Transport};

use super::wiring::{Network, Place};
use crate::process;

/// The ports that nmap finds open on each address of the attacker's LAN, among those that a
/// service of ours has.
///
/// # Errors
/// When nmap cannot be run.
pub fn open_ports(attacker: Place) -> Result<BTreeMap<Ipv4Addr, BTreeSet<u16>>> {
    let subnet = attacker.lan().unwrap_or(Network::LanA).subnet();
    let all = ServiceId::ALL.iter().flat_map(|service| service.info().ports.iter());
    let tcp: BTreeSet<_> =
        all.filter(|port| port.transport == Transport::Tcp).map(|port| port.number).collect();
    let ports = format!("-p{}", tcp.iter().map(u16::to_string).collect::<Vec<_>>().join(","));
    let arguments = ["nmap", "-n", "-sT", "-T4", "--max-retries=2", &ports, "-oG", "-"];
    let mut command = process::command("ip", ["netns", "exec", &attacker.namespace()]);
    let text = process::output(command.args(arguments).arg(subnet))?;
    Ok(text.lines().filter_map(ports_of).collect())
}

/// Reads `Host: 10.77.81.21 ()\tPorts: 22/open/tcp//ssh///, 80/open/tcp//http///\t…`.
fn ports_of(line: &str) -> Option<(Ipv4Addr, BTreeSet<u16>)> {
    let rest = line.strip_prefix("Host: ")?;
    let address = rest.split(' ').next()?.parse().ok()?;
    let ports = rest.split("Ports: ").nth(1)?.split('\t').next()?;
    let open = |port: &str| {
        let mut words = port.trim().split('/');
        let number = words.next()?.parse().ok()?;
        (words.next() == Some("open")).then_some(number)
    };
    Some((address, ports.split(',').filter_map(open).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_nmap_are_read() {
        let line = "Host: 10.77.81.21 ()\tPorts: 22/open/tcp//ssh///, 25/filtered/tcp//smtp///, \
                    80/open/tcp//http///\tIgnored State: closed (997)";
        assert_eq!(ports_of(line), Some((Ipv4Addr::new(10, 77, 81, 21), BTreeSet::from([22, 80]))));
        assert_eq!(ports_of("Host: 10.77.81.21 ()\tStatus: Up"), None);
        assert_eq!(ports_of("# Nmap done"), None);
    }
}
