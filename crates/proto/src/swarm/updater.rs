//! What a master asks of an updater: over mutual TLS, on [`super::UPDATER_PORT`], role master only.
//!
//! An update is one request: the archive itself is its body (`application/gzip`), whose SHA-256 the header
//! [`CONTENT_DIGEST`] tells before. The answer comes when the change has ended: the new release answers for
//! itself, or the old one does again. [`Route::Health`] and [`Route::Releases`] are answered throughout.
//!
//! | status | meaning |
//! |---|---|
//! | 200 | done, or there was nothing to do ([`Done`]) |
//! | 400 | no digest, another digest than the body has, no length, or no `confirm_self` |
//! | 404 | there is nothing to roll back to |
//! | 409 | something else is under way ([`Failure::busy`]); or the change failed, and was undone ([`Failure::rolled_back`]) |
//! | 413 | the archive is larger than any may be |
//! | 422 | the release is refused: nothing was changed |
//! | 500 | anything else; what runs is not known to be healthy |
//!
//! A change of the updater itself is answered with [`Outcome::Queued`] before it is made, because whoever
//! answers is who ends: its end is told by [`Line::last`], and by digest and boot id of [`Health`].

use serde::{Deserialize, Serialize};

use crate::{agent::Function, problem::Problem};

/// Header of an archive's digest, as RFC 9530 has it: `sha-256=:<base64>:`.
pub const CONTENT_DIGEST: &str = "content-digest";

/// Media type of an archive.
pub const ARCHIVE: &str = "application/gzip";

/// Largest archive, in bytes.
pub const ARCHIVE_MAX: u64 = 512 * 1024 * 1024;

/// Most bytes of a text that tells how a change went.
pub const OUTPUT_MAX: usize = 8 * 1024;

/// Longest time that a change takes, in seconds: to take the archive in, to switch, to probe, to switch back
/// and to probe again. Who asks waits longer.
pub const CHANGE_MAX: u64 = 15 * 60;

/// Title of the refusal (409) while another change is under way.
pub const BUSY: &str = "another change is under way";

/// Title of the refusal (409) of a change that failed and was undone.
pub const ROLLED_BACK: &str = "rolled back";

/// Title of the refusal (422) of a release.
pub const REFUSED: &str = "release refused";

/// Title of the refusal (500) of a change that failed, where what runs is not known to be healthy.
pub const BROKEN: &str = "change failed";

/// Every route of the API: method, path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// [`Health`].
    Health,
    /// [`Releases`].
    Releases,
    /// Body: the archive of a worker's release. Answers [`Done`], or a [`Failure`].
    Update,
    /// Body: the archive of an updater's release; query [`UpdateSelfQuery`]. Answers [`Done`], or a
    /// [`Failure`].
    UpdateSelf,
    /// Switches the worker back to the newest good release before the current one. Answers [`Done`], or a
    /// [`Failure`].
    Rollback,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 5] = [Self::Health, Self::Releases, Self::Update, Self::UpdateSelf, Self::Rollback];

    /// Its method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Health | Self::Releases => "GET",
            Self::Update | Self::UpdateSelf | Self::Rollback => "POST",
        }
    }

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Health => "/v1/health",
            Self::Releases => "/v1/releases",
            Self::Update => "/v1/update",
            Self::UpdateSelf => "/v1/update-self",
            Self::Rollback => "/v1/rollback",
        }
    }

    /// What it does, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Health => {
                "Tells that the updater is there, and what agent and forwarder say of themselves."
            }
            Self::Releases => "Tells which releases the host has, and how the last change went.",
            Self::Update => {
                "Makes the host run this release of agent, forwarder and decoy, or none but the old."
            }
            Self::UpdateSelf => "Makes the host run this release of the updater, or none but the old.",
            Self::Rollback => "Makes the host run the good release before this one.",
        }
    }
}

/// Whether the asker means it: a change of the updater itself is not made by mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct UpdateSelfQuery {
    /// It must be `true`.
    #[serde(default)]
    pub confirm_self: bool,
}

/// That the updater is there, which it is, and what the programs of the worker say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// [`super::API_VERSION`].
    pub api: u32,
    /// Version of the updater.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// What it runs on, as `x86_64-unknown-linux-gnu`: it takes releases for nothing else. None of an updater
    /// that is too old to tell.
    #[serde(default)]
    pub target: Option<String>,
    /// SHA-256 of the release that it is of, if it was installed as one.
    #[serde(default)]
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    #[serde(default)]
    pub boot: String,
    /// The agent of the host.
    #[serde(default)]
    pub agent: Option<Seen>,
    /// The forwarder of the host.
    #[serde(default)]
    pub forwarder: Option<Seen>,
    /// What is under way.
    #[serde(default)]
    pub change: Option<Change>,
}

/// What a program of the worker says, when it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// It answers.
    Up(Running),
    /// It does not, for this reason.
    Down(String),
}

/// A program that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Running {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// SHA-256 of the release that it is of, if it was installed as one.
    #[serde(default)]
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    #[serde(default)]
    pub boot: String,
    /// What it is able to do.
    #[serde(default)]
    pub functions: Vec<Function>,
}

/// What is replaced together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Chain {
    /// Agent, forwarder and decoy.
    Worker,
    /// The updater.
    Updater,
}

impl Chain {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Worker, Self::Updater];
}

/// A release by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseName {
    /// Its version, as SemVer has it.
    pub version: String,
    /// SHA-256 of its manifest, 64 lower-case hexadecimal digits: what it is.
    pub digest: String,
}

/// Which releases the host has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Releases {
    /// Of agent, forwarder and decoy.
    pub worker: Line,
    /// Of the updater.
    pub updater: Line,
}

/// The releases of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// What the programs are started from; none where they were not installed as a release.
    pub current: Option<ReleaseName>,
    /// What is on disk, the newest version first.
    pub releases: Vec<Release>,
    /// What is under way.
    #[serde(default)]
    pub change: Option<Change>,
    /// How the last change ended, if there was one.
    #[serde(default)]
    pub last: Option<Ended>,
}

/// A release on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Release {
    /// Its name.
    #[serde(flatten)]
    pub name: ReleaseName,
    /// What is known of it.
    pub standing: Standing,
    /// How it came.
    pub origin: Origin,
}

/// What is known of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It ran, and was healthy.
    Good,
    /// It was tried, and was not: it is never chosen again.
    Failed,
    /// Nobody has tried it under the updater's eyes.
    Untried,
}

/// How a release came to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// By a package of the system.
    Package,
    /// By the master.
    Push,
}

/// A change that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Of what.
    pub chain: Chain,
    /// How far it is.
    pub phase: Phase,
    /// The release that is to run; none before its manifest is known.
    pub to: Option<ReleaseName>,
    /// Since when, in seconds since the Unix epoch.
    pub since: i64,
}

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The archive is taken in, verified as it comes.
    Receiving,
    /// The release is on disk, whole.
    Staged,
    /// The host starts from it; the programs are started anew.
    Switched,
    /// The programs are asked whether they are it, and able.
    Probing,
    /// It failed: the release before is switched to again.
    Reverting,
}

/// A change that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ended {
    /// The release that was to run.
    pub to: ReleaseName,
    /// How it ended.
    pub result: Conclusion,
    /// When it began, in seconds since the Unix epoch.
    pub at: i64,
    /// What the host says of it, at most [`OUTPUT_MAX`] bytes.
    pub output: String,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// The release runs, and is healthy.
    Committed,
    /// It failed. The one before runs again, and is healthy.
    RolledBack,
    /// It failed. The one before was switched to, and is not known to be healthy.
    Broken,
    /// Nothing was switched.
    Abandoned,
}

/// A change was made, or was not necessary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Done {
    /// What was done.
    pub outcome: Outcome,
    /// The release that it was about.
    pub release: ReleaseName,
    /// What the host says of it, at most [`OUTPUT_MAX`] bytes.
    #[serde(default)]
    pub output: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The release runs, and is healthy.
    Updated,
    /// It ran already.
    Already,
    /// The updater ends in a moment, and comes back as this release or as what it was.
    Queued,
    /// The release before runs again, and is healthy.
    RolledBack,
}

/// Why a request was not done: a [`Problem`] with more members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// What kind of problem, and what exactly.
    #[serde(flatten)]
    pub problem: Problem,
    /// Whether the change was undone, and the release before is healthy again.
    #[serde(default)]
    pub rolled_back: bool,
    /// The worker's own text: what its programs and its probe said, at most [`OUTPUT_MAX`] bytes.
    #[serde(default)]
    pub output: String,
    /// What else is under way, where that is why.
    #[serde(default)]
    pub busy: Option<Change>,
}
