//! Bringing releases to hosts, and taking them back.
//!
//! ```text
//! request ─► journaled ─► wave ─► wave ─► …      a wave: hosts at once, at most eight
//!                          │ a host that fails: no other is begun, in no wave
//!                          ▼
//!                         visit: asks, sends, watches, has it proved
//! ```
//!
//! Invariants:
//! - One rollout at a time, and each host once in it.
//! - What is sent was verified by the key of releases, and is verified again by the host: the master
//!   cannot make a release.
//! - A host is called updated when its programs themselves answer as the release, started anew.
//! - Whatever happens, each host has an outcome in the end. A controller that is started anew begins
//!   nothing again: it says what became of each host.
//! - Archives are read from disk as they are sent: memory does not grow with them.

mod aim;
mod preview;
mod request;
mod resume;
mod run;
mod verdict;
mod visit;
mod waves;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_proto::swarm::updater::{Chain, ReleaseName};
use serde::{Deserialize, Serialize};
use tokio::task::AbortHandle;

use self::aim::Aim;
pub(super) use self::request::Updated;
use super::updaters::Cargo;

/// How often hosts are looked at, and how long they are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Between two looks at a host that works.
    pub every: Duration,
    /// How long a host that works may not answer, before it is given up.
    pub gone: Duration,
    /// How long nothing may be under way, before nothing is expected any more.
    pub settle: Duration,
}

impl Default for Looks {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { every: seconds(1), gone: seconds(90), settle: seconds(10) }
    }
}

/// What is to be done on each host.
#[derive(Clone, Debug)]
enum Errand {
    /// These are brought, one after the other.
    Bring(Vec<Cargo>),
    /// It goes back to the release before.
    Back,
}

impl Errand {
    fn steps(&self) -> u32 {
        match self {
            Self::Bring(cargo) => u32::try_from(cargo.len()).unwrap_or(u32::MAX),
            Self::Back => 1,
        }
    }
}

/// What is kept of a rollout, to say after a crash what became of it: neither is a rollback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Journal {
    #[serde(default)]
    worker: Option<ReleaseName>,
    #[serde(default)]
    updater: Option<ReleaseName>,
}

impl Journal {
    fn aims(&self) -> Vec<Aim> {
        let worker = self.worker.clone().map(|name| Aim::Release(Chain::Worker, name));
        let updater = self.updater.clone().map(|name| Aim::Release(Chain::Updater, name));
        let aims: Vec<_> = worker.into_iter().chain(updater).collect();
        if aims.is_empty() { vec![Aim::Before] } else { aims }
    }
}

/// The rollout that runs, if one does.
#[derive(Debug, Default)]
pub(super) struct Rollouts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// Somebody is about to begin one.
    taken: bool,
    running: Option<(u64, AbortHandle)>,
}

/// The turn to begin a rollout.
#[derive(Debug)]
struct Turn<'a>(&'a Rollouts);

impl Rollouts {
    /// The turn to begin one, or the operation that runs.
    fn turn(&self) -> Result<Turn<'_>, Option<u64>> {
        let mut state = self.state();
        match &state.running {
            Some((operation, running)) if !running.is_finished() => Err(Some(*operation)),
            _ if state.taken || state.closed => Err(None),
            _ => {
                state.taken = true;
                Ok(Turn(self))
            }
        }
    }

    /// Breaks it off: the hosts go on by themselves, and the next controller says what became of it.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        if let Some((_, running)) = state.running.take() {
            running.abort();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// This is what runs from now on.
    fn begin(&self, operation: u64, work: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.0.state();
        if !state.closed {
            state.running = Some((operation, tokio::spawn(work).abort_handle()));
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().taken = false;
    }
}
