//! Addresses: pinned ones as given, those of the running plan kept, the others spread over
//! what is free. Neighbouring addresses in the order of a file would give a fleet away and
//! run into the machines that sit at the beginning of most subnets.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use decnet_proto::{ids::DeckyName, plan::Decky};
use ipnet::Ipv4Net;

use crate::{
    derive::Source,
    diagnostic::{Diagnostics, Located},
    fleet::DeckySpec,
};

/// Draws before the addresses are walked one by one.
const DRAWS: usize = 24;

/// The LAN as far as addresses go.
pub(crate) struct Lan<'a> {
    pub(crate) subnet: Ipv4Net,
    pub(crate) gateways: BTreeSet<Ipv4Addr>,
    /// Of the hosts that carry the deckies.
    pub(crate) host_ips: BTreeSet<Ipv4Addr>,
    /// Addresses that answered ARP.
    pub(crate) in_use: BTreeSet<Ipv4Addr>,
    pub(crate) ip_start: Option<&'a Located<Ipv4Addr>>,
}

/// An address for each decky, in their order; those without one are reported.
pub(crate) fn allocate(
    deckies: &[&DeckySpec],
    lan: &Lan<'_>,
    before: &[&Decky],
    source: &Source,
    found: &mut Diagnostics,
) -> Vec<Option<Ipv4Addr>> {
    let mut pool = Pool::new(lan, before, found);
    let mut given: Vec<Option<Ipv4Addr>> = vec![None; deckies.len()];
    for (decky, slot) in deckies.iter().zip(&mut given) {
        *slot = decky.ip.as_ref().map(|ip| pool.pin(ip, found));
    }
    for (decky, slot) in deckies.iter().zip(&mut given) {
        *slot = slot.or_else(|| pool.keep(&decky.name));
    }
    for (decky, slot) in deckies.iter().zip(&mut given) {
        *slot = slot.or_else(|| pool.draw(decky, source, found));
    }
    given
}

struct Pool<'a> {
    lan: &'a Lan<'a>,
    /// First and last address that may be drawn.
    range: (u32, u32),
    /// Addresses of the running plan. They answer ARP because the deckies do.
    ours: BTreeMap<&'a DeckyName, Ipv4Addr>,
    answering: BTreeSet<Ipv4Addr>,
    given: BTreeSet<Ipv4Addr>,
}

impl<'a> Pool<'a> {
    fn new(lan: &'a Lan<'a>, before: &[&'a Decky], found: &mut Diagnostics) -> Self {
        let ours: BTreeMap<_, _> = before.iter().map(|decky| (&decky.name, decky.persona.ip)).collect();
        let own: BTreeSet<_> = ours.values().copied().collect();
        let answering = lan.in_use.difference(&own).copied().collect();
        let first = u32::from(lan.subnet.network()).saturating_add(1);
        let last = u32::from(lan.subnet.broadcast()).saturating_sub(1);
        let mut pool = Self { lan, range: (first, last), ours, answering, given: BTreeSet::new() };
        pool.start_at(found);
        pool
    }

    fn start_at(&mut self, found: &mut Diagnostics) {
        let Some(start) = self.lan.ip_start else { return };
        let (first, last) = self.range;
        if (first..=last).contains(&u32::from(start.value)) {
            self.range.0 = start.value.into();
        } else {
            let (first, last) = (Ipv4Addr::from(first), Ipv4Addr::from(last));
            let subnet = self.lan.subnet;
            found.error(
                &start.place,
                format!("{} is no host of {subnet}, whose hosts are {first} to {last}", start.value),
            );
        }
    }

    /// Why nobody can have an address.
    fn reserved(&self, ip: Ipv4Addr) -> Option<&'static str> {
        let subnet = self.lan.subnet;
        let first = u32::from(subnet.network()).saturating_add(1);
        if !subnet.contains(&ip) {
            Some("outside the subnet")
        } else if ip == subnet.network() {
            Some("the address of the subnet itself")
        } else if ip == subnet.broadcast() {
            Some("the broadcast address")
        } else if self.lan.gateways.contains(&ip) {
            Some("the gateway")
        } else if self.lan.host_ips.contains(&ip) {
            Some("this host")
        } else if self.answering.contains(&ip) {
            Some("in use: another machine answers ARP for it")
        } else if self.lan.gateways.is_empty() && self.lan.host_ips.is_empty() && u32::from(ip) == first {
            Some("kept for a gateway as long as none is known; name it with gw =")
        } else {
            None
        }
    }

    fn pin(&mut self, ip: &Located<Ipv4Addr>, found: &mut Diagnostics) -> Ipv4Addr {
        if let Some(reason) = self.reserved(ip.value) {
            let subnet = self.lan.subnet;
            found.error(&ip.place, format!("{} is {reason} (subnet {subnet})", ip.value));
        }
        self.given.insert(ip.value);
        ip.value
    }

    fn keep(&mut self, name: &DeckyName) -> Option<Ipv4Addr> {
        let ip = self.ours.get(name).copied().filter(|ip| self.free(*ip))?;
        self.given.insert(ip);
        Some(ip)
    }

    fn free(&self, ip: Ipv4Addr) -> bool {
        let (first, last) = self.range;
        (first..=last).contains(&ip.into()) && self.reserved(ip).is_none() && !self.given.contains(&ip)
    }

    fn draw(&mut self, decky: &DeckySpec, source: &Source, found: &mut Diagnostics) -> Option<Ipv4Addr> {
        let (first, last) = self.range;
        let mut stream = source.stream("address", decky.name.as_str());
        let drawn = (0..DRAWS).map(|_| Ipv4Addr::from(stream.between(first, last))).find(|ip| self.free(*ip));
        let ip = drawn.or_else(|| {
            let middle = stream.between(first, last);
            (middle..=last).chain(first..middle).map(Ipv4Addr::from).find(|ip| self.free(*ip))
        });
        match ip {
            Some(ip) => {
                self.given.insert(ip);
            }
            None => found.error(&decky.place, self.exhausted(&decky.name)),
        }
        ip
    }

    fn exhausted(&self, name: &DeckyName) -> String {
        let (first, last) = self.range;
        let hosts = u64::from(last.saturating_sub(first)) + 1;
        let given = self.given.len();
        let (from, to) = (Ipv4Addr::from(first), Ipv4Addr::from(last));
        format!(
            "no free address is left for {name}: of the {hosts} from {from} to {to}, deckies have {given} and the others are in use or reserved"
        )
    }
}
