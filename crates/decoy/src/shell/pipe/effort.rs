//! Work that never waits lets others work too.
//!
//! Files and `/dev/null` are always ready, so that `yes > /dev/null` would never let go of the
//! thread that serves everybody, and a file of gigabytes, most of which we only say that we have,
//! could keep it busy for as long as somebody likes.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Cost after which it is looked at how long the work took.
const STINT: usize = 64 * 1024;
/// What an operation costs beside its bytes.
const CALL: usize = 2 * 1024;
/// Work that needs no rest.
const LITTLE: Duration = Duration::from_millis(2);
/// How much longer the rest is than the work, so that two thirds of the time are others'.
const SHARE: u32 = 2;
/// The longest rest: a stint takes less, and what took longer was mostly time without work.
const LONGEST: Duration = Duration::from_millis(40);

static WORK: Mutex<Option<Work>> = Mutex::new(None);

/// What was done since it was looked at last.
#[derive(Clone, Copy, Debug)]
struct Work {
    cost: usize,
    since: Instant,
}

impl Work {
    /// Counts more; after a stint, how long to rest.
    fn more(self, cost: usize, now: Instant) -> (Self, Option<Duration>) {
        let cost = self.cost.saturating_add(cost);
        let took = now.saturating_duration_since(self.since);
        if cost < STINT || took < LITTLE {
            return (Self { cost, ..self }, None);
        }
        let rest = (took * SHARE).min(LONGEST);
        (Self { cost: 0, since: now + rest }, Some(rest))
    }
}

/// Counts an operation on `bytes` bytes, and rests when it is time.
pub(super) async fn spend(bytes: usize) {
    let now = Instant::now();
    let rest = {
        // A value that is replaced as a whole; there is nothing to be half done.
        let mut work = WORK.lock().unwrap_or_else(PoisonError::into_inner);
        let (after, rest) =
            work.unwrap_or(Work { cost: 0, since: now }).more(bytes.saturating_add(CALL), now);
        *work = Some(after);
        rest
    };
    match rest {
        Some(rest) => tokio::time::sleep(rest).await,
        None => tokio::task::consume_budget().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_for_long_rests_longer() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let idle = Work { cost: 0, since: start };
        assert_eq!(idle.more(STINT, after(1)).1, None);
        assert_eq!(idle.more(STINT - 1, after(9)).1, None);
        let (rested, rest) = idle.more(STINT, after(9));
        assert_eq!(rest, Some(Duration::from_millis(18)));
        assert_eq!(rested.more(STINT, after(27)).1, None, "the rest is no work");
        assert_eq!(rested.more(STINT, after(31)).1, Some(Duration::from_millis(8)));
        assert_eq!(idle.more(STINT, after(60_000)).1, Some(LONGEST));
    }
}
