//! The failures of one name, or of one network.

use std::collections::VecDeque;

use decnet_event::Timestamp;

/// Failures in [`WINDOW`] after which the door is closed.
pub(super) const LIMIT: usize = 10;

/// How long a failure counts, in microseconds.
pub(super) const WINDOW: i64 = 5 * 60 * SECOND;

/// How long the door is closed by the first failure after it was closed before.
pub(super) const FIRST: i64 = 60 * SECOND;

/// How long it is closed at most; and after how long without a failure all is forgotten.
pub(super) const LONGEST: i64 = 15 * 60 * SECOND;

pub(super) const SECOND: i64 = 1_000_000;

/// What is remembered of failures.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// When the last ones were, at most [`LIMIT`], none longer ago than [`WINDOW`].
    times: VecDeque<i64>,
    /// How often the door was closed in a row.
    closed: u32,
    /// Until when it is.
    until: i64,
}

impl Entry {
    /// For how long the door is closed, in microseconds; 0 if it is open.
    pub(super) fn wait(&self, now: Timestamp) -> i64 {
        self.until.saturating_sub(now.0).max(0)
    }

    /// Counts a failure, which the door let through.
    pub(super) fn charge(&mut self, now: Timestamp) {
        self.forget(now);
        if self.times.len() == LIMIT {
            self.times.pop_front();
        }
        self.times.push_back(now.0);
        let window = self.times.front().filter(|_| self.times.len() == LIMIT).map(|first| first + WINDOW);
        let again = self.closed.checked_sub(1).map(|times| now.0 + longer(times));
        if let Some(until) = window.max(again) {
            self.until = until;
            self.closed += 1;
        }
    }

    /// Forgets the failure of this time: it was none.
    pub(super) fn take_back(&mut self, at: Timestamp) {
        let Some(place) = self.times.iter().rposition(|time| *time == at.0) else { return };
        let last = place + 1 == self.times.len();
        self.times.remove(place);
        // Without it, the tenth is missing that closed the door; later on, each closes it by itself.
        if self.closed == 1 || last {
            self.closed = self.closed.saturating_sub(1);
            self.until = at.0;
        }
    }

    /// Whether there is nothing left to remember.
    pub(super) fn over(&self, now: Timestamp) -> bool {
        let counts = |time: &i64| now.0.saturating_sub(*time) < WINDOW;
        !self.times.iter().any(counts) && (self.closed == 0 || now.0.saturating_sub(self.until) >= LONGEST)
    }

    fn forget(&mut self, now: Timestamp) {
        if self.over(now) {
            *self = Self::default();
        }
        self.times.retain(|time| now.0.saturating_sub(*time) < WINDOW);
    }
}

/// How long the door is closed after it was closed and opened this often.
fn longer(times: u32) -> i64 {
    FIRST.checked_shl(times.min(16)).map_or(LONGEST, |time| time.min(LONGEST))
}
