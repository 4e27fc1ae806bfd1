//! What is known of a chain's releases, beyond their folders.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{
    journal::{Journal, Kind, Phase},
    record::{self, RecordError},
};
use crate::{
    caps,
    id::ReleaseId,
    medium::{KeepError, Look, Medium},
    store::Layout,
};

const FORMAT: u32 = 1;

/// Good ones, failed ones, and the newest that was ever good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    format: u32,
    good: Vec<ReleaseId>,
    failed: Vec<ReleaseId>,
    highest: Option<Version>,
}

impl Default for State {
    fn default() -> Self {
        Self { format: FORMAT, good: Vec::new(), failed: Vec::new(), highest: None }
    }
}

impl State {
    /// That of a chain; nothing is known where there was no change yet.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn load(look: &impl Look, layout: &Layout) -> Result<Self, RecordError> {
        let state: Option<Self> = record::load(look, &layout.state())?;
        match state {
            Some(state) if state.format != FORMAT => {
                Err(RecordError::Format { path: layout.state(), format: state.format })
            }
            state => Ok(state.unwrap_or_default()),
        }
    }

    pub(super) fn save(&self, medium: &mut impl Medium, layout: &Layout) -> Result<(), KeepError> {
        record::save(medium, &layout.state(), self)
    }

    /// Releases that proved themselves here: the last is the one to go back to last.
    pub fn good(&self) -> &[ReleaseId] {
        &self.good
    }

    /// Releases that did not, oldest failure first; the last [`caps::FAILED`].
    pub fn failed(&self) -> &[ReleaseId] {
        &self.failed
    }

    /// The newest version that was ever committed here.
    pub const fn highest(&self) -> Option<&Version> {
        self.highest.as_ref()
    }

    /// Whether a release proved itself here, and did not fail since.
    pub fn is_good(&self, id: &ReleaseId) -> bool {
        self.good.contains(id)
    }

    /// The releases to go back to from this one, the next first.
    pub fn behind(&self, current: &ReleaseId) -> impl Iterator<Item = &ReleaseId> {
        let end = self.good.iter().position(|good| good == current).unwrap_or(self.good.len());
        self.good.get(..end).unwrap_or_default().iter().rev()
    }

    /// The same, and what a closed change taught. To learn the same again teaches nothing.
    #[must_use]
    pub fn learned(&self, journal: &Journal) -> Self {
        let mut next = self.clone();
        let (from, to) = (&journal.from, &journal.to);
        let was_sound = journal.before.iter().all(|before| before.boot.is_some());
        match (&journal.phase, journal.kind) {
            (Phase::Committed, Kind::Push) => {
                next.forget(to);
                // Where the former was sound it is what to go back to next.
                if was_sound || next.is_good(from) {
                    next.forget(from);
                    next.remember(from);
                }
                next.remember(to);
                next.highest = next.highest.max(Some(to.version.clone()));
            }
            // The former is good, but somebody did not want it: the last one to go back to.
            (Phase::Committed, Kind::Rollback) if next.is_good(from) => {
                next.forget(from);
                next.good.insert(0, from.clone());
            }
            (Phase::Reverted { trouble, .. }, _) => {
                next.forget(to);
                next.failed.push(to.clone());
                let old = next.failed.len().saturating_sub(caps::FAILED);
                next.failed.drain(..old);
                if was_sound && trouble.is_none() && !next.is_good(from) {
                    next.remember(from);
                }
            }
            _ => {}
        }
        next
    }

    /// The same, with a release that proved itself without being pushed: the last to be good.
    pub(super) fn vouched(&self, id: &ReleaseId) -> Self {
        let mut next = self.clone();
        next.forget(id);
        next.remember(id);
        next
    }

    fn remember(&mut self, id: &ReleaseId) {
        self.good.push(id.clone());
        let old = self.good.len().saturating_sub(caps::GOOD);
        self.good.drain(..old);
    }

    fn forget(&mut self, id: &ReleaseId) {
        self.good.retain(|good| good != id);
        self.failed.retain(|failed| failed != id);
    }
}
