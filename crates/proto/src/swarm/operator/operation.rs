//! Changes, and how they go.

use serde::{Deserialize, Serialize};

use crate::{agent::StepFailure, ids::HostId, swarm::releases::UpdateOutcome};

/// An operation was taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// Its id.
    pub operation: u64,
}

/// Which operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct OperationsQuery {
    /// At most so many, 1 to 1,000.
    #[serde(default = "some")]
    pub limit: u32,
}

const fn some() -> u32 {
    50
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// A fleet is deployed.
    Deploy,
    /// Something is taken down.
    Teardown,
    /// Everything is.
    Panic,
    /// A host leaves.
    Decommission,
    /// A release is brought to hosts.
    Update,
    /// Hosts go back to the release before.
    Rollback,
}

/// How an operation goes on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostResult {
    /// The host.
    pub host_uuid: HostId,
    /// What it is called.
    pub host_name: String,
    /// How it is.
    pub state: ResultState,
    /// Steps in all, and steps done, as the agent says.
    pub steps: (u32, u32),
    /// What is worked on, or what went wrong.
    pub detail: String,
    /// Deckies that failed, each with why.
    pub failures: Vec<StepFailure>,
    /// How an update or a rollback ended there.
    #[serde(default)]
    pub outcome: Option<UpdateOutcome>,
    /// What the host itself says of that, at most [`OUTPUT_MAX`](crate::swarm::updater::OUTPUT_MAX) bytes.
    #[serde(default)]
    pub output: String,
}

/// How an operation is on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ResultState {
    /// The host has not taken it on yet.
    Waiting,
    /// The host works on it.
    Running,
    /// It is done.
    Done,
    /// Some of it failed; the master tries again until something newer is asked for.
    Failed,
    /// Something newer was asked for before it was done.
    Superseded,
    /// Its turn did not come, because of what happened elsewhere.
    Untried,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationView {
    /// Its id.
    pub id: u64,
    /// Grows with every change.
    pub revision: u64,
    /// What it does.
    pub kind: OperationKind,
    /// Who asked for it.
    pub actor: String,
    /// When it was taken on, in seconds since the Unix epoch.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// How it goes on each host.
    pub results: Vec<HostResult>,
    /// Lines about the fleet itself: warnings of the plan, what was left behind.
    pub notes: Vec<String>,
}

impl OperationView {
    /// Whether it is over, and all of it was done.
    pub fn succeeded(&self) -> bool {
        self.finished_at.is_some() && self.results.iter().all(|result| result.state == ResultState::Done)
    }
}
