//! How often somebody may guess.
//!
//! Ten attempts in five minutes for one name, and ten from one address (an IPv6 network of 64 bits);
//! then no more until the first of them is five minutes old. Every attempt after that closes the door
//! for twice as long as the one before: one minute, two, four, eight, fifteen. When it was open for a
//! quarter of an hour and nobody came, everything is forgotten.
//!
//! An attempt is charged when it begins, before the password is computed, and taken back if it was
//! right: a hundred attempts at the same moment are ten. What is refused is not charged, so that who
//! waits gets in, and an attempt that nobody finishes counts as a failure. A right password clears the
//! count of its name, but of its address only its own attempt: who has an account cannot use it to go on
//! guessing others.
//!
//! Memory is bounded, and no count goes before its time, because an attacker who could push counts out
//! would push out his own: by failing with other names, or from other networks, until his is the oldest.
//! What finds no room shares a count with others, chosen by a keyed hash of the name, or of the wider
//! network (IPv4 /8, IPv6 /32) so that who fills the table with addresses shares with himself. A key that
//! shares goes on sharing for as long as that count lives; its failures are never split between two.
//! A flood can thereby refuse too much for a while, and never too little. The host itself is not asked
//! through here, and can always set passwords.
//!
//! Limits: whoever reaches the port and knows a name can keep that name from logging in; who is logged
//! in stays so. Times are of a clock that does not go back; if it does, what is refused stays so until
//! the clock is where it was. A program that starts again has forgotten everything.

mod entry;
mod table;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use decnet_event::Timestamp;
use decnet_proto::account::Username;
use thiserror::Error;

use self::table::{Slot, Table};

/// Most names and most networks that are counted each by itself.
const ROOM: usize = 10_000;

/// How many counts there are for those that find no room.
const SHARED: usize = 256;

/// Too many attempts.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("too many attempts: try again in {retry_after} seconds")]
pub struct Throttled {
    /// In how many seconds an attempt may be let through, at least 1.
    pub retry_after: u32,
}

/// Counts of failures, for one process.
#[derive(Debug)]
pub struct Throttle {
    names: Table<Username>,
    networks: Table<Network>,
}

/// An attempt that was let through, and counts as a failure until it is told otherwise.
#[derive(Debug)]
#[must_use = "what is dropped counts as a failure"]
pub struct Attempt {
    at: Timestamp,
    name: Slot<Username>,
    network: Slot<Network>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::with_room(ROOM, SHARED)
    }
}

impl Throttle {
    fn with_room(room: usize, shared: usize) -> Self {
        Self { names: Table::new(room, shared), networks: Table::new(room, shared) }
    }

    /// Begins an attempt, or refuses it.
    ///
    /// # Errors
    /// [`Throttled`].
    pub fn attempt(&mut self, name: &Username, from: IpAddr, now: Timestamp) -> Result<Attempt, Throttled> {
        let network = Network::of(from);
        let name = self.names.slot(name, name, now);
        let network = self.networks.slot(&network, &network.wider(), now);
        let wait = self.names.wait(&name, now).max(self.networks.wait(&network, now));
        if wait > 0 {
            let seconds = u32::try_from(wait.saturating_add(999_999) / 1_000_000).unwrap_or(u32::MAX);
            return Err(Throttled { retry_after: seconds });
        }
        self.names.charge(&name, now);
        self.networks.charge(&network, now);
        Ok(Attempt { at: now, name, network })
    }

    /// The password was right.
    pub fn succeeded(&mut self, attempt: Attempt) {
        self.names.clear(&attempt.name, attempt.at);
        self.networks.take_back(&attempt.network, attempt.at);
    }

    /// Whether it was right is not known, and that is no fault of who asked.
    pub fn withdraw(&mut self, attempt: Attempt) {
        self.names.take_back(&attempt.name, attempt.at);
        self.networks.take_back(&attempt.network, attempt.at);
    }
}

/// What somebody has who has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Network(IpAddr);

impl Network {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        })
    }

    /// The network of which it is a part.
    fn wider(self) -> Self {
        Self(match self.0 {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 24)).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 96)).into(),
        })
    }
}

#[cfg(test)]
mod tests;
