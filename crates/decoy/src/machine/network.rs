//! The network as the machine's own programs show it.

use std::{fs, net::Ipv4Addr};

use decnet_proto::{mac::Mac, persona::Persona};

use super::{distro::Distro, hardware::Maker};
use crate::identity;

/// The one interface of the machine.
#[derive(Clone, Debug)]
pub struct Network {
    /// Name of the interface.
    pub interface: &'static str,
    /// Its address.
    pub address: Ipv4Addr,
    /// Length of the network's prefix.
    pub prefix: u8,
    /// The default gateway.
    pub gateway: Ipv4Addr,
    /// Ethernet address.
    pub mac: Mac,
    /// Ethernet address of the gateway.
    pub gateway_mac: Mac,
}

impl Network {
    pub(super) fn new(persona: &Persona, distro: Distro, maker: Maker) -> Self {
        let table = fs::read_to_string("/proc/net/route").unwrap_or_default();
        let (prefix, gateway) = routes(&table, persona.ip);
        let [_, a, b, c, d, e] = identity::derive::<6>(&persona.key, "ethernet");
        let [f, g, h] = identity::derive::<3>(&persona.key, "gateway ethernet");
        Self {
            interface: interface(distro, maker),
            address: persona.ip,
            prefix,
            gateway,
            mac: persona.mac.unwrap_or(Mac([0xbc, 0x24, 0x11, a ^ b, c ^ d, e])),
            gateway_mac: Mac([0x58, 0x97, 0xbd, f, g, h]),
        }
    }

    /// The mask of the prefix.
    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from(mask(self.prefix))
    }

    /// The address of the network.
    pub fn network(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.address) & mask(self.prefix))
    }

    /// The broadcast address.
    pub fn broadcast(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.address) | !mask(self.prefix))
    }

    /// The link-local address that the Ethernet address gives.
    pub fn link_local(&self) -> std::net::Ipv6Addr {
        let [a, b, c, d, e, f] = self.mac.0;
        let pair = |high: u8, low: u8| u16::from_be_bytes([high, low]);
        std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, pair(a ^ 2, b), pair(c, 0xff), pair(0xfe, d), pair(e, f))
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

const fn interface(distro: Distro, maker: Maker) -> &'static str {
    match (distro, maker) {
        (Distro::Alpine319, _) | (_, Maker::HyperV | Maker::Board) => "eth0",
        (Distro::Firmware, _) => "br-lan",
        (_, Maker::Vmware) => "ens192",
        (_, Maker::Qemu) => "ens18",
        (_, Maker::Dell | Maker::Hpe) => "eno1",
        (_, Maker::Supermicro) => "eno1np0",
    }
}

/// Prefix and gateway from the kernel's table of the namespace that we run in; the usual ones
/// where it says nothing of our address.
fn routes(table: &str, address: Ipv4Addr) -> (u8, Ipv4Addr) {
    let (mut prefix, mut gateway) = (None, None);
    for line in table.lines().skip(1) {
        let field = |number: usize| {
            let text = line.split_whitespace().nth(number)?;
            u32::from_str_radix(text, 16).ok().map(u32::swap_bytes)
        };
        let (Some(network), Some(via), Some(mask)) = (field(1), field(2), field(7)) else { continue };
        if mask == 0 {
            gateway = gateway.or(Some(Ipv4Addr::from(via)));
        } else if u32::from(address) & mask == network && via == 0 {
            prefix = u8::try_from(mask.leading_ones()).ok();
        }
    }
    let prefix = prefix.unwrap_or(24);
    let first = Ipv4Addr::from((u32::from(address) & mask(prefix)).saturating_add(1));
    let inside = |via: &Ipv4Addr| u32::from(*via) & mask(prefix) == u32::from(address) & mask(prefix);
    (prefix, gateway.filter(inside).unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_gives_prefix_and_gateway() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\tFE014D0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            eth0\t00004D0A\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0\n";
        let address = Ipv4Addr::new(10, 77, 0, 20);
        assert_eq!(routes(table, address), (20, Ipv4Addr::new(10, 77, 1, 254)));
        assert_eq!(routes("", address), (24, Ipv4Addr::new(10, 77, 0, 1)));
    }
}
