//! From the moment on that programs may be touched: switching, proving, undoing; and going on with it
//! after whoever began it is gone.

use std::{collections::BTreeSet, error::Error};

use super::{
    engine::Engine,
    health::{Proof, Seen},
    journal::{Journal, Phase},
    outcome::{ChangeError, Outcome},
    probe::probe,
    supervisor::{Clock, Supervisor},
};
use crate::{
    caps,
    id::ReleaseId,
    medium::{KeepError, Medium},
    store::StoreError,
};

/// How often a release may be started before it must have proved itself: whoever asks it may be
/// interrupted once.
const ATTEMPTS: u32 = 2;

impl<M: Medium, S: Supervisor, C: Clock> Engine<M, S, C> {
    /// Ends what was begun by somebody who is gone, and removes rubbish. None where nothing was open.
    ///
    /// # Errors
    /// [`ChangeError`]; then it is still open.
    pub fn resume(&mut self) -> Result<Option<Outcome>, ChangeError> {
        let Some(journal) = self.journal()? else {
            self.sweep()?;
            return Ok(None);
        };
        // Whoever wrote it may have died before it was durable, and all that follows relies on it.
        let root = self.store.layout().root.clone();
        self.store.medium().sync(&root).map_err(KeepError::at(&root))?;
        if journal.phase.is_closed() {
            self.settle(&journal)?;
            return Ok(None);
        }
        if !journal.phase.is_under_way() {
            return self.abandon(journal, &Interrupted).map(Some);
        }
        let current = match self.store.current() {
            Err(StoreError::Elsewhere { .. }) => None,
            current => current?.map(|found| found.id),
        };
        // Somebody who has more to say than the journal did something else meanwhile.
        if current.is_none_or(|id| id != journal.from && id != journal.to) {
            return self.abandon(journal, &Overtaken).map(Some);
        }
        let done = match journal.phase.clone() {
            Phase::Probing { attempt } if attempt < ATTEMPTS => self.try_out(journal, attempt + 1),
            Phase::Probing { .. } => self.revert(journal, "whoever watched it was interrupted each time"),
            Phase::Reverting { why } => self.revert(journal, &why),
            _ => self.switch_over(journal),
        };
        done.map(Some)
    }

    /// As [`Self::resume`], for who is replaced by the change: gives up one of which nothing was handed over,
    /// and leaves one that is for the watchdog alone.
    ///
    /// # Errors
    /// [`ChangeError`]; then it is still open.
    pub fn give_up(&mut self) -> Result<Option<Outcome>, ChangeError> {
        if self.journal()?.is_some_and(|journal| journal.phase.is_under_way()) {
            return Ok(None);
        }
        self.resume()
    }

    /// From [`Phase::Switched`] on.
    pub(super) fn switch_over(&mut self, journal: Journal) -> Result<Outcome, ChangeError> {
        match self.switch(&journal.to) {
            Ok(()) => self.try_out(journal, 1),
            Err(ChangeError::Store(error)) => self.revert(journal, &told(&error)),
            Err(error) => Err(error),
        }
    }

    fn try_out(&mut self, mut journal: Journal, attempt: u32) -> Result<Outcome, ChangeError> {
        journal.phase = Phase::Probing { attempt };
        self.save(&journal)?;
        match self.restart_and_prove(&journal, &journal.to) {
            Ok(seen) => {
                journal.phase = Phase::Committed;
                self.save(&journal)?;
                self.settle(&journal)?;
                Ok(Outcome::Committed { from: journal.from, to: journal.to, seen })
            }
            Err(why) => self.revert(journal, &why),
        }
    }

    fn revert(&mut self, mut journal: Journal, why: &str) -> Result<Outcome, ChangeError> {
        let why = clipped(why);
        journal.phase = Phase::Reverting { why: why.clone() };
        self.save(&journal)?;
        let trouble = match self.switch(&journal.from) {
            Ok(()) => self.restart_and_prove(&journal, &journal.from).err(),
            // It is not there any more: there is nothing better than what is current now.
            Err(ChangeError::Store(error)) => Some(told(&error)),
            Err(error) => return Err(error),
        };
        let trouble = trouble.as_deref().map(clipped);
        journal.phase = Phase::Reverted { why: why.clone(), trouble: trouble.clone() };
        self.save(&journal)?;
        self.settle(&journal)?;
        Ok(Outcome::RolledBack { from: journal.from, to: journal.to, why, trouble })
    }

    /// Restarts the programs, and asks them until they prove that they are of `id`.
    fn restart_and_prove(&mut self, journal: &Journal, id: &ReleaseId) -> Result<Vec<Seen>, String> {
        let mut past: BTreeSet<String> =
            journal.before.iter().filter_map(|before| before.boot.clone()).collect();
        let seen = self.supervisor.observe();
        past.extend(seen.into_iter().filter_map(|seen| seen.health.ok()).map(|health| health.boot));
        self.supervisor.restart(&journal.how).map_err(|trouble| trouble.to_string())?;
        // To go back is to have again what there was; to go on is to have all.
        let answered = journal.before.iter().filter(|before| before.boot.is_some());
        let programs = if *id == journal.from {
            answered.map(|before| before.program).collect()
        } else {
            self.terms.chain.programs().to_vec()
        };
        let proof = Proof { release: id.digest, programs, before: &journal.before, past };
        probe(&mut self.supervisor, &mut self.clock, self.terms.patience, &proof)
    }

    /// Makes a whole release current.
    fn switch(&mut self, id: &ReleaseId) -> Result<(), ChangeError> {
        let folder = self.store.find(id)?.folder;
        let layout = self.store.layout();
        let (root, link) = (layout.root.clone(), layout.current());
        let new = link.with_added_extension("new");
        let medium = self.store.medium();
        medium.remove(&new).map_err(KeepError::at(&new))?;
        medium.link(&folder, &new).map_err(KeepError::at(&new))?;
        medium.rename(&new, &link).map_err(KeepError::at(&link))?;
        Ok(medium.sync(&root).map_err(KeepError::at(&root))?)
    }

    /// Ends a change that switched nothing.
    pub(super) fn abandon(
        &mut self,
        mut journal: Journal,
        why: &(dyn Error + 'static),
    ) -> Result<Outcome, ChangeError> {
        // Before anything is written: a disk that is full of it has room again then.
        self.sweep()?;
        let why = clipped(&told(why));
        journal.phase = Phase::Abandoned { why: why.clone() };
        self.save(&journal)?;
        self.settle(&journal)?;
        Ok(Outcome::Abandoned { to: journal.to, why })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("it was interrupted before anything was switched")]
struct Interrupted;

#[derive(Debug, thiserror::Error)]
#[error("another release was made current meanwhile")]
struct Overtaken;

/// An error and its causes.
fn told(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// As much of a text as is kept: its beginning.
pub(super) fn clipped(text: &str) -> String {
    let end = text.floor_char_boundary(caps::WHY);
    text.get(..end).unwrap_or_default().to_owned()
}
