//! The time by which certificates are judged.
//!
//! Times are `i64` seconds since the Unix epoch, as in `proto`. Functions that happen once take
//! `now`; what lives longer takes a [`Clock`], so that tests can stand at any moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustls::{pki_types::UnixTime, time_provider::TimeProvider};

/// Seconds of a day.
pub const DAY: i64 = 24 * 60 * 60;

/// Tells the time; copies tell the same.
#[derive(Clone, Debug, Default)]
pub struct Clock(Kind);

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    System,
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's.
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// One that stands at `now` until it is [`Self::turned`].
    pub fn held(now: i64) -> Self {
        Self(Kind::Held(Arc::new(AtomicI64::new(now))))
    }

    /// Lets a held clock and its copies stand at `now`; the machine's is not ours to turn.
    pub fn turned(&self, now: i64) {
        if let Kind::Held(at) = &self.0 {
            at.store(now, Ordering::Relaxed);
        }
    }

    /// Seconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        match &self.0 {
            Kind::Held(at) => at.load(Ordering::Relaxed),
            Kind::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
            }
        }
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_a_held_clock_stand_alike() {
        let clock = Clock::held(10);
        let copy = clock.clone();
        clock.turned(20);
        assert_eq!((copy.now(), copy.current_time().map(|time| time.as_secs())), (20, Some(20)));
        assert!(Clock::system().now() > 1_700_000_000);
        assert_eq!(Clock::held(-1).current_time(), None);
    }
}
