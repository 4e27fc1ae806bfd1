//! Who starts programs anew, and knows their processes.
//!
//! [`Starter`] does it, by the service manager or by PID files. [`Worker`] and [`Own`] are that for the two
//! chains, with the questions by which a change is proven.

mod invocation;
mod own;
mod pids;
mod worker;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use decnet_release::change::Program;
use thiserror::Error;

pub use self::pids::{Pids, PidsError};
pub(crate) use self::{
    own::Own,
    worker::{Words, Worker},
};
use crate::{
    settings::Supervision,
    units::{Helper, HelperError, Request, Unit},
};

/// How long the service manager may take to end us as well, where the machine goes down: what it was asked is
/// cancelled then, which says nothing of a release.
const GOING_DOWN: Duration = Duration::from_secs(3);

/// A program cannot be started anew, or its process is not known.
#[derive(Debug, Error)]
pub enum StarterError {
    /// The service manager does not do it.
    #[error(transparent)]
    Units(#[from] HelperError),
    /// We cannot.
    #[error(transparent)]
    Pids(#[from] PidsError),
}

/// Who starts programs anew.
#[derive(Clone, Debug)]
pub enum Starter {
    /// The service manager.
    Units(Helper),
    /// We do.
    Pids(Pids),
}

const fn unit(program: Program) -> Unit {
    match program {
        Program::Agent => Unit::Agent,
        Program::Forwarder => Unit::Forwarder,
        Program::Updater => Unit::Updater,
    }
}

impl Starter {
    /// As the settings say; `root` is the folder of the chain.
    pub fn new(supervision: &Supervision, root: &Path) -> Self {
        match supervision.clone() {
            Supervision::Units(socket) => Self::Units(Helper { socket }),
            Supervision::Pids(runtime_dir) => {
                Self::Pids(Pids { runtime_dir, memory: root.join("programs.json") })
            }
        }
    }

    /// Remembers how those of the programs were started that run, where that must be known to start them
    /// again.
    ///
    /// # Errors
    /// [`StarterError`].
    pub fn remember(&self, programs: &[Program]) -> Result<(), StarterError> {
        match self {
            Self::Units(_) => Ok(()),
            Self::Pids(pids) => Ok(pids.remember(programs)?),
        }
    }

    /// Ends the programs and starts those in the folder `bin`. It blocks, for minutes where they take their
    /// time to end, and must be called within a runtime.
    ///
    /// # Errors
    /// The first [`StarterError`], after every program was tried.
    pub fn restart(&self, programs: &[Program], bin: &Path) -> Result<(), StarterError> {
        match self {
            Self::Units(helper) => {
                let ask = |program: &Program| helper.ask(Request::Restart(unit(*program)));
                let asked: Vec<_> = programs.iter().map(ask).collect();
                let done = asked.into_iter().try_for_each(|told| told.map(drop));
                if done.is_err() {
                    pause(GOING_DOWN);
                }
                Ok(done?)
            }
            Self::Pids(pids) => {
                // An agent that runs would start a forwarder that has ended, so it ends first; one that
                // begins finds the forwarder that was started before it.
                programs.iter().try_for_each(|program| pids.end(*program))?;
                let started: Vec<_> =
                    programs.iter().rev().map(|program| pids.start(*program, bin)).collect();
                Ok(started.into_iter().collect::<Result<(), PidsError>>()?)
            }
        }
    }

    /// The main process of a program, if it has one.
    ///
    /// # Errors
    /// [`StarterError`].
    pub fn main_pid(&self, program: Program) -> Result<Option<u32>, StarterError> {
        match self {
            Self::Units(helper) => Ok(helper.ask(Request::Show(unit(program)))?.main_pid),
            Self::Pids(pids) => Ok(pids.process(program)?.map(|process| process.pid)),
        }
    }

    /// What a program said last, as far as anybody knows.
    pub fn said(&self, program: Program) -> String {
        match self {
            Self::Units(helper) => match helper.ask(Request::Log(unit(program))) {
                Ok(told) => told.output,
                Err(error) => decnet_proto::problem::chain(&error),
            },
            Self::Pids(pids) => pids.said(program),
        }
    }
}

/// The folder of the programs that are to be started: by the switch, not by what it points to, so that a
/// program that is started once more by somebody else is that of its time.
fn bin(current: &Path) -> PathBuf {
    current.join("bin")
}

#[expect(clippy::disallowed_methods, reason = "changes are made on a thread of their own, no runtime's")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
