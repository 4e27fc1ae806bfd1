//! When certificates run out, and from when on that is worth a word.

use decnet_event::Timestamp;
use decnet_pki::{clock::DAY, peer::Peer};

/// The life of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Second since the Unix epoch from which it is good.
    pub not_before: i64,
    /// Second since the Unix epoch after which it is not.
    pub not_after: i64,
}

impl Expiry {
    /// Of a certificate.
    pub const fn of(peer: &Peer) -> Self {
        Self { not_before: peer.not_before, not_after: peer.not_after }
    }

    /// When it runs out, as `2027-02-25T10:00:00Z`.
    pub fn until(self) -> String {
        let text = Timestamp(self.not_after.saturating_mul(1_000_000)).to_string();
        // The fraction is that of a whole second.
        text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
    }

    /// Seconds that are left; negative when it has run out.
    pub const fn left(self, now: i64) -> i64 {
        self.not_after.saturating_sub(now)
    }

    /// Whole days that are left, none when it has run out.
    pub fn days_left(self, now: i64) -> i64 {
        (self.left(now) / DAY).max(0)
    }

    /// Whether it has run out.
    pub const fn is_over(self, now: i64) -> bool {
        self.left(now) < 0
    }

    /// Whether at most a sixth of its life is left: half of the time in which it should have been
    /// renewed.
    pub const fn is_near(self, now: i64) -> bool {
        self.left(now) <= self.not_after.saturating_sub(self.not_before) / 6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sixth_is_near() {
        let life = Expiry { not_before: 0, not_after: 90 * DAY };
        let check = |now, days, near, over| {
            assert_eq!(
                (life.days_left(now), life.is_near(now), life.is_over(now)),
                (days, near, over),
                "{now}"
            );
        };
        check(0, 90, false, false);
        check(75 * DAY - 1, 15, false, false);
        check(75 * DAY, 15, true, false);
        check(90 * DAY, 0, true, false);
        check(90 * DAY + 1, 0, true, true);
        check(i64::MAX, 0, true, true);
        assert_eq!(Expiry { not_before: 0, not_after: 1_800_000_000 }.until(), "2027-01-15T08:00:00Z");
    }
}
