//! What is asked of the swarm through the API of the master.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{HostId, HostName},
    swarm::{
        operator::HostHealth,
        releases::{ReleaseView, WAVE},
        updater::ReleaseName,
    },
};

/// Let a host in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrollHost {
    /// What the host is called from then on; a host of that name must not be in the swarm.
    pub name: HostName,
    /// Where the host reaches the controller: a name or an address, with `:port` behind it if need be.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub master_host: String,
    /// Address or name at which the master reaches it; where it joins from, if absent.
    pub address: Option<String>,
    /// An updater may join with the token as well.
    #[serde(default = "yes")]
    pub with_updater: bool,
    /// Its deckies are IPvlan links, whatever the fleet says.
    #[serde(default)]
    pub use_ipvlan: bool,
    /// The host is in the swarm already, and gets new certificates: it was lost, or they ran out.
    #[serde(default)]
    pub again: bool,
    /// Whatever is to be remembered of it, at most 1,024 characters.
    pub notes: Option<String>,
}

const fn yes() -> bool {
    true
}

/// How the host comes in. The token is told this once, and shows in no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// The text that the host must show. It carries the pin of the authority.
    pub token: String,
    /// What to type on the host; it asks for the token.
    pub command: String,
    /// The same for its updater, if one may join.
    pub updater_command: Option<String>,
    /// Second since the Unix epoch from which the token is no longer taken.
    pub expires_at: i64,
    /// The host's id from now on.
    pub host_uuid: HostId,
}

/// What the hosts of a swarm run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateHosts {
    /// Each host, asked now.
    pub hosts: Vec<HostHealth>,
    /// Releases that can be brought to them.
    pub releases: Vec<ReleaseView>,
}

/// Bring a release that the controller keeps to hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PushRelease {
    /// To these hosts; not with `all`.
    pub host_uuids: Option<Vec<HostId>>,
    /// To all hosts.
    #[serde(default)]
    pub all: bool,
    /// The release of agent, forwarder and decoy.
    pub worker: Option<ReleaseName>,
    /// The release of the updater, which comes after the other has succeeded. One of both is there.
    pub updater: Option<ReleaseName>,
    /// How many of the hosts are a wave, in percent, rounded up.
    #[serde(default = "wave")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub wave: u8,
}

const fn wave() -> u8 {
    WAVE
}

/// Switch hosts back to the good release before the one that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// These hosts, one at least.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub host_uuids: Vec<HostId>,
}
