//! The agent's API: the only way to Docker, netlink and BPF.
//!
//! On one host it is spoken over a Unix socket ([`DEFAULT_SOCKET`]), whose peer credentials
//! are checked. Bodies are JSON, refusals are [`crate::problem::Problem`]s. Changes are
//! operations: the request answers 202 with an [`Accepted`], and [`Route::Operation`] tells
//! how it goes.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeckyName, HostId, HostName},
    plan::{FleetPlan, LinkDriver},
    service::ServiceId,
    swarm::operator::Profile,
};

/// Where the agent of a host listens.
pub const DEFAULT_SOCKET: &str = "/run/decnet/agent.sock";

/// Group whose members may speak to the agent beside root.
pub const GROUP: &str = "decnet";

/// User of the updater, who may ask for [`Route::Health`] on the socket and for nothing else.
pub const UPDATER_USER: &str = "decnet-updater";

/// Version of this API, sent by [`Route::Health`].
pub const API_VERSION: u32 = 1;

/// Title of the refusal (409) of an agent that works on something else: ask again later.
pub const BUSY: &str = "another operation runs";

/// Title of the refusal of a plan that cannot be, or (409) cannot follow the accepted one.
pub const PLAN_REFUSED: &str = "plan refused";

/// Every route of the API: method, path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// [`Health`].
    Health,
    /// [`crate::site::Site`]; query [`SiteQuery`].
    Site,
    /// [`HostStatus`].
    Status,
    /// Body [`DeployRequest`], answers [`Accepted`]: makes the host run exactly this plan.
    Deploy,
    /// Body [`TeardownRequest`], answers [`Accepted`].
    Teardown,
    /// Answers [`OperationStatus`]; query [`OperationQuery`] waits for news.
    Operation,
    /// Body [`CollectRequest`], answers [`CollectorStatus`]: where events are written from now on.
    Collect,
    /// Answers a list of [`Check`]s: what the host can do and what stands in the way.
    Doctor,
    /// Body [`DecommissionRequest`], answers [`Accepted`]: takes everything down, then forgets that
    /// the host was in a swarm.
    Decommission,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 9] = [
        Self::Health,
        Self::Site,
        Self::Status,
        Self::Deploy,
        Self::Teardown,
        Self::Operation,
        Self::Collect,
        Self::Doctor,
        Self::Decommission,
    ];

    /// Its method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Health | Self::Site | Self::Status | Self::Operation | Self::Doctor => "GET",
            Self::Deploy | Self::Teardown | Self::Decommission => "POST",
            Self::Collect => "PUT",
        }
    }

    /// Its path; `{id}` stands for an operation's id.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Health => "/v1/health",
            Self::Site => "/v1/site",
            Self::Status => "/v1/status",
            Self::Deploy => "/v1/deployments",
            Self::Teardown => "/v1/teardowns",
            Self::Operation => "/v1/operations/{id}",
            Self::Collect => "/v1/collector",
            Self::Doctor => "/v1/doctor",
            Self::Decommission => "/v1/decommissions",
        }
    }

    /// What it does, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Health => "Tells that the agent is there, and which.",
            Self::Site => "Surveys the host's place on its LAN.",
            Self::Status => "Tells what runs on the host.",
            Self::Deploy => "Makes the host run exactly this plan.",
            Self::Teardown => "Takes one decky down, or everything.",
            Self::Operation => "Tells how an operation goes, or waits for news of it.",
            Self::Collect => "Says where events are written from now on.",
            Self::Doctor => "Tells what the host can do and what stands in the way.",
            Self::Decommission => "Takes everything down, then forgets that the host was in a swarm.",
        }
    }

    /// Whether it is there for those who reach the agent's socket on its own host.
    pub const fn is_local(self) -> bool {
        !matches!(self, Self::Decommission)
    }

    /// Whether it is there for the master of a swarm. Where events are written is the host's own
    /// affair: a master that was taken over must not choose files there.
    pub const fn is_remote(self) -> bool {
        !matches!(self, Self::Collect)
    }
}

/// That the agent is there, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// [`API_VERSION`].
    pub api: u32,
    /// Version of the binary.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// SHA-256 of the release that it is of, if it was installed as one.
    #[serde(default)]
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    #[serde(default)]
    pub boot: String,
    /// What it is able to do now.
    #[serde(default)]
    pub functions: Vec<Function>,
}

/// Something that a program is there for, and whether it is able to do it now. An update must leave able
/// what was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Function {
    /// Its name, a plain word that stays the same from version to version.
    pub name: String,
    /// Whether it is able.
    pub able: bool,
    /// What was found.
    pub found: String,
}

/// Which interface to survey, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct SiteQuery {
    /// The parent interface; that of the default route when absent.
    pub interface: Option<String>,
    /// The subnet, where it is not that of the interface.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Subnet>))]
    #[cfg_attr(feature = "openapi", param(value_type = Option<crate::openapi::Subnet>))]
    pub subnet: Option<ipnet::Ipv4Net>,
    /// Whether to ask by ARP which addresses are in use.
    #[serde(default)]
    pub probe: bool,
}

/// Make the host run this plan and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeployRequest {
    /// The plan.
    pub plan: FleetPlan,
    /// Build the image anew even if there is one.
    #[serde(default)]
    pub no_cache: bool,
    /// How many deckies are worked on at once, 1 to 64; the agent's own choice when absent.
    pub parallel: Option<u16>,
}

/// What to take down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TeardownRequest {
    /// The whole fleet, its network and its host link.
    All,
    /// One decky.
    Decky(DeckyName),
}

/// Leave the swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DecommissionRequest {
    /// The very host: one that was reached by mistake refuses.
    pub host: HostId,
}

/// An operation was taken on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// Its id.
    pub operation: u64,
}

/// Wait until there is more than this to tell, at most ten seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct OperationQuery {
    /// [`OperationStatus::revision`] that the caller has seen.
    #[serde(default)]
    pub after: u64,
}

/// How an operation goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationStatus {
    /// Grows with every change.
    pub revision: u64,
    /// Steps in all.
    pub total: u32,
    /// Steps done.
    pub done: u32,
    /// What is worked on, in a few words.
    pub current: String,
    /// Every step that failed, in order.
    pub failures: Vec<StepFailure>,
    /// Whether it is over.
    pub finished: bool,
}

/// A step that failed; its decky was rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepFailure {
    /// What the step was about: a decky, the network, the image.
    pub subject: String,
    /// What was being attempted.
    pub step: String,
    /// Why it failed, as a chain.
    pub error: String,
}

/// What runs on the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostStatus {
    /// Generation of the plan that was last accepted; `None` when there is none.
    pub generation: Option<u64>,
    /// Driver of the links, when there is a network.
    pub driver: Option<LinkDriver>,
    /// Every decky, of the plan or found by its labels.
    pub deckies: Vec<DeckyStatus>,
    /// The collector.
    pub collector: CollectorStatus,
    /// Why Docker could not be asked, if so; `deckies` is then from the plan alone.
    pub engine_error: Option<String>,
    /// The host's place in its swarm, if it is in one.
    #[serde(default)]
    pub swarm: Option<Place>,
}

/// The host's place in its swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Its id.
    pub host: HostId,
    /// What it is called.
    pub name: HostName,
    /// Where its controller is, as `https://host:port`.
    pub controller: String,
    /// How long its certificates are good.
    pub certificates: Vec<Validity>,
    /// The forwarder; none where its agent does not see to one, because it was told not to, or because a
    /// service manager does.
    #[serde(default)]
    pub forwarder: Option<ForwarderStatus>,
}

/// The forwarder that an agent keeps running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ForwarderStatus {
    /// It runs, as this process.
    Up(u32),
    /// It does not, for this reason.
    Down(String),
}

/// How long a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Validity {
    /// What it is for.
    pub profile: Profile,
    /// Second since the Unix epoch after which it is no longer good.
    pub not_after: i64,
}

/// State of a decky as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeckyState {
    /// All its containers run.
    Up,
    /// Some do not.
    Degraded,
    /// None exists.
    Absent,
    /// None exists, because a machine on the LAN has its address: it gave way.
    Yielded,
}

/// A decky as it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeckyStatus {
    /// Its name.
    pub name: String,
    /// Its address, if known.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub ip: Option<Ipv4Addr>,
    /// Its host name, if known.
    pub hostname: String,
    /// Its archetype, if it has one.
    pub archetype: Option<String>,
    /// How it is as a whole.
    pub state: DeckyState,
    /// Its services with the state of the container that runs each, as Docker names it,
    /// or `absent`.
    pub services: Vec<ServiceStatus>,
}

/// A service as it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceStatus {
    /// Slug of a built-in service or name of a custom one.
    pub name: String,
    /// State of its container, as Docker names it, or `absent`.
    pub state: String,
}

/// Where events go from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectRequest {
    /// The log file, absolute; the JSON file stands beside it with the suffix `json`.
    pub log_file: String,
}

/// The collector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectorStatus {
    /// The log file.
    pub log_file: String,
    /// The JSON file.
    pub json_file: String,
    /// Containers that are read.
    pub streams: u32,
    /// Lines written since the agent started.
    pub lines: u64,
    /// Artifacts completed since the agent started.
    pub artifacts: u64,
    /// Gaps proven since the agent started.
    pub gaps: u64,
}

/// Outcome of one check of `doctor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, with a caveat.
    Warn,
    /// Stands in the way.
    Fail,
}

/// One check of `doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it, when it is not [`Verdict::Ok`].
    pub remedy: Option<String>,
}

/// A live change of a decky's services, acknowledged by its decoy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyReport {
    /// Services that were opened.
    pub added: Vec<ServiceId>,
    /// Services that were closed.
    pub removed: Vec<ServiceId>,
    /// Services that could not be opened, with the reason.
    pub failed: Vec<(ServiceId, String)>,
}
