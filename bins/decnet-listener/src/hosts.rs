//! What is known of each host that brought logs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_logship::{position::Position, receive::Arrival, spool::Host};
use decnet_proto::ids::{HostId, HostName};
use tokio::time::Instant;

use crate::{clock, throttle::Throttle};

/// What a host may bring at once, as time that it may bring it in.
const CREDIT: Duration = Duration::from_secs(1);

/// Most hosts that are remembered; those that are not connected make room.
const REMEMBERED: usize = 65_536;

/// The hosts.
#[derive(Debug, Default)]
pub(crate) struct Hosts(Mutex<BTreeMap<HostId, Arc<Shown>>>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Shown(Mutex<Tally>);

/// What is counted of it, since the start.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) name: HostName,
    /// Connections that it has now.
    pub(crate) connections: usize,
    /// When it said anything last, in microseconds since the Unix epoch.
    pub(crate) heard: Option<i64>,
    /// Bytes that it sent, frames and all.
    pub(crate) bytes: u64,
    /// Lines that became durable, also those that had come before.
    pub(crate) lines: u64,
    pub(crate) gaps: u64,
    /// What became durable last.
    pub(crate) kept: Option<Position>,
    throttle: Throttle,
}

impl Hosts {
    /// A host, which is remembered from now on.
    pub(crate) fn get(&self, host: &Host) -> Arc<Shown> {
        let mut all = self.all();
        if all.len() >= REMEMBERED && !all.contains_key(&host.id) {
            all.retain(|_, shown| shown.tally().connections > 0);
        }
        let shown = all.entry(host.id).or_insert_with(|| Arc::new(Shown::new(host.name.clone())));
        Arc::clone(shown)
    }

    /// Counts what became durable, and up to where.
    pub(crate) fn kept(&self, arrival: &Arrival, position: Position) {
        let shown = self.get(arrival.host());
        let mut tally = shown.tally();
        tally.lines += arrival.lines();
        tally.gaps += u64::from(matches!(arrival, Arrival::Gap(..)));
        tally.kept = Some(position);
    }

    /// All of them.
    pub(crate) fn snapshot(&self) -> Vec<(HostId, Tally)> {
        self.all().iter().map(|(id, shown)| (*id, shown.tally().clone())).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<HostId, Arc<Shown>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn new(name: HostName) -> Self {
        Self(Mutex::new(Tally {
            name,
            connections: 0,
            heard: None,
            bytes: 0,
            lines: 0,
            gaps: 0,
            kept: None,
            throttle: Throttle::new(Instant::now()),
        }))
    }

    /// It is connected once more, until what is returned is dropped.
    pub(crate) fn connected(self: &Arc<Self>, name: &HostName) -> Connected {
        let mut tally = self.tally();
        tally.connections += 1;
        tally.name = name.clone();
        drop(tally);
        Connected(Arc::clone(self))
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        // Numbers are whole whatever happens.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection of a host.
#[derive(Debug)]
pub(crate) struct Connected(Arc<Shown>);

impl Connected {
    /// It sent so many bytes; until when no more of it should be read, where it may send only so
    /// many in a second.
    pub(crate) fn heard(&self, bytes: usize, rate: u64) -> Option<Instant> {
        let mut tally = self.0.tally();
        tally.heard = Some(clock::now().0);
        tally.bytes += bytes as u64;
        let cost = Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64);
        tally.throttle.spend(cost, CREDIT, Instant::now())
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.tally().connections -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connections_of_a_host_share_its_rate() {
        let hosts = Hosts::default();
        let host =
            Host { id: "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap(), name: "w1".parse().unwrap() };
        let both = [(); 2].map(|()| hosts.get(&host).connected(&host.name));
        let [first, second] = &both;
        assert_eq!((first.heard(600, 1_000), second.heard(400, 1_000)), (None, None));
        let until = first.heard(500, 1_000).unwrap();
        assert_eq!(until.duration_since(Instant::now()), Duration::from_millis(500));
        let [(id, tally)] = hosts.snapshot().try_into().unwrap();
        assert_eq!((id, tally.connections, tally.bytes), (host.id, 2, 1_500));
        drop(both);
        assert_eq!(hosts.snapshot()[0].1.connections, 0);
    }
}
