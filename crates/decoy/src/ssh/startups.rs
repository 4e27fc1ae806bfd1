//! `MaxStartups`: how many may be logging in at once.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Connections that are not logged in yet.
#[derive(Debug)]
pub(super) struct Startups {
    /// From how many on connections are dropped, at which rate in percent, and from how many on
    /// all are.
    limits: (u32, u32, u32),
    open: Arc<AtomicU32>,
}

/// A connection that is not logged in yet; dropped, it is, or is gone.
#[derive(Debug)]
pub(super) struct Startup(Arc<AtomicU32>);

impl Startups {
    pub(super) fn new(limits: (u32, u32, u32)) -> Self {
        Self { limits, open: Arc::default() }
    }

    /// Lets one more begin, or drops it.
    pub(super) fn enter(&self) -> Option<Startup> {
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        let startup = Startup(Arc::clone(&self.open));
        let mut dice = [0; 2];
        // Without random numbers nobody is dropped before all are.
        let roll = getrandom::fill(&mut dice).map_or(99, |()| u32::from(u16::from_be_bytes(dice)) % 100);
        if drops(self.limits, open, roll) { None } else { Some(startup) }
    }
}

impl Drop for Startup {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a connection is dropped when `open` others are logging in: with the rate at first, with
/// certainty at the end, in between in between.
fn drops((begin, rate, full): (u32, u32, u32), open: u32, roll: u32) -> bool {
    if open < begin {
        return false;
    }
    if open >= full || rate >= 100 {
        return true;
    }
    let share = (100 - rate) * (open - begin) / (full - begin).max(1) + rate;
    roll < share
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: (u32, u32, u32) = (10, 30, 100);

    #[test]
    fn the_more_there_are_the_more_are_dropped() {
        for (open, roll, expect) in [
            (9, 0, false),
            (10, 29, true),
            (10, 30, false),
            (55, 64, true),
            (55, 65, false),
            (99, 98, true),
            (100, 99, true),
        ] {
            assert_eq!(drops(DEFAULT, open, roll), expect, "{open} {roll}");
        }
    }

    #[test]
    fn who_leaves_makes_room() {
        let startups = Startups::new((2, 100, 3));
        let (one, two) = (startups.enter(), startups.enter());
        assert!(one.is_some() && two.is_some());
        assert!(startups.enter().is_none());
        drop(one);
        assert!(startups.enter().is_some());
    }
}
