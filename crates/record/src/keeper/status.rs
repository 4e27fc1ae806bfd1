//! How it goes, for others to see.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How the keeping of a record goes. Counts are since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Lines of the log that were read and are kept, or were left out.
    pub lines: u64,
    /// Events among them that are kept.
    pub events: u64,
    /// Events that came before, and were left out.
    pub duplicates: u64,
    /// Lines that are no events, and were left out.
    pub undecodable: u64,
    /// Stretches of the log that were removed before they were read.
    pub gaps: u64,
    /// Bytes of the log that are not kept yet.
    pub lag: u64,
    /// When something was kept last, in microseconds since the Unix epoch.
    pub kept: Option<i64>,
    /// Why nothing is kept for now.
    pub paused: Option<String>,
}

/// The status as it is shared.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<Status>);

impl Shared {
    pub(super) fn get(&self) -> Status {
        self.lock().clone()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
