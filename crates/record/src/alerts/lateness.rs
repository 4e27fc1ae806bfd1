//! How late it is told what happened: a log that is read late must not bury what happens now.

use std::time::Duration;

use decnet_event::Timestamp;

use super::rule::{DAY, MINUTE};

/// What is told later than this says so, and gets only a part of what a rule may raise.
const LATE: i64 = 10 * MINUTE;

/// What is told later than this is not told.
const TOO_LATE: i64 = DAY;

/// How late it is told what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// As it happens.
    InTime,
    /// Some time after it happened.
    Late(Duration),
    /// When it is of use for nobody.
    TooLate,
}

impl Lateness {
    /// Of what happened at `time`, told at `now`.
    pub(crate) fn of(time: Timestamp, now: Timestamp) -> Self {
        let behind = now.0.saturating_sub(time.0);
        match u64::try_from(behind) {
            _ if behind > TOO_LATE => Self::TooLate,
            Ok(micros) if behind > LATE => Self::Late(Duration::from_micros(micros)),
            _ => Self::InTime,
        }
    }

    /// How many alerts may have been raised within the hour before there is one too many, of `hourly`.
    pub(super) const fn share(self, hourly: u32) -> u32 {
        match self {
            Self::InTime => hourly,
            Self::Late(_) | Self::TooLate => hourly.div_ceil(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_are_late_and_a_day_is_too_late() {
        let now = Timestamp(10 * DAY);
        let check = |behind: i64, expect| assert_eq!(Lateness::of(Timestamp(now.0 - behind), now), expect);
        check(-DAY, Lateness::InTime);
        check(LATE, Lateness::InTime);
        check(LATE + 1, Lateness::Late(Duration::from_micros(600_000_001)));
        check(DAY, Lateness::Late(Duration::from_secs(86_400)));
        check(DAY + 1, Lateness::TooLate);
        assert_eq!(Lateness::of(Timestamp(i64::MIN), Timestamp(i64::MAX)), Lateness::TooLate);
    }

    #[test]
    fn what_is_late_leaves_half_of_the_hour() {
        assert_eq!([1, 2, 3, 500].map(|hourly| Lateness::Late(Duration::ZERO).share(hourly)), [1, 1, 2, 250]);
        assert_eq!(Lateness::InTime.share(500), 500);
    }
}
