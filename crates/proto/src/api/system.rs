//! What the API tells of the master itself.

use std::{collections::BTreeMap, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::account::{Role, UserView};

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ComponentState {
    /// It does what it is for.
    Ok,
    /// It does not.
    Failing,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Component {
    /// How it is.
    pub status: ComponentState,
    /// Why, in a few words that name nobody; empty where there is nothing to say.
    pub detail: String,
}

/// How all parts together are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum HealthState {
    /// Every part does what it is for.
    Healthy,
    /// Events are kept and answers given; something else is not done.
    Degraded,
    /// Events are not kept, or no answers given.
    Unhealthy,
}

/// How the master is. It is answered with 503 where it is unhealthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthView {
    /// All of it.
    pub status: HealthState,
    /// Each part by name: `database`, `ingest`, and `agent` on a single host or `controller` in a swarm.
    pub components: BTreeMap<String, Component>,
}

/// Something was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// What.
    pub message: String,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The user.
    pub user: UserView,
    /// When the session ends however much it is used, in seconds since the Unix epoch.
    pub expires_at: i64,
}

/// Where deckies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// On the master's own host.
    Unihost,
    /// On the hosts of its swarm.
    Swarm,
}

/// Where deckies are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeploymentMode {
    /// Where.
    pub mode: Mode,
    /// Always `master`.
    pub role: String,
    /// Hosts of the swarm.
    pub swarm_host_count: u64,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigView {
    /// What the one who asks may.
    pub role: Role,
    /// Version of the master.
    pub version: String,
    /// Where deckies are.
    pub mode: Mode,
    /// How many deckies a fleet may have that is deployed through this API.
    pub deployment_limit: u32,
    /// Whether there is what only developers want.
    pub developer_mode: bool,
    /// Days that events are kept; for ever without it.
    pub record_days: Option<u32>,
    /// MiB that the record may take; as many as there are without it.
    pub record_size: Option<u32>,
    /// The users, where an administrator asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<UserView>>,
}

/// A decky.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeckyView {
    /// Its name.
    pub name: String,
    /// Its address, where it is known.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub ip: Option<Ipv4Addr>,
    /// What it calls itself, where that is known here.
    pub hostname: Option<String>,
    /// Its archetype, where it has one and that is known here.
    pub archetype: Option<String>,
    /// Slugs of its services, and names of its own containers.
    pub services: Vec<String>,
    /// How it is: a word of the host that it is on.
    pub state: String,
    /// The worker that it is on; none where that is the master's own host.
    pub host: Option<String>,
    /// Why it is not as it should be, where that was told.
    pub last_error: Option<String>,
}
