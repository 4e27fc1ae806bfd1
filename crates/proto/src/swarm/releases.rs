//! Releases as operators see them: which the controller keeps, and how they come to hosts.

use serde::{Deserialize, Serialize};

use super::updater::{Chain, ReleaseName};
use crate::ids::HostId;

/// What becomes of an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct TakeQuery {
    /// Only verify it; nothing is kept, and the answer is 200.
    #[serde(default)]
    pub dry_run: bool,
}

/// A release that the controller has verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseView {
    /// What it replaces on a host.
    pub chain: Chain,
    /// Its name.
    #[serde(flatten)]
    pub name: ReleaseName,
    /// What it runs on, as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// The least version that it can be installed over.
    pub min_from: Option<String>,
    /// It may be installed over newer ones.
    pub downgrade: bool,
    /// Size of the archive, in bytes.
    pub size: u64,
    /// SHA-256 of the archive, 64 lower-case hexadecimal digits.
    pub archive: String,
    /// When it was taken, in seconds since the Unix epoch.
    pub taken_at: i64,
}

/// Bring a release to hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// Only these hosts; all, if absent.
    pub hosts: Option<Vec<HostId>>,
    /// The release of agent, forwarder and decoy; it must be kept, but for a dry run.
    pub worker: Option<ReleaseName>,
    /// The release of the updater, which comes after the other has succeeded. One of both is there.
    pub updater: Option<ReleaseName>,
    /// How many of the hosts are a wave, in percent, rounded up: 1 to 100. The next one begins when the whole
    /// of this one has succeeded.
    #[serde(default = "wave")]
    pub wave: u8,
    /// Only tell what would be done: hosts are asked, and nothing is sent.
    #[serde(default)]
    pub dry_run: bool,
}

/// A wave, unless somebody says otherwise, in percent.
pub const WAVE: u8 = 25;

const fn wave() -> u8 {
    WAVE
}

/// Switch hosts back to the good release before the one that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// These hosts, one at least.
    pub hosts: Vec<HostId>,
}

/// How an update or a rollback ended on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UpdateOutcome {
    /// The release runs there, and is healthy.
    Updated,
    /// It ran there already.
    Already,
    /// The release before runs there, and is healthy: the new one failed, or this was asked for.
    RolledBack,
    /// The host refused the release; nothing was changed there.
    Refused,
    /// Anything else went wrong; what runs there is not known to be healthy, or nothing was changed.
    Failed,
    /// Its updater does not answer; nothing was sent.
    Unreachable,
    /// The host has no updater.
    NoUpdater,
    /// Its turn did not come.
    NotTried,
}

/// A program that answers: what an update must change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Program {
    /// Its version.
    pub version: String,
    /// SHA-256 of the release that it is of, if it was installed as one.
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    pub boot: String,
}
