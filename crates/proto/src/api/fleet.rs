//! What is asked of the fleet, and told of what was taken on.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Mode;
use crate::{
    agent::StepFailure,
    ids::HostId,
    swarm::{
        operator::{OperationKind, ResultState},
        releases::UpdateOutcome,
    },
};

/// Largest fleet file, in bytes.
pub const FLEET_FILE_MAX: usize = 512 * 1024;

/// Largest body with a fleet file in it, in bytes: as JSON, marks and line ends take two bytes each.
pub const FLEET_BODY_MAX: usize = 2 * FLEET_FILE_MAX + 16 * 1024;

/// Bounds of [`SetDeploymentLimit::deployment_limit`].
pub const DEPLOYMENT_LIMITS: std::ops::RangeInclusive<u32> = 1..=500;

/// The deployment limit, until somebody sets another one.
pub const DEPLOYMENT_LIMIT: u32 = 50;

/// A fleet file to be looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ValidateFleet {
    /// The fleet file. It names no files of its own.
    #[cfg_attr(feature = "openapi", schema(max_length = 524_288))]
    pub ini_content: String,
}

/// A fleet file that is to come true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeployFleet {
    /// The fleet file. It names no files of its own.
    #[cfg_attr(feature = "openapi", schema(max_length = 524_288))]
    pub ini_content: String,
    /// Build images anew.
    #[serde(default)]
    pub no_cache: bool,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FindingSeverity {
    /// The fleet can be deployed, but not as one might think.
    Warning,
    /// It cannot.
    Error,
}

/// Something about a fleet file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// How bad it is.
    pub severity: FindingSeverity,
    /// Where it is, as one text: `fleet.ini:7: [web] services`, `decky web`, `fleet`.
    pub place: String,
    /// Line of the file, counted from 1, where it is about one.
    pub line: Option<u32>,
    /// Section of the file.
    pub section: Option<String>,
    /// Key of the section.
    pub key: Option<String>,
    /// The wrong value, and what would be right.
    pub message: String,
}

/// Why a fleet is not deployed: a problem, with what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FleetProblem {
    /// HTTP status.
    pub status: u16,
    /// What kind of problem, in a few words.
    pub title: String,
    /// What exactly, and what would be right.
    pub detail: String,
    /// Errors and warnings of the fleet file, if it is about one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What a fleet file would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Validation {
    /// Whether it can be deployed.
    pub valid: bool,
    /// Where its deckies would be.
    pub mode: Mode,
    /// Errors and warnings.
    pub findings: Vec<Finding>,
    /// The deckies, unless it has errors.
    pub deckies: Vec<PlannedDecky>,
}

/// A decky to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedDecky {
    /// Its name.
    pub name: String,
    /// Its address, where that can be told now.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub ip: Option<Ipv4Addr>,
    /// What it would call itself, where that can be told here.
    pub hostname: Option<String>,
    /// Its archetype, where it has one and that can be told here.
    pub archetype: Option<String>,
    /// Slugs of its services, and names of its own containers.
    pub services: Vec<String>,
    /// The worker that it would be on; none where that is the master's own host.
    pub host: Option<String>,
}

/// Something was taken on, and is not done yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakenOn {
    /// What.
    pub message: String,
    /// Where.
    pub mode: Mode,
    /// The operation that does it.
    pub operation: u64,
}

/// An operation of the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FleetOperation {
    /// Its id.
    pub id: u64,
    /// Grows with every change.
    pub revision: u64,
    /// What it does.
    pub kind: OperationKind,
    /// Who asked for it: a user of this API on a single host; in a swarm whoever the controller was told.
    pub actor: String,
    /// When it was taken on, in seconds since the Unix epoch.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// How it goes on each host; on a single host there is one.
    pub results: Vec<HostProgress>,
    /// Lines about the fleet itself: warnings of the plan, what was left behind.
    pub notes: Vec<String>,
}

/// How an operation goes on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostProgress {
    /// What the host is called; none where it is the master's own.
    pub host: Option<String>,
    /// Its id.
    pub host_uuid: Option<HostId>,
    /// How it is.
    pub state: ResultState,
    /// Steps in all.
    pub total: u32,
    /// Steps done.
    pub done: u32,
    /// What is worked on, or what went wrong.
    pub detail: String,
    /// Steps that failed, each with why.
    pub failures: Vec<StepFailure>,
    /// How an update or a rollback ended there.
    pub outcome: Option<UpdateOutcome>,
    /// What the host itself says of that.
    pub output: String,
}

/// How many deckies a fleet may have that is deployed through this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetDeploymentLimit {
    /// So many.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 500))]
    pub deployment_limit: u32,
}

/// The record was emptied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Emptied {
    /// What was done.
    pub message: String,
    /// How much is gone.
    pub deleted: Deleted,
}

/// How much is gone from the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deleted {
    /// Events.
    pub logs: u64,
    /// What was learnt of attackers.
    pub bounties: u64,
    /// Attackers.
    pub attackers: u64,
    /// Conversations.
    pub sessions: u64,
    /// Secrets that attackers showed.
    pub credentials: u64,
    /// Entries of captured files; the files stay.
    pub artifacts: u64,
}
