//! The time that records and reports carry.

use std::time::SystemTime;

use decnet_event::Timestamp;

/// The machine's.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
