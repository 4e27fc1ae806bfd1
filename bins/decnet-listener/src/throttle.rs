//! How often, or how much: a bucket that runs empty with time.

use std::time::Duration;

use tokio::time::Instant;

/// What was spent lately, as time that it takes to be allowed again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    /// When everything that was spent is paid.
    paid_at: Instant,
}

impl Throttle {
    /// Nothing was spent.
    pub(crate) fn new(now: Instant) -> Self {
        Self { paid_at: now }
    }

    /// Spends `cost`, if what is spent then is no more than `credit`.
    pub(crate) fn afford(&mut self, cost: Duration, credit: Duration, now: Instant) -> bool {
        let paid_at = self.paid_at.max(now) + cost;
        let is_affordable = paid_at - now <= credit;
        if is_affordable {
            self.paid_at = paid_at;
        }
        is_affordable
    }

    /// Spends `cost`, and says until when nothing more should be, if what is spent is more than
    /// `credit`.
    pub(crate) fn spend(&mut self, cost: Duration, credit: Duration, now: Instant) -> Option<Instant> {
        self.paid_at = self.paid_at.max(now) + cost;
        let until = self.paid_at.checked_sub(credit)?;
        (until > now).then_some(until)
    }

    /// Whether nothing is owed.
    pub(crate) fn is_paid(&self, now: Instant) -> bool {
        self.paid_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_not_affordable_is_not_spent() {
        let now = Instant::now();
        let mut throttle = Throttle::new(now);
        let tenth = SECOND / 10;
        let afforded = (0..30).filter(|_| throttle.afford(tenth, SECOND, now)).count();
        assert_eq!(afforded, 10);
        assert!(throttle.afford(tenth, SECOND, now + tenth) && !throttle.afford(tenth, SECOND, now + tenth));
        assert!(!throttle.is_paid(now + SECOND) && throttle.is_paid(now + SECOND + tenth));
    }

    #[test]
    fn what_is_spent_beyond_the_credit_is_waited_for() {
        let now = Instant::now();
        let mut throttle = Throttle::new(now);
        assert_eq!(throttle.spend(SECOND, SECOND, now), None);
        assert_eq!(throttle.spend(SECOND, SECOND, now), Some(now + SECOND));
        assert_eq!(throttle.spend(SECOND, SECOND, now + 5 * SECOND), None);
    }
}
