//! How many clients there are, and which addresses broke off too many handshakes.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::caps;

/// `max_connections`, and one more that is kept for an administrator.
const CONNECTIONS: usize = 151;
/// `max_connect_errors`, as administrators set it whose monitoring connects and hangs up; tools that
/// try passwords do the same before each try, and are to be heard to their end.
pub(super) const ERRORS: u32 = 10_000;

/// What is known of clients.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    connections: usize,
    errors: HashMap<IpAddr, u32>,
    order: VecDeque<IpAddr>,
}

/// A place among the connections, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place<'h>(&'h Hosts);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.connections = state.connections.saturating_sub(1);
    }
}

impl Hosts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection, if there is one.
    pub(super) fn enter(&self) -> Option<Place<'_>> {
        let mut state = self.state();
        if state.connections > CONNECTIONS {
            return None;
        }
        state.connections += 1;
        Some(Place(self))
    }

    /// Whether there is room for somebody who is no administrator.
    pub(super) fn has_room(&self) -> bool {
        self.state().connections <= CONNECTIONS
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> usize {
        self.state().connections
    }

    /// Whether an address broke off too many handshakes. One's own machine may do so for ever.
    pub(super) fn is_blocked(&self, host: IpAddr) -> bool {
        self.state().errors.get(&host).is_some_and(|errors| *errors >= ERRORS)
    }

    /// A handshake was broken off.
    pub(super) fn handshake_failed(&self, host: IpAddr) {
        if host.is_loopback() {
            return;
        }
        let mut state = self.state();
        if !state.errors.contains_key(&host) {
            // As the servers do: the oldest entry goes.
            if state.errors.len() >= caps::MYSQL_HOSTS
                && let Some(oldest) = state.order.pop_front()
            {
                state.errors.remove(&oldest);
            }
            state.order.push_back(host);
        }
        *state.errors.entry(host).or_default() += 1;
    }

    /// A log-in succeeded: earlier failures are forgotten.
    pub(super) fn logged_in(&self, host: IpAddr) {
        if let Some(errors) = self.state().errors.get_mut(&host) {
            *errors = 0;
        }
    }

    /// FLUSH HOSTS.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        state.errors.clear();
        state.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_blocked_after_too_many_broken_handshakes() {
        let hosts = Hosts::default();
        let host = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..ERRORS {
            assert!(!hosts.is_blocked(host));
            hosts.handshake_failed(host);
        }
        assert!(hosts.is_blocked(host));
        hosts.logged_in(host);
        assert!(!hosts.is_blocked(host));
    }

    #[test]
    fn places_are_counted_and_come_back() {
        let hosts = Hosts::default();
        let held: Vec<_> = (0..=CONNECTIONS).map(|_| hosts.enter().unwrap()).collect();
        assert!(hosts.enter().is_none() && !hosts.has_room());
        drop(held);
        assert!(hosts.enter().is_some());
    }

    #[test]
    fn the_list_of_hosts_is_bounded() {
        let hosts = Hosts::default();
        for number in 0..2 * caps::MYSQL_HOSTS as u32 {
            hosts.handshake_failed(IpAddr::from(number.to_be_bytes()));
        }
        let state = hosts.state();
        assert!(state.errors.len() <= caps::MYSQL_HOSTS && state.order.len() == state.errors.len());
    }
}
