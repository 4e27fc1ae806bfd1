//! Hosts of the swarm.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{HostId, HostName},
    site::Site,
    swarm::releases::Program,
};

use super::invitation::updater_port;

/// Which hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct HostsQuery {
    /// Only those in this state.
    pub host_status: Option<HostState>,
}

/// How the master stands with a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum HostState {
    /// A token or a bundle was made for it, and it has not been heard since.
    Invited,
    /// It is in the swarm, and the master has not spoken with it yet.
    Enrolled,
    /// It was heard lately.
    Active,
    /// It was not.
    Unreachable,
    /// It is being taken out of the swarm.
    Leaving,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostView {
    /// Its id.
    pub uuid: HostId,
    /// What it is called.
    pub name: HostName,
    /// Where the master reaches it; empty until that is known.
    pub address: String,
    /// Port of its agent.
    pub agent_port: u16,
    /// Port of its updater, if it has one.
    #[serde(default = "updater_port")]
    pub updater_port: u16,
    /// How the master stands with it.
    pub status: HostState,
    /// When it was heard last, in seconds since the Unix epoch.
    pub last_heartbeat: Option<i64>,
    /// Fingerprint of the certificate with which its agent speaks.
    pub client_cert_fingerprint: Option<String>,
    /// The same of its updater, if it has one.
    pub updater_cert_fingerprint: Option<String>,
    /// When the first of its certificates runs out.
    pub not_after: Option<i64>,
    /// When it came into the swarm.
    pub enrolled_at: Option<i64>,
    /// Whatever operators wanted to remember of it.
    pub notes: Option<String>,
    /// Its deckies are IPvlan links, whatever the fleet says.
    pub use_ipvlan: bool,
    /// Its keys were made off the host, and carried there by hand.
    pub by_hand: bool,
    /// Version of its agent, as it said last.
    pub version: Option<String>,
    /// Generation of the plan that it should run.
    pub wanted: Option<u64>,
    /// Generation of the plan that it said it runs.
    pub observed: Option<u64>,
    /// Its place on its LAN, as it said last.
    pub site: Option<Site>,
}

/// What becomes of a host that leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct DecommissionQuery {
    /// The agent is asked to forget its keys and its plan as well.
    #[serde(default)]
    pub wipe: bool,
}

/// What came of asking a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostHealth {
    /// The host.
    pub host_uuid: HostId,
    /// What it is called.
    pub name: HostName,
    /// Where it was asked.
    pub address: String,
    /// Whether it answered.
    pub reachable: bool,
    /// Version of its agent, or why it could not be asked, in a word or two.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Its agent, as it says.
    #[serde(default)]
    pub agent: Option<Program>,
    /// Its forwarder, as its updater says.
    #[serde(default)]
    pub forwarder: Option<Program>,
    /// Its updater, as it says.
    #[serde(default)]
    pub updater: Option<Program>,
    /// Why the updater could not be asked, if the host has one.
    #[serde(default)]
    pub updater_error: Option<String>,
}
