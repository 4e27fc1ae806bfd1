//! Keys that want certificates, and what was signed.

use serde::{Deserialize, Serialize};

/// What certificates are for: a role, and which end of a connection it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The agent, when its master speaks to it.
    AgentServer,
    /// The agent and the forwarder, when they speak to controller and listener.
    AgentClient,
    /// The updater, when its master speaks to it.
    UpdaterServer,
    /// The updater, when it asks the controller for new certificates.
    UpdaterClient,
    /// The master, when it speaks to agents and updaters.
    MasterClient,
    /// The controller.
    ControllerServer,
    /// The listener, when forwarders speak to it.
    ListenerServer,
    /// The listener, when it asks the controller who is in the swarm, and hands on what it took.
    ListenerClient,
    /// An operator off the master's host.
    OperatorClient,
}

/// A key that wants a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// What for.
    pub profile: Profile,
    /// PKCS #10, PEM. Of what it says, only the key counts.
    pub pem: String,
}

/// A certificate that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Certificate {
    /// What for.
    pub profile: Profile,
    /// PEM.
    pub pem: String,
    /// SHA-256 of its DER form, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// Second since the Unix epoch from which it is no longer good.
    pub not_after: i64,
}
