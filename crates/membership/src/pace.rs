//! How long to wait for a master that is away.

use std::time::Duration;

/// First and longest wait.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Waits that grow from one failure to the next, each a little off, so that a whole swarm does not
/// come back in the same moment.
#[derive(Clone, Copy, Debug)]
pub struct Pace(Duration);

impl Default for Pace {
    fn default() -> Self {
        Self(BOUNDS.0)
    }
}

impl Pace {
    /// The next wait; `chance` is any number.
    pub fn next(&mut self, chance: u32) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(BOUNDS.1);
        // Between three quarters and all of it.
        wait - wait / 4 * (chance % 256) / 256
    }
}

/// Any number.
pub fn chance() -> u32 {
    let mut bytes = [0; 4];
    // Without random bytes the waits are equal, which is no reason to fail.
    let _ = getrandom::fill(&mut bytes);
    u32::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound() {
        let mut pace = Pace::default();
        let waits: Vec<_> = (0..8).map(|_| pace.next(0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        for chance in [0, 1, 255, u32::MAX] {
            let wait = Pace(BOUNDS.1).next(chance);
            assert!((BOUNDS.1 * 3 / 4..=BOUNDS.1).contains(&wait), "{wait:?}");
        }
    }
}
