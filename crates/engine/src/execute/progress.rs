//! How far an execution has come.

use std::sync::atomic::{AtomicU32, Ordering};

use decnet_composer::deployment::Steps;

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps in all.
    pub total: u32,
    /// Steps done, failed ones and those that a failure made pointless included.
    pub done: u32,
    /// What was begun or ended last.
    pub current: String,
}

/// Counts steps and tells of each as it begins and ends.
pub(super) struct Report<'a> {
    total: u32,
    done: AtomicU32,
    tell: &'a (dyn Fn(Progress) + Sync),
}

impl<'a> Report<'a> {
    /// Nothing is done yet.
    pub(super) fn new(steps: &Steps, tell: &'a (dyn Fn(Progress) + Sync)) -> Self {
        let deckies: usize = steps.deckies.iter().map(|d| d.steps.len()).sum();
        let total = steps.before.len() + deckies + steps.after.len();
        Self { total: u32::try_from(total).unwrap_or(u32::MAX), done: AtomicU32::new(0), tell }
    }

    /// Tells that something is begun.
    pub(super) fn begin(&self, what: &str) {
        self.end(0, what);
    }

    /// Counts so many steps as done and tells so.
    pub(super) fn end(&self, steps: usize, what: &str) {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let done = self.done.fetch_add(steps, Ordering::Relaxed).saturating_add(steps);
        (self.tell)(Progress { total: self.total, done, current: what.to_owned() });
    }
}
