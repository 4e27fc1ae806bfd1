//! How long is waited after a failure.

use std::time::Duration;

/// The longest wait.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// How long is waited after so many failures in a row: 1 s, 2 s, 4 s, …, and up to a quarter more as `jitter`, an
/// evenly drawn number, says; an hour at most.
pub(super) fn after(failures: u32, jitter: u32) -> Duration {
    let base = Duration::from_secs(1) * 2_u32.saturating_pow(failures.saturating_sub(1).min(12));
    let share = f64::from(jitter) / f64::from(u32::MAX) / 4.0;
    (base + base.mul_f64(share)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let seconds = |failures| after(failures, 0).as_secs();
        assert_eq!([0, 1, 2, 3, 4, 12].map(seconds), [1, 1, 2, 4, 8, 2048]);
        assert_eq!([13, 20, u32::MAX].map(seconds), [3600, 3600, 3600]);
    }

    #[test]
    fn jitter_adds_a_quarter_at_most() {
        assert_eq!(after(3, u32::MAX), Duration::from_secs(5));
        let some = after(3, u32::MAX / 2);
        assert!(some > Duration::from_secs(4) && some < Duration::from_secs(5));
        assert_eq!(after(20, u32::MAX), LONGEST);
    }
}
