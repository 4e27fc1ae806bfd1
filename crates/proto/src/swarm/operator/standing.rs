//! The controller itself: that it is there, who signs, who listens, who did what.

use serde::{Deserialize, Serialize};

use crate::ids::HostName;

/// That the controller is there, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// Always `ok`.
    pub status: String,
    /// Always `swarm-controller`.
    pub role: String,
    /// [`API_VERSION`](crate::swarm::API_VERSION).
    pub api: u32,
    /// Version of the binary.
    pub version: String,
    /// What runs out soon, in words that name nobody.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Who did what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// When, in seconds since the Unix epoch.
    pub at: i64,
    /// Who: `token`, or the name of an operator.
    pub actor: String,
    /// From where.
    pub from: String,
    /// What: a word of the catalogue, as `deploy` or `decommission`.
    pub action: String,
    /// To what: a host, an operation; empty for the whole.
    pub subject: String,
    /// Whether it was let to.
    pub allowed: bool,
}

/// The authority that signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Authority {
    /// SHA-256 of the certificate that signs, 64 lower-case hexadecimal digits: the pin in tokens.
    pub pin: String,
    /// When it runs out, in seconds since the Unix epoch.
    pub not_after: i64,
    /// The pin of the one before it, while that is still trusted.
    pub previous: Option<String>,
    /// Hosts that still have certificates of the one before.
    pub waiting: Vec<HostName>,
    /// When the first of the master's own certificates runs out; absent from a master that does
    /// not tell it yet.
    #[serde(default)]
    pub master_not_after: Option<i64>,
}

/// A listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListenerView {
    /// What it is called.
    pub name: HostName,
    /// It is the master's own, on the master's host.
    pub own: bool,
    /// Where it joined from; empty until it has, and for the master's own.
    pub address: String,
    /// When it joined, in seconds since the Unix epoch; absent for the master's own.
    pub joined_at: Option<i64>,
    /// When it was heard last, if it was since the controller began.
    pub heard_at: Option<i64>,
    /// Fingerprint of the certificate with which it speaks.
    pub client_cert_fingerprint: Option<String>,
    /// When the first of the certificates that it shows runs out.
    pub not_after: Option<i64>,
}
