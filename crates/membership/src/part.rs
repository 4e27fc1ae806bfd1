//! The parts of a host that have identities of their own.

use decnet_proto::swarm::{operator::Profile, role::Role};

/// A part of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The agent.
    Agent,
    /// The updater.
    Updater,
    /// The listener: a part of the master, on its host or on another.
    Listener,
}

impl Part {
    /// The program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Agent => "decnet-agent",
            Self::Updater => "decnet-updater",
            Self::Listener => "decnet-listener",
        }
    }

    /// What it is in the swarm.
    pub const fn role(self) -> Role {
        self.server().role()
    }

    /// What it shows to who connects to it.
    pub const fn server(self) -> Profile {
        match self {
            Self::Agent => Profile::AgentServer,
            Self::Updater => Profile::UpdaterServer,
            Self::Listener => Profile::ListenerServer,
        }
    }

    /// What it shows to whom it connects to.
    pub const fn client(self) -> Profile {
        match self {
            Self::Agent => Profile::AgentClient,
            Self::Updater => Profile::UpdaterClient,
            Self::Listener => Profile::ListenerClient,
        }
    }

    /// Everything that it has certified.
    pub const fn profiles(self) -> [Profile; 2] {
        [self.server(), self.client()]
    }
}
