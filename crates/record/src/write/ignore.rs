//! Which events are one's own doing.

use std::{collections::HashMap, net::IpAddr};

use decnet_event::Timestamp;
use decnet_proto::mac::Mac;

use super::{events::Event, hash::ById, words};
use crate::{alerts::Standing, derive::Finding};

/// Marks events that the ignore list covers. Nearly always it is empty.
pub(super) fn mark(events: &mut [Event<'_>], words: &words::Ids<'_>, standing: &Standing) {
    if standing.ignores_nothing() {
        return;
    }
    let mut addresses = Addresses::new(words);
    for event in events {
        let (address, mac) = (addresses.of(event), mac(event));
        if address.is_some() || mac.is_some() {
            let entry = standing.ignores(address, mac, Timestamp(event.row.time));
            event.ignored = entry.map_or(0, |entry| entry.0);
        }
    }
}

fn mac(event: &Event<'_>) -> Option<Mac> {
    event.row.findings.iter().find_map(|finding| match finding {
        Finding::Machine(mac) => Some(*mac),
        _ => None,
    })
}

/// Addresses of a batch, each read once.
pub(super) struct Addresses<'w> {
    words: &'w words::Ids<'w>,
    read: HashMap<i64, Option<IpAddr>, ById>,
}

impl<'w> Addresses<'w> {
    pub(super) fn new(words: &'w words::Ids<'w>) -> Self {
        Self { words, read: HashMap::default() }
    }

    /// The address of who caused an event.
    pub(super) fn of(&mut self, event: &Event<'_>) -> Option<IpAddr> {
        if event.address == 0 {
            return None;
        }
        let read = || self.words.text(event.row.address).parse().ok();
        *self.read.entry(event.address).or_insert_with(read)
    }
}
