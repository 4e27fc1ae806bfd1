//! What the swarm is to run, and how each decky is.

use serde::{Deserialize, Serialize};

use crate::{
    agent::DeckyState,
    ids::{DeckyName, HostId},
};

use super::HostState;

/// Make the swarm run exactly this fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeployRequest<Fleet> {
    /// The fleet, as `composer` has it.
    pub fleet: Fleet,
    /// Build images anew.
    #[serde(default)]
    pub no_cache: bool,
    /// Only tell what would be done; nothing is kept.
    #[serde(default)]
    pub dry_run: bool,
}

/// What to take down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TeardownRequest {
    /// Only on this host.
    pub host_uuid: Option<HostId>,
    /// Only this decky, wherever it runs.
    pub decky_id: Option<DeckyName>,
}

/// Which deckies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct DeckiesQuery {
    /// Only of this host.
    pub host_uuid: Option<HostId>,
    /// Only those in this state.
    pub state: Option<ShardState>,
}

/// How a decky of the swarm is: only what its host says makes it run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ShardState {
    /// It is wanted, and its host has not said that it runs.
    Pending,
    /// All of it runs.
    Running,
    /// Some of it runs.
    Degraded,
    /// Its host could not make it run.
    Failed,
    /// A real machine has its address: it gave way.
    Yielded,
    /// It is no longer wanted, and its host has not said that it is gone.
    TearingDown,
    /// Its host left the swarm with it, or is away for good.
    LeftBehind,
}

/// A decky and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShardView {
    /// The decky.
    pub decky_name: DeckyName,
    /// Its host.
    pub host_uuid: HostId,
    /// What its host is called.
    pub host_name: String,
    /// Where its host is.
    pub host_address: String,
    /// How the master stands with its host; none when it left.
    pub host_status: Option<HostState>,
    /// Slugs of its services, and names of its own containers.
    pub services: Vec<String>,
    /// Its address.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::Address))]
    pub ip: std::net::Ipv4Addr,
    /// How it is.
    pub state: ShardState,
    /// Why it failed.
    pub last_error: Option<String>,
    /// Generation of the plan that put it there.
    pub generation: u64,
    /// When this was learned, in seconds since the Unix epoch.
    pub updated_at: i64,
}

impl From<DeckyState> for ShardState {
    fn from(state: DeckyState) -> Self {
        match state {
            DeckyState::Up => Self::Running,
            DeckyState::Degraded => Self::Degraded,
            DeckyState::Absent => Self::Pending,
            DeckyState::Yielded => Self::Yielded,
        }
    }
}
