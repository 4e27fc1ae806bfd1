//! Who starts the programs of a worker anew, and knows their processes.

mod invocation;
mod pids;

use std::path::Path;

use thiserror::Error;

use crate::{
    helper::{Helper, HelperError, Request, Unit},
    probe::Program,
    settings::Supervision,
};

pub use self::pids::{Pids, PidsError};

/// A program cannot be started anew, or its process is not known.
#[derive(Debug, Error)]
pub enum SupervisorError {
    /// The service manager does not do it.
    #[error("the service manager does not start it anew")]
    Units(#[from] HelperError),
    /// We cannot.
    #[error("it cannot be started anew")]
    Pids(#[from] PidsError),
}

/// Who starts programs anew.
#[derive(Clone, Debug)]
pub enum Supervisor {
    /// The service manager.
    Units(Helper),
    /// We do.
    Pids(Pids),
}

const fn unit(program: Program) -> Unit {
    match program {
        Program::Agent => Unit::Agent,
        Program::Forwarder => Unit::Forwarder,
    }
}

impl Supervisor {
    /// As the settings say; `root` is the folder of the worker's releases.
    pub fn new(supervision: &Supervision, root: &Path) -> Self {
        match supervision.clone() {
            Supervision::Units(socket) => Self::Units(Helper { socket }),
            Supervision::Pids(runtime_dir) => {
                Self::Pids(Pids { runtime_dir, memory: root.join("programs.json") })
            }
        }
    }

    /// Remembers how what runs was started, where that must be known to start it again.
    ///
    /// # Errors
    /// [`SupervisorError`].
    pub fn remember(&self) -> Result<(), SupervisorError> {
        match self {
            Self::Units(_) => Ok(()),
            Self::Pids(pids) => Ok(pids.remember(&Program::ALL)?),
        }
    }

    /// Ends agent and forwarder and starts those in the folder `bin`. It blocks, for minutes where they take
    /// their time to end, and must be called within a runtime.
    ///
    /// # Errors
    /// [`SupervisorError`]; the other may have been started all the same.
    pub fn restart(&self, bin: &Path) -> Result<(), SupervisorError> {
        match self {
            Self::Units(helper) => {
                // The agent first: the forwarder has nothing to wait for.
                let started = Program::ALL.map(|program| helper.ask(Request::Restart(unit(program))));
                started.into_iter().try_for_each(|told| told.map(drop))?;
            }
            Self::Pids(pids) => {
                pids.remember(&Program::ALL)?;
                // An agent that runs starts a forwarder that has ended; one that begins finds the one
                // that was started before it.
                pids.end(Program::Agent)?;
                pids.end(Program::Forwarder)?;
                let started = [Program::Forwarder, Program::Agent].map(|program| pids.start(program, bin));
                started.into_iter().collect::<Result<(), PidsError>>()?;
            }
        }
        Ok(())
    }

    /// The main process of a program, if it has one.
    ///
    /// # Errors
    /// [`SupervisorError`].
    pub fn main_pid(&self, program: Program) -> Result<Option<u32>, SupervisorError> {
        match self {
            Self::Units(helper) => Ok(helper.ask(Request::Show(unit(program)))?.main_pid),
            Self::Pids(pids) => Ok(pids.process(program)?.map(|process| process.pid)),
        }
    }

    /// What a program said last, as far as anybody knows.
    pub fn said(&self, program: Program) -> String {
        match self {
            Self::Units(helper) => match helper.ask(Request::Show(unit(program))) {
                Ok(told) => told.output,
                Err(error) => decnet_proto::problem::chain(&error),
            },
            Self::Pids(pids) => pids.said(program),
        }
    }
}
