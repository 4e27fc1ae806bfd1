//! Does a change: what is asked for, step by step.

use std::io::Read;

use super::{
    admit::{self, Admission, Here},
    chain::Chain,
    health::Before,
    journal::{Journal, Kind, Phase},
    outcome::{ChangeError, Outcome, Prepared},
    probe::Patience,
    state::State,
    supervisor::{Clock, Supervisor},
};
use crate::{
    archive::Incoming,
    digest::Digest,
    id::{ReleaseId, Target},
    key::PublicKey,
    lock::Lock,
    medium::{KeepError, Medium},
    store::{Layout, Store},
};

/// What changes are made here.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which chain.
    pub chain: Chain,
    /// This machine.
    pub target: Target,
    /// How long programs may take to prove themselves.
    pub patience: Patience,
}

/// Makes the changes of one chain, while it has the lock.
#[derive(Debug)]
pub struct Engine<M, S, C> {
    pub(super) store: Store<M>,
    pub(super) terms: Terms,
    pub(super) supervisor: S,
    pub(super) clock: C,
    _lock: Lock,
}

/// What became of an archive.
enum Received {
    Already(ReleaseId),
    Staged(Journal),
}

impl<M: Medium, S: Supervisor, C: Clock> Engine<M, S, C> {
    /// One that does nothing yet. `lock` is that of the layout.
    pub fn new((layout, lock): (Layout, Lock), terms: Terms, medium: M, supervisor: S, clock: C) -> Self {
        Self { store: Store::over(layout, medium), terms, supervisor, clock, _lock: lock }
    }

    /// Changes to the release in the archive, which is read as it comes; before that, whatever was left
    /// open is ended. `announced` is what the SHA-256 of the archive must be.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn update(
        &mut self,
        archive: impl Read,
        key: &PublicKey,
        announced: Option<Digest>,
    ) -> Result<Outcome, ChangeError> {
        self.resume()?;
        match self.receive(archive, key, announced)? {
            Received::Already(id) => Ok(Outcome::Already(id)),
            Received::Staged(journal) => {
                let journal = self.look_before(journal)?;
                self.switch_over(journal)
            }
        }
    }

    /// As [`Self::update`], up to where the programs would be touched, which is for another process:
    /// who is to be replaced cannot see to it. From the moment that the file `trial` is there, that one
    /// must be started, also when the machine boots.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn prepare(
        &mut self,
        archive: impl Read,
        key: &PublicKey,
        announced: Option<Digest>,
    ) -> Result<Prepared, ChangeError> {
        if let Some(journal) = self.journal()?.filter(|journal| journal.phase.is_under_way()) {
            return Err(ChangeError::Unfinished(journal.to));
        }
        self.resume()?;
        match self.receive(archive, key, announced)? {
            Received::Already(id) => Ok(Prepared::Already(id)),
            Received::Staged(journal) => {
                self.begin_trial()?;
                let Journal { from, to, .. } = self.look_before(journal)?;
                Ok(Prepared::HandedOver { from, to })
            }
        }
    }

    /// Changes to the good release before the current one.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn rollback(&mut self) -> Result<Outcome, ChangeError> {
        self.resume()?;
        let from = self.store.current()?.ok_or(ChangeError::NoCurrent)?.id;
        let state = self.state()?;
        let to = state.behind(&from).find(|id| self.store.find(id).is_ok());
        let to = to.ok_or(ChangeError::NothingToRollBackTo)?.clone();
        let journal = Journal::new(Kind::Rollback, from, to, self.clock.unix(), Phase::Staged);
        let journal = self.look_before(journal)?;
        self.switch_over(journal)
    }

    /// The folders of the chain.
    pub const fn store(&self) -> &Store<M> {
        &self.store
    }

    pub(super) fn journal(&self) -> Result<Option<Journal>, ChangeError> {
        Ok(Journal::load(self.store.look(), self.store.layout())?)
    }

    pub(super) fn state(&self) -> Result<State, ChangeError> {
        Ok(State::load(self.store.look(), self.store.layout())?)
    }

    pub(super) fn save(&mut self, journal: &Journal) -> Result<(), KeepError> {
        let layout = self.store.layout().clone();
        journal.save(self.store.medium(), &layout)
    }

    fn receive(
        &mut self,
        archive: impl Read,
        key: &PublicKey,
        announced: Option<Digest>,
    ) -> Result<Received, ChangeError> {
        let current = self.store.current()?.ok_or(ChangeError::NoCurrent)?.id;
        let state = self.state()?;
        let incoming = Incoming::open(archive, key)?;
        let (part, target) = (self.terms.chain.part(), &self.terms.target);
        let here = Here { part, target, current: &current, state: &state };
        if admit::admit(incoming.manifest(), &here)? == Admission::Already {
            return Ok(Received::Already(current));
        }
        self.find_room(incoming.manifest())?;
        let to = incoming.manifest().id();
        let mut journal = Journal::new(Kind::Push, current, to, self.clock.unix(), Phase::Received);
        self.save(&journal)?;
        match self.stage(&mut journal, incoming, announced) {
            Ok(()) => Ok(Received::Staged(journal)),
            Err(error) => {
                // What fails on the way out, too, is done by whoever resumes; why it began says more.
                let _ = self.abandon(journal, &error);
                Err(error)
            }
        }
    }

    /// Looks at the programs before they are touched, and enters that they are to be.
    fn look_before(&mut self, mut journal: Journal) -> Result<Journal, ChangeError> {
        journal.before = self.supervisor.observe().iter().map(Before::of).collect();
        match self.supervisor.remember() {
            Ok(how) => journal.how = how,
            Err(trouble) => {
                let error = ChangeError::Remember(trouble);
                self.abandon(journal, &error)?;
                return Err(error);
            }
        }
        journal.phase = Phase::Switched;
        self.save(&journal)?;
        Ok(journal)
    }
}
