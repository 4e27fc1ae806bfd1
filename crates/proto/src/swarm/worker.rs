//! What a worker asks of the controller: routes and bodies.
//!
//! Who asks is told by the certificate of the connection, and by nothing in a body.

use serde::{Deserialize, Serialize};

use super::{
    operator::{Certificate, CertificateRequest},
    role::Role,
};
use crate::{
    agent::DeckyStatus,
    ids::{HostId, HostName},
    site::Site,
};

/// Seconds between heartbeats, unless the controller says otherwise.
pub const HEARTBEAT: u32 = 10;

/// Longest time for which the answer to [`Route::Roster`] waits for news, in seconds.
pub const ROSTER_WAIT: u32 = 20;

/// Every route of the API: method, path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// Body [`JoinRequest`], answers 201 with [`Joined`]: for hosts with a token.
    Join,
    /// Body [`RenewRequest`], answers 201 with [`Renewed`].
    Renew,
    /// Body [`Heartbeat`], answers [`Heard`].
    Heartbeat,
    /// [`Trust`].
    Trust,
    /// Query [`RosterQuery`], answers [`Roster`]: at once if it is another one than the asker has,
    /// else as soon as it is, or after [`ROSTER_WAIT`].
    Roster,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 5] = [Self::Join, Self::Renew, Self::Heartbeat, Self::Trust, Self::Roster];

    /// Its method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Join | Self::Renew | Self::Heartbeat => "POST",
            Self::Trust | Self::Roster => "GET",
        }
    }

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Join => "/v1/join",
            Self::Renew => "/v1/renew",
            Self::Heartbeat => "/v1/heartbeat",
            Self::Trust => "/v1/trust",
            Self::Roster => "/v1/roster",
        }
    }

    /// What it does, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Join => "Takes a host with a token into the swarm.",
            Self::Renew => "Signs new keys of a host that has good certificates.",
            Self::Heartbeat => "Hears what a worker says of itself.",
            Self::Trust => "Tells whom a worker may trust.",
            Self::Roster => "Tells the listener whose logs it may take.",
        }
    }

    /// Whose certificate may ask; none is needed where there is none.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Join => &[],
            Self::Renew | Self::Trust => &[Role::Agent, Role::Updater, Role::Listener],
            Self::Heartbeat => &[Role::Agent],
            Self::Roster => &[Role::Listener],
        }
    }
}

/// Take a host into the swarm.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The token.
    pub token: String,
    /// Keys that were made on the host, one for each profile of the part that joins.
    pub requests: Vec<CertificateRequest>,
}

/// The host is in the swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Joined {
    /// Its id.
    pub host: HostId,
    /// What it is called.
    pub name: HostName,
    /// Its certificates, in the order of the requests.
    pub certificates: Vec<Certificate>,
    /// Whom it may trust.
    pub trust: Trust,
    /// Who makes the releases that its updater may install: one line, `decnet-release-key:<base64>` of an
    /// Ed25519 public key. It is for updaters, who keep it until they join again; none where the controller
    /// knows none.
    #[serde(default)]
    pub release_key: Option<String>,
}

/// New certificates for a host that has good ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// New keys of the asker's own role.
    pub requests: Vec<CertificateRequest>,
}

/// They were signed. The old ones are good until one of the new is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Renewed {
    /// In the order of the requests.
    pub certificates: Vec<Certificate>,
}

/// Whom a worker may trust: it replaces what it knew when the serial number is larger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trust {
    /// Grows with every change.
    pub serial: u64,
    /// Certificates of the authority, PEM: one, or two while it changes its key, the newest first.
    pub authorities: Vec<String>,
    /// The master's host.
    pub master: HostId,
    /// Keys of the master's parts, each as role and SHA-256 of the key (its
    /// `SubjectPublicKeyInfo`), 64 lower-case hexadecimal digits.
    pub pins: Vec<(Role, String)>,
}

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// [`super::API_VERSION`].
    pub api: u32,
    /// Version of the agent.
    pub version: String,
    /// SHA-256 of the release that it is of, if it was installed as one.
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    pub boot: String,
    /// Generation of the plan that it has accepted.
    pub generation: Option<u64>,
    /// How its deckies are.
    pub deckies: Vec<DeckyStatus>,
    /// Its place on its LAN; addresses in use only when they were asked for.
    pub site: Option<Site>,
    /// When the first of its certificates runs out, in seconds since the Unix epoch.
    pub not_after: i64,
    /// Serial number of what it trusts.
    pub trust: u64,
}

/// The controller heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heard {
    /// Serial number of what a worker should trust: ask for it when it is another.
    pub trust: u64,
    /// Seconds until the next heartbeat.
    pub interval: u32,
}

/// Which roster the asker has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct RosterQuery {
    /// Its [`Roster::version`], if it has one.
    pub have: Option<String>,
}

/// Who may bring logs: exactly these certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Roster {
    /// Of the content: two rosters of one version are the same.
    pub version: String,
    /// Clients' certificates of agents, for their forwarders, and of listeners, which hand on.
    pub clients: Vec<RosterEntry>,
}

/// A certificate that is let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RosterEntry {
    /// Whose it is: of an agent or of a listener.
    pub role: Role,
    /// Its host.
    pub host: HostId,
    /// What its host is called.
    pub name: HostName,
    /// SHA-256 of the certificate, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
}
