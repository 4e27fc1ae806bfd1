//! Whether agent and forwarder are what was switched to, and able to do what they were able to do.

mod ask;
mod judge;

use serde::{Deserialize, Serialize};

pub use self::ask::Places;
pub(crate) use self::judge::{Expected, judge};

/// A program of a worker that runs by itself. The third, the decoy, is the agent's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `decnet-agent`.
    Agent,
    /// `decnet-forwarder`.
    Forwarder,
}

impl Program {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Agent, Self::Forwarder];

    /// The name of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "decnet-agent",
            Self::Forwarder => "decnet-forwarder",
        }
    }

    /// What it is called in texts.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Forwarder => "forwarder",
        }
    }

    /// Its PID file, in the folder of these.
    pub(crate) const fn pid_file(self) -> &'static str {
        match self {
            Self::Agent => "agent.pid",
            Self::Forwarder => "forwarder.pid",
        }
    }
}

/// One for each program of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both<T> {
    /// The agent's.
    pub agent: T,
    /// The forwarder's.
    pub forwarder: T,
}

impl<T> Both<T> {
    /// That of a program.
    pub const fn of(&self, program: Program) -> &T {
        match program {
            Program::Agent => &self.agent,
            Program::Forwarder => &self.forwarder,
        }
    }
}
