//! Whether something is one's own doing. Pure.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

use decnet_event::Timestamp;
use decnet_proto::{alert::IgnoreId, mac::Mac};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What is ignored, made to be asked often.
#[derive(Clone, Debug, Default)]
pub struct Ignores {
    /// Entries that name addresses.
    by_net: HashMap<IpNet, Vec<Entry>>,
    /// The lengths of their prefixes: a question looks once for each.
    v4_lengths: BTreeSet<u8>,
    v6_lengths: BTreeSet<u8>,
    /// Entries that name an Ethernet address only.
    by_mac: BTreeMap<Mac, Vec<Entry>>,
}

/// An entry, apart from its key.
#[derive(Clone, Copy, Debug)]
struct Entry {
    id: IgnoreId,
    mac: Option<Mac>,
    window: Window,
}

/// A stretch of time; its end is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) begins: Option<Timestamp>,
    pub(super) ends: Option<Timestamp>,
}

impl Window {
    /// All of time.
    pub(super) const ALWAYS: Self = Self { begins: None, ends: None };

    fn holds(self, time: Timestamp) -> bool {
        self.begins.is_none_or(|begins| begins <= time) && self.ends.is_none_or(|ends| time < ends)
    }
}

impl Ignores {
    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.by_net.is_empty() && self.by_mac.is_empty()
    }

    /// Adds an entry. One that names nothing covers nothing.
    pub(super) fn add(&mut self, id: IgnoreId, subnet: Option<IpNet>, mac: Option<Mac>, window: Window) {
        let entry = Entry { id, mac, window };
        match (subnet.map(canonical), mac) {
            (Some(net), _) => {
                let lengths = if net.addr().is_ipv4() { &mut self.v4_lengths } else { &mut self.v6_lengths };
                lengths.insert(net.prefix_len());
                self.by_net.entry(net).or_default().push(entry);
            }
            (None, Some(mac)) => self.by_mac.entry(mac).or_default().push(entry),
            (None, None) => {}
        }
    }

    /// The entry that covers what somebody did at a time, if one does: the most particular.
    pub fn matches(&self, address: Option<IpAddr>, mac: Option<Mac>, time: Timestamp) -> Option<IgnoreId> {
        let fits = |entry: &&Entry| entry.window.holds(time) && (entry.mac.is_none() || entry.mac == mac);
        let by_mac = mac.and_then(|mac| self.by_mac.get(&mac)?.iter().find(fits));
        let by_net = || self.nets(address?).find_map(|entries| entries.iter().find(fits));
        by_mac.or_else(by_net).map(|entry| entry.id)
    }

    /// The entries of each net that holds an address, the smallest net first.
    fn nets(&self, address: IpAddr) -> impl Iterator<Item = &Vec<Entry>> {
        let address = address.to_canonical();
        let lengths = if address.is_ipv4() { &self.v4_lengths } else { &self.v6_lengths };
        lengths
            .iter()
            .rev()
            .filter_map(move |length| self.by_net.get(&IpNet::new(address, *length).ok()?.trunc()))
    }
}

/// The net with no bit set behind its prefix, and IPv4 in the one form that addresses are looked up in.
fn canonical(net: IpNet) -> IpNet {
    let mapped = |net: Ipv6Net| {
        let length = net.prefix_len().checked_sub(96)?;
        Some(Ipv4Net::new(net.addr().to_ipv4_mapped()?, length).ok()?.into())
    };
    match net {
        IpNet::V4(_) => net,
        IpNet::V6(v6) => mapped(v6).unwrap_or(net),
    }
    .trunc()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALWAYS: Window = Window::ALWAYS;
    const SCANNER: Mac = Mac([2, 0, 0, 0, 0, 7]);

    fn ignores() -> Ignores {
        let mut ignores = Ignores::default();
        let net = |text: &str| Some(text.parse().unwrap());
        let during = Window { begins: Some(Timestamp(100)), ends: Some(Timestamp(200)) };
        ignores.add(IgnoreId(1), net("10.1.2.3/16"), None, ALWAYS);
        ignores.add(IgnoreId(2), net("10.1.2.3/32"), None, ALWAYS);
        ignores.add(IgnoreId(3), net("192.0.2.0/24"), None, during);
        ignores.add(IgnoreId(4), None, Some(SCANNER), during);
        ignores.add(IgnoreId(5), net("198.51.100.0/24"), Some(SCANNER), ALWAYS);
        ignores.add(IgnoreId(6), net("2001:db8::/32"), None, ALWAYS);
        ignores.add(IgnoreId(7), net("::ffff:203.0.113.0/120"), None, ALWAYS);
        ignores.add(IgnoreId(8), None, None, ALWAYS);
        ignores
    }

    #[track_caller]
    fn check(address: &str, mac: Option<Mac>, time: i64, expect: Option<i64>) {
        let found = ignores().matches(address.parse().ok(), mac, Timestamp(time));
        assert_eq!(found, expect.map(IgnoreId), "{address} {mac:?} {time}");
    }

    #[test]
    fn addresses_are_covered_by_their_ranges() {
        check("10.1.2.3", None, 0, Some(2));
        check("10.1.255.255", None, 0, Some(1));
        check("10.2.0.0", None, 0, None);
        check("::ffff:10.1.2.3", None, 0, Some(2));
        check("2001:db8::1", None, 0, Some(6));
        check("2001:db9::1", None, 0, None);
        check("203.0.113.4", None, 0, Some(7));
        check("no address", None, 150, None);
    }

    #[test]
    fn a_window_has_its_beginning_and_not_its_end() {
        for (time, expect) in [(99, None), (100, Some(3)), (199, Some(3)), (200, None)] {
            check("192.0.2.1", None, time, expect);
        }
        check("172.16.0.1", Some(SCANNER), 150, Some(4));
        check("172.16.0.1", Some(SCANNER), 200, None);
    }

    #[test]
    fn where_both_are_named_both_must_fit() {
        check("198.51.100.9", None, 0, None);
        check("198.51.100.9", Some(Mac([1; 6])), 0, None);
        check("198.51.100.9", Some(SCANNER), 0, Some(5));
        check("198.51.101.9", Some(SCANNER), 0, None);
    }

    proptest! {
        #[test]
        fn an_address_is_covered_as_every_entry_alone_says(
            nets in prop::collection::vec((any::<u32>(), 0_u8..=32), 0..20),
            address in any::<u32>(),
        ) {
            let nets: Vec<IpNet> = nets
                .into_iter()
                .map(|(bits, length)| Ipv4Net::new((bits & 0x0f00_00ff).into(), length).unwrap().into())
                .collect();
            let address = IpAddr::V4((address & 0x0f00_00ff).into());
            let mut ignores = Ignores::default();
            for (at, net) in nets.iter().enumerate() {
                ignores.add(IgnoreId(at as i64), Some(*net), None, ALWAYS);
            }
            let found = ignores.matches(Some(address), None, Timestamp(0));
            prop_assert_eq!(found.is_some(), nets.iter().any(|net| net.contains(&address)));
            if let Some(IgnoreId(at)) = found {
                prop_assert!(nets[at as usize].contains(&address));
            }
        }
    }
}
