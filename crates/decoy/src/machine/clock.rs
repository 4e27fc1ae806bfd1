//! Points in time, and where a machine takes them from.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the Unix epoch.
pub type Seconds = i64;
/// A day.
pub const DAY: Seconds = 86_400;

/// A point in time, as a file system keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds since the Unix epoch.
    pub seconds: Seconds,
    /// Nanoseconds of that second.
    pub nanos: u32,
}

impl Time {
    /// The beginning of a second.
    pub const fn at(seconds: Seconds) -> Self {
        Self { seconds, nanos: 0 }
    }
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine that runs us.
    System,
    /// It stands still, for tests.
    Still(Time),
}

impl Clock {
    /// What it shows.
    pub fn now(self) -> Time {
        match self {
            Self::Still(time) => time,
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Time {
                    seconds: i64::try_from(since.as_secs()).unwrap_or_default(),
                    nanos: since.subsec_nanos(),
                }
            }
        }
    }
}
