//! Moments for people.

use time::{OffsetDateTime, macros::format_description};

/// A second since the Unix epoch, as UTC: `2026-11-27 01:02:03Z`.
pub(crate) fn moment(at: i64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    let written = OffsetDateTime::from_unix_timestamp(at).ok().and_then(|at| at.format(format).ok());
    written.unwrap_or_else(|| at.to_string())
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_utc_and_sort_as_text() {
        assert_eq!(moment(0), "1970-01-01 00:00:00Z");
        assert_eq!(moment(1_795_741_323), "2026-11-27 01:02:03Z");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }
}
