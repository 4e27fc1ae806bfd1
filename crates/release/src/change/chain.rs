//! What is switched together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Part;

/// Releases that follow each other, with one `current`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    /// Agent, forwarder and decoy.
    Worker,
    /// The updater.
    Updater,
}

impl Chain {
    /// What archives it takes.
    pub const fn part(self) -> Part {
        match self {
            Self::Worker => Part::Worker,
            Self::Updater => Part::Updater,
        }
    }

    /// The programs that run as daemons, and must prove themselves.
    pub const fn programs(self) -> &'static [Program] {
        match self {
            Self::Worker => &[Program::Agent, Program::Forwarder],
            Self::Updater => &[Program::Updater],
        }
    }
}

/// A daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    /// The agent.
    Agent,
    /// The forwarder.
    Forwarder,
    /// The updater.
    Updater,
}

impl Program {
    /// The name of its file in `bin/`, and of its unit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "decnet-agent",
            Self::Forwarder => "decnet-forwarder",
            Self::Updater => "decnet-updater",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
