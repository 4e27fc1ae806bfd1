//! Ethernet addresses that the machine's maker gives out.

use std::collections::BTreeSet;

use decnet_proto::{mac::Mac, persona::Persona};

use super::Machine;
use crate::{
    derive::{Source, Stream},
    hardware::{Prefix, Vendor},
};

/// The maker of a machine, and an address that nobody has. A kept address stays.
pub(super) fn draw(
    machine: &Machine<'_>,
    source: &Source,
    kept: Option<&Persona>,
    taken: &mut BTreeSet<Mac>,
) -> (Vendor, Mac) {
    let mut stream = source.stream("mac", machine.name.as_str());
    let vendor = stream.pick(machine.profile().vendors).copied().unwrap_or(Vendor::Dell);
    if let Some(mac) = kept.and_then(|kept| kept.mac) {
        return (vendor, mac);
    }
    let prefix = stream.pick(vendor.prefixes()).copied().unwrap_or(VIRTUAL);
    let mut mac = below(prefix, &mut stream);
    while !taken.insert(mac) {
        mac = below(prefix, &mut stream);
    }
    (vendor, mac)
}

/// What stands in for a vendor without prefixes; there is none.
const VIRTUAL: Prefix = Prefix { oui: [0x00, 0x50, 0x56], fourth: (0x80, 0xbf) };

fn below(prefix: Prefix, stream: &mut Stream<'_>) -> Mac {
    let [a, b, c] = prefix.oui;
    let (first, last) = prefix.fourth;
    let fourth = stream.between(first.into(), last.into());
    let [e, f] = stream.bytes();
    Mac([a, b, c, u8::try_from(fourth).unwrap_or(first), e, f])
}
