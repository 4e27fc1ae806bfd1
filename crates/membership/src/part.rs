//! The parts of a worker that have identities of their own.

use decnet_proto::swarm::{operator::Profile, role::Role};

/// A part of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The agent.
    Agent,
    /// The updater.
    Updater,
}

impl Part {
    /// The program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Agent => "decnet-agent",
            Self::Updater => "decnet-updater",
        }
    }

    /// What it is in the swarm.
    pub const fn role(self) -> Role {
        self.server().role()
    }

    /// What it shows to its master.
    pub const fn server(self) -> Profile {
        match self {
            Self::Agent => Profile::AgentServer,
            Self::Updater => Profile::UpdaterServer,
        }
    }

    /// What it shows to the controller.
    pub const fn client(self) -> Profile {
        match self {
            Self::Agent => Profile::AgentClient,
            Self::Updater => Profile::UpdaterClient,
        }
    }

    /// Everything that it has certified.
    pub const fn profiles(self) -> [Profile; 2] {
        [self.server(), self.client()]
    }
}
