//! How many at once, and the one event a minute that says so.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::caps;

/// Connections that are open, of a service or of the whole decoy.
#[derive(Debug)]
pub(super) struct Limits {
    most: usize,
    most_per_source: usize,
    open: Mutex<Open>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_source: HashMap<IpAddr, usize>,
    refused: HashMap<&'static str, Refused>,
}

/// Refusals that no event has told yet.
#[derive(Debug)]
struct Refused {
    count: u64,
    told: Option<Instant>,
}

/// A connection's place; leaving it makes room.
#[derive(Debug)]
pub(super) struct Place {
    limits: Arc<Limits>,
    source: IpAddr,
}

impl Limits {
    pub(super) fn of_service() -> Self {
        Self::new(caps::CONNECTIONS_PER_SERVICE, caps::CONNECTIONS_PER_SOURCE)
    }

    pub(super) fn of_decoy() -> Self {
        Self::new(caps::CONNECTIONS_IN_ALL, caps::CONNECTIONS_IN_ALL)
    }

    pub(super) fn new(most: usize, most_per_source: usize) -> Self {
        Self { most, most_per_source, open: Mutex::default(), freed: Notify::new() }
    }

    /// Waits until one more may come. The backlog of the socket holds peers meanwhile, as it
    /// does with a busy real server.
    pub(super) async fn room(&self) {
        loop {
            let freed = self.freed.notified();
            if self.open().total < self.most {
                return;
            }
            freed.await;
        }
    }

    /// Whether no more may come now.
    pub(super) fn is_full(&self) -> bool {
        self.open().total >= self.most
    }

    /// Whether nobody is here.
    pub(super) fn is_empty(&self) -> bool {
        self.open().total == 0
    }

    /// Takes a place for a connection from `source`, unless it has too many.
    pub(super) fn enter(self: &Arc<Self>, source: IpAddr) -> Option<Place> {
        let mut open = self.open();
        let of_source = open.by_source.entry(source).or_default();
        if *of_source >= self.most_per_source {
            return None;
        }
        *of_source += 1;
        open.total += 1;
        Some(Place { limits: Arc::clone(self), source })
    }

    /// Counts a refusal and says how many there were, at most once a minute for each limit.
    pub(super) fn refused(&self, limit: &'static str, now: Instant) -> Option<u64> {
        let mut open = self.open();
        let refused = open.refused.entry(limit).or_insert(Refused { count: 0, told: None });
        refused.count += 1;
        if refused.told.is_some_and(|told| now.duration_since(told) < Duration::from_secs(60)) {
            return None;
        }
        refused.told = Some(now);
        Some(std::mem::take(&mut refused.count))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Counters only; a panic between two of them could not have happened here.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.limits.open();
        open.total = open.total.saturating_sub(1);
        if let Some(count) = open.by_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.by_source.remove(&self.source);
            }
        }
        drop(open);
        self.limits.freed.notify_waiters();
    }
}
