//! How hosts, operators and listeners are let in.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{HostId, HostName},
    swarm::{AGENT_PORT, UPDATER_PORT, worker::Trust},
};

use super::{Certificate, CertificateRequest};

/// Let a host in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What the host is called from then on; a host of that name must not be in the swarm.
    pub name: HostName,
    /// Address or host name at which the master reaches it; where it joins from, if absent.
    pub address: Option<String>,
    /// Port of its agent.
    #[serde(default = "agent_port")]
    pub agent_port: u16,
    /// Port of its updater, if it gets one.
    #[serde(default = "updater_port")]
    pub updater_port: u16,
    /// The host is in the swarm already, and gets new certificates: it was lost, or they ran out.
    #[serde(default)]
    pub again: bool,
    /// An updater may join with the token as well.
    #[serde(default)]
    pub updater: bool,
    /// Its deckies are IPvlan links, whatever the fleet says.
    #[serde(default)]
    pub ipvlan: bool,
    /// How long the token lives, in seconds: 1 to 600.
    #[serde(default = "token_life")]
    pub life: u32,
    /// Whatever operators want to remember of it, at most 1,024 characters.
    pub notes: Option<String>,
}

const fn agent_port() -> u16 {
    AGENT_PORT
}

pub(super) const fn updater_port() -> u16 {
    UPDATER_PORT
}

/// Longest life of a token, in seconds.
pub const TOKEN_LIFE: u32 = 600;

const fn token_life() -> u32 {
    TOKEN_LIFE
}

/// A token, told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// The text that the host must show. It carries the pin of the authority.
    pub token: String,
    /// The host's id from now on.
    pub host: HostId,
    /// Second since the Unix epoch from which it is no longer taken.
    pub expires_at: i64,
}

/// Certificates for a host that cannot reach the controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrollRequest {
    /// As in [`TokenRequest`].
    pub name: HostName,
    /// Address or host name at which the master reaches it.
    pub address: String,
    /// Port of its agent.
    #[serde(default = "agent_port")]
    pub agent_port: u16,
    /// Port of its updater, if it gets one.
    #[serde(default = "updater_port")]
    pub updater_port: u16,
    /// As in [`TokenRequest`].
    #[serde(default)]
    pub ipvlan: bool,
    /// As in [`TokenRequest`].
    pub notes: Option<String>,
    /// What its parts want certified; their keys were made by whoever asks.
    pub requests: Vec<CertificateRequest>,
}

/// A host that was enrolled by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Its id.
    pub host: HostId,
    /// Its certificates, in the order of the requests.
    pub certificates: Vec<Certificate>,
    /// Whom it may trust.
    pub trust: Trust,
    /// As in [`Joined`](crate::swarm::worker::Joined).
    #[serde(default)]
    pub release_key: Option<String>,
}

/// A certificate for an operator off this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OperatorRequest {
    /// What the operator is called in the audit log.
    pub name: HostName,
    /// PKCS #10, PEM.
    pub pem: String,
}

/// Let a listener on another host in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListenerRequest {
    /// What the listener is called from then on, at most 55 characters; none of that name must be there.
    pub name: HostName,
    /// It is there already, and gets new certificates: it was lost, or they ran out.
    #[serde(default)]
    pub again: bool,
    /// How long the token lives, in seconds: 1 to 600.
    #[serde(default = "token_life")]
    pub life: u32,
}
