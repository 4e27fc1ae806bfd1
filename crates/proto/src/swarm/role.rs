//! Who speaks: the authority that a certificate carries.
//!
//! It is the URI `decnet://<role>/<host>` in the certificate's subject alternative names, where
//! `<host>` is a [`HostId`]. Common names are for people and decide nothing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::ids::HostId;

/// What the holder of a certificate is in the swarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The agent of a worker, and the forwarder beside it.
    Agent,
    /// The updater of a worker.
    Updater,
    /// The master, when it speaks to agents and updaters.
    Master,
    /// The controller, when workers or operators speak to it.
    Controller,
    /// The listener, to which forwarders speak. It is a part of the master, also on another host.
    Listener,
    /// An operator off the master's host.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Agent, Self::Updater, Self::Master, Self::Controller, Self::Listener, Self::Operator];

    /// Its word in the URI.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Updater => "updater",
            Self::Master => "master",
            Self::Controller => "controller",
            Self::Listener => "listener",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A role on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The role.
    pub role: Role,
    /// The host; that of the master for its own roles, one of its own for an operator.
    pub host: HostId,
}

/// The text is no identity.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no identity: it would be decnet://<role>/<host id>")]
pub struct InvalidIdentity(pub String);

/// Scheme of the URI, and what follows it.
const SCHEME: &str = "decnet://";

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.role, self.host)
    }
}

impl FromStr for Identity {
    type Err = InvalidIdentity;

    /// Takes exactly what `Display` writes: two texts are never one identity.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (word, host) = text.strip_prefix(SCHEME)?.split_once('/')?;
            let role = Role::ALL.into_iter().find(|role| role.word() == word)?;
            Some(Self { role, host: host.parse().ok()? })
        };
        parse().ok_or_else(|| InvalidIdentity(text.chars().take(128).collect()))
    }
}

impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";

    #[test]
    fn an_identity_is_what_it_prints() {
        for role in Role::ALL {
            let identity = Identity { role, host: HOST.parse().unwrap() };
            assert_eq!(identity.to_string().parse(), Ok(identity));
        }
    }

    #[test]
    fn nothing_else_is_one() {
        let refused = |text: &str| assert!(text.parse::<Identity>().is_err(), "{text}");
        refused(&format!("decnet://Agent/{HOST}"));
        refused(&format!("decnet://agent/{}", HOST.to_uppercase()));
        refused(&format!("decnet://agent/{HOST}/"));
        refused(&format!("decnet://agent/{HOST}?role=master"));
        refused(&format!("DECNET://agent/{HOST}"));
        refused(&format!("decnet://agent//{HOST}"));
        refused(&format!("decnet://agent@master/{HOST}"));
        refused("decnet://master/");
        refused("");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let _ = text.parse::<Identity>();
        }
    }
}
