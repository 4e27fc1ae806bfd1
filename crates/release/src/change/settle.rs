//! After a change: what it taught is kept, and what nobody needs any more is removed.

use std::collections::BTreeSet;

use super::{
    engine::Engine,
    health::Proof,
    journal::Journal,
    outcome::ChangeError,
    supervisor::{Clock, Supervisor},
};
use crate::{
    id::ReleaseId,
    medium::{KeepError, Kind, Medium},
    store::{Origin, REMOVED, STAGING},
};

/// Good releases that are kept: the current one and two to go back to.
const KEPT: usize = 3;

impl<M: Medium, S: Supervisor, C: Clock> Engine<M, S, C> {
    /// Draws the consequences of a closed change. To do it again changes nothing.
    pub(super) fn settle(&mut self, journal: &Journal) -> Result<(), ChangeError> {
        let state = self.state()?;
        let next = state.learned(journal);
        let layout = self.store.layout().clone();
        if next != state {
            next.save(self.store.medium(), &layout)?;
        }
        self.sweep()?;
        let current = self.store.current().ok().flatten().map(|found| found.id);
        let good = next.good().iter().rev().take(KEPT);
        let kept: Vec<&ReleaseId> = good.chain([&journal.from]).chain(&current).collect();
        let found = self.store.releases()?.into_iter().filter(|found| found.origin == Origin::Pushed);
        for found in found.filter(|found| !kept.contains(&&found.id)) {
            self.discard(&found.id)?;
        }
        self.end_trial()?;
        Ok(())
    }

    /// Remembers what is current as good, where every program of the chain proves that it runs and
    /// nothing is open: a release that a package brought, so that it can be gone back to. Whether it did.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn vouch(&mut self) -> Result<bool, ChangeError> {
        let Some(current) = self.store.current()? else { return Ok(false) };
        let state = self.state()?;
        if state.is_good(&current.id) || self.journal()?.is_some_and(|journal| !journal.phase.is_closed()) {
            return Ok(false);
        }
        let programs = self.terms.chain.programs().to_vec();
        let proof = Proof { release: current.id.digest, programs, before: &[], past: BTreeSet::default() };
        if proof.judge(&self.supervisor.observe()).is_err() {
            return Ok(false);
        }
        let layout = self.store.layout().clone();
        state.vouched(&current.id).save(self.store.medium(), &layout)?;
        Ok(true)
    }

    /// Removes what was being unpacked or removed when somebody was interrupted.
    pub(super) fn sweep(&mut self) -> Result<(), KeepError> {
        let releases = self.store.layout().releases();
        // That there is no such folder yet is fine; what else may be wrong with it is told on writing.
        let mut names = self.store.look().list(&releases).unwrap_or_default();
        names.retain(|(name, _)| name.starts_with(STAGING) || name.starts_with(REMOVED));
        if !names.is_empty() {
            // Whoever gave them these names may have died before that was durable.
            self.store.medium().sync(&releases).map_err(KeepError::at(&releases))?;
        }
        for (name, _) in names {
            let path = releases.join(name);
            self.store.medium().remove(&path).map_err(KeepError::at(&path))?;
        }
        Ok(())
    }

    /// There is nothing to watch any more.
    fn end_trial(&mut self) -> Result<(), KeepError> {
        let layout = self.store.layout();
        let (mark, root) = (layout.trial(), layout.root.clone());
        let names = self.store.look().list(&root).map_err(KeepError::at(&root))?;
        if names.iter().any(|(name, kind)| *kind == Kind::File && root.join(name) == mark) {
            let medium = self.store.medium();
            medium.remove(&mark).map_err(KeepError::at(&mark))?;
            medium.sync(&root).map_err(KeepError::at(&root))?;
        }
        Ok(())
    }
}
