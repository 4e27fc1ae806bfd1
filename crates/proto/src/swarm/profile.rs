//! What each profile of certificates stands for.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::{operator::Profile, role::Role};

/// Which end of a connection a certificate may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The one that is connected to.
    Server,
    /// The one that connects.
    Client,
}

/// The text names no profile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no profile of certificates")]
pub struct InvalidProfile(pub String);

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 9] = [
        Self::AgentServer,
        Self::AgentClient,
        Self::UpdaterServer,
        Self::UpdaterClient,
        Self::MasterClient,
        Self::ControllerServer,
        Self::ListenerServer,
        Self::ListenerClient,
        Self::OperatorClient,
    ];

    /// The role that its certificates carry.
    pub const fn role(self) -> Role {
        match self {
            Self::AgentServer | Self::AgentClient => Role::Agent,
            Self::UpdaterServer | Self::UpdaterClient => Role::Updater,
            Self::MasterClient => Role::Master,
            Self::ControllerServer => Role::Controller,
            Self::ListenerServer | Self::ListenerClient => Role::Listener,
            Self::OperatorClient => Role::Operator,
        }
    }

    /// The end of a connection that its certificates may be.
    pub const fn direction(self) -> Direction {
        match self {
            Self::AgentServer | Self::UpdaterServer | Self::ControllerServer | Self::ListenerServer => {
                Direction::Server
            }
            Self::AgentClient
            | Self::UpdaterClient
            | Self::MasterClient
            | Self::ListenerClient
            | Self::OperatorClient => Direction::Client,
        }
    }

    /// The profile of a role at one end, if there is one.
    pub fn of(role: Role, direction: Direction) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.role() == role && profile.direction() == direction)
    }

    /// Its word, which also names its files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AgentServer => "agent-server",
            Self::AgentClient => "agent-client",
            Self::UpdaterServer => "updater-server",
            Self::UpdaterClient => "updater-client",
            Self::MasterClient => "master-client",
            Self::ControllerServer => "controller-server",
            Self::ListenerServer => "listener-server",
            Self::ListenerClient => "listener-client",
            Self::OperatorClient => "operator-client",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Profile {
    type Err = InvalidProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|profile| profile.word() == text);
        found.ok_or_else(|| InvalidProfile(text.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_its_role_at_one_end() {
        for profile in Profile::ALL {
            assert_eq!(Profile::of(profile.role(), profile.direction()), Some(profile));
            assert_eq!(profile.word().parse(), Ok(profile));
            assert_eq!(serde_json::to_string(&profile).unwrap(), format!("\"{profile}\""));
            assert!(profile.word().starts_with(profile.role().word()));
        }
        assert_eq!(Profile::of(Role::Master, Direction::Server), None);
        assert_eq!(Profile::of(Role::Operator, Direction::Server), None);
        assert!("agent".parse::<Profile>().is_err());
    }
}
