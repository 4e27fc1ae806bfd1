//! Who starts and asks the programs, and what time it is.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use thiserror::Error;

use super::health::Seen;

/// What a supervisor could not do, in its own words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Trouble(pub String);

/// Starts the programs of a chain, and asks them how they are.
pub trait Supervisor {
    /// Asks every program of the chain, each bounded in time. What cannot be asked is told as such.
    fn observe(&mut self) -> Vec<Seen>;

    /// How the programs run, so that [`Self::restart`] can start them alike though they stopped
    /// meanwhile, maybe for another process than this. It is kept in the journal: at most some KiB.
    ///
    /// # Errors
    /// [`Trouble`]; nothing is changed then.
    fn remember(&mut self) -> Result<Value, Trouble>;

    /// Stops every program of the chain and starts it from what `current` points to now. Returns when
    /// they were started, not when they are ready. Programs may be stopped already, or be missing.
    ///
    /// # Errors
    /// [`Trouble`], after every program was tried.
    fn restart(&mut self, how: &Value) -> Result<(), Trouble>;
}

/// Tells the time, and lets it pass.
pub trait Clock {
    /// Since some moment; never goes back.
    fn now(&self) -> Duration;

    /// Seconds since the Unix epoch.
    fn unix(&self) -> i64;

    /// Waits.
    fn pause(&mut self, time: Duration);
}

/// The machine's.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Begins to count now.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    #[expect(clippy::disallowed_methods, reason = "a change runs on a thread of its own")]
    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}
