//! What operators ask of the controller: routes and bodies.

use serde::{Deserialize, Serialize};

use crate::{
    agent::DeckyState,
    ids::{DeckyName, HostId, HostName},
    site::Site,
};

use super::releases::{Program, UpdateOutcome};

/// Largest body of [`Route::Deploy`], in bytes: a fleet with the files that it names.
pub const FLEET_MAX: usize = 32 * 1024 * 1024;

/// Every route of the API: method, path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// [`Health`]; nobody has to say who he is.
    Health,
    /// Body [`TokenRequest`], answers 201 with [`Token`]: lets a host in once.
    Token,
    /// Body [`EnrollRequest`], answers 201 with [`Enrolled`]: certificates for a host that is
    /// prepared by hand.
    Enroll,
    /// A list of [`HostView`]s by name; query [`HostsQuery`].
    Hosts,
    /// [`HostView`].
    Host,
    /// Answers [`Accepted`]: takes what runs on the host down, then lets it in nowhere any more;
    /// query [`DecommissionQuery`].
    Decommission,
    /// Body [`DeployRequest`], answers [`Accepted`].
    Deploy,
    /// Body [`TeardownRequest`], answers [`Accepted`].
    Teardown,
    /// Answers [`Accepted`]: takes every decky of every host down at once, and lets nothing come
    /// back until the next deployment.
    Panic,
    /// A list of [`ShardView`]s by the decky's name; query [`DeckiesQuery`].
    Deckies,
    /// A list of [`HostHealth`]: every host is asked now.
    Check,
    /// A list of [`OperationView`]s, the newest first; query [`OperationsQuery`].
    Operations,
    /// [`OperationView`]; query [`crate::agent::OperationQuery`] waits for news.
    Operation,
    /// A list of [`AuditEntry`]s, the newest first; query [`OperationsQuery`].
    Audit,
    /// [`Authority`].
    Authority,
    /// Answers [`Authority`]: begins to sign with a new key, or ends the trust in the old one.
    RollOver,
    /// Body [`OperatorRequest`], answers 201 with [`Certificate`]: for an operator off this host.
    Operator,
    /// Answers 204: closes the operator's sessions and lets him in no more.
    RevokeOperator,
    /// Body [`ListenerRequest`], answers 201 with [`Token`]: lets a listener on another host in once.
    ListenerToken,
    /// A list of [`ListenerView`]s: the master's own, then the others by name.
    Listeners,
    /// Answers 204: closes the listener's sessions and lets it in no more.
    RevokeListener,
    /// A list of [`ReleaseView`](super::releases::ReleaseView)s: by chain, the newest version first.
    Releases,
    /// Body: an archive, whose SHA-256 the header [`CONTENT_DIGEST`](super::updater::CONTENT_DIGEST) tells
    /// before; query [`TakeQuery`](super::releases::TakeQuery). Answers 201 with
    /// [`ReleaseView`](super::releases::ReleaseView) once its signature and everything in it is verified.
    TakeRelease,
    /// Answers 204: forgets a release. Hosts that run it are not concerned.
    RemoveRelease,
    /// Body [`UpdateRequest`](super::releases::UpdateRequest), answers [`Accepted`]; a dry run answers 200
    /// with [`OperationView`].
    Update,
    /// Body [`RollbackRequest`](super::releases::RollbackRequest), answers [`Accepted`].
    Rollback,
}

/// How a request to the controller must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// To anybody who reaches the port.
    Anybody,
    /// To operators only.
    Operators,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 26] = [
        Self::Health,
        Self::Token,
        Self::Enroll,
        Self::Hosts,
        Self::Host,
        Self::Decommission,
        Self::Deploy,
        Self::Teardown,
        Self::Panic,
        Self::Deckies,
        Self::Check,
        Self::Operations,
        Self::Operation,
        Self::Audit,
        Self::Authority,
        Self::RollOver,
        Self::Operator,
        Self::RevokeOperator,
        Self::ListenerToken,
        Self::Listeners,
        Self::RevokeListener,
        Self::Releases,
        Self::TakeRelease,
        Self::RemoveRelease,
        Self::Update,
        Self::Rollback,
    ];

    /// Its method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Health
            | Self::Hosts
            | Self::Host
            | Self::Deckies
            | Self::Operations
            | Self::Operation
            | Self::Audit
            | Self::Authority
            | Self::Listeners
            | Self::Releases => "GET",
            Self::Token
            | Self::Enroll
            | Self::Deploy
            | Self::Teardown
            | Self::Panic
            | Self::Check
            | Self::RollOver
            | Self::Operator
            | Self::ListenerToken
            | Self::TakeRelease
            | Self::Update
            | Self::Rollback => "POST",
            Self::Decommission | Self::RevokeOperator | Self::RevokeListener | Self::RemoveRelease => {
                "DELETE"
            }
        }
    }

    /// Its path; `{id}` stands for the id of a host, an operation or an operator, for the name of a listener,
    /// and for the digest of a release.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::Token => "/swarm/tokens",
            Self::Enroll => "/swarm/enroll",
            Self::Hosts => "/swarm/hosts",
            Self::Host | Self::Decommission => "/swarm/hosts/{id}",
            Self::Deploy => "/swarm/deploy",
            Self::Teardown => "/swarm/teardown",
            Self::Panic => "/swarm/panic",
            Self::Deckies => "/swarm/deckies",
            Self::Check => "/swarm/check",
            Self::Operations => "/swarm/operations",
            Self::Operation => "/swarm/operations/{id}",
            Self::Audit => "/swarm/audit",
            Self::Authority => "/swarm/authority",
            Self::RollOver => "/swarm/authority/roll-over",
            Self::Operator => "/swarm/operators",
            Self::RevokeOperator => "/swarm/operators/{id}",
            Self::ListenerToken | Self::Listeners => "/swarm/listeners",
            Self::RevokeListener => "/swarm/listeners/{id}",
            Self::Releases | Self::TakeRelease => "/swarm/releases",
            Self::RemoveRelease => "/swarm/releases/{id}",
            Self::Update => "/swarm/update",
            Self::Rollback => "/swarm/rollback",
        }
    }

    /// What it does, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Health => "Tells that the controller is there, and which.",
            Self::Token => "Makes a token that lets a host in once.",
            Self::Enroll => "Signs certificates for a host that is prepared by hand.",
            Self::Hosts => "Lists the hosts by name.",
            Self::Host => "Tells of one host.",
            Self::Decommission => "Takes what runs on the host down, then lets it in nowhere any more.",
            Self::Deploy => "Makes the swarm run exactly this fleet.",
            Self::Teardown => "Takes down one decky, what one host runs, or everything.",
            Self::Panic => {
                "Takes every decky of every host down at once, and lets nothing come back until the next deployment."
            }
            Self::Deckies => "Lists the deckies by name.",
            Self::Check => "Asks every host now how it is.",
            Self::Operations => "Lists the operations, the newest first.",
            Self::Operation => "Tells how an operation goes, or waits for news of it.",
            Self::Audit => "Lists who did what, the newest first.",
            Self::Authority => "Tells of the authority that signs.",
            Self::RollOver => "Begins to sign with a new key, or ends the trust in the old one.",
            Self::Operator => "Signs a certificate for an operator off this host.",
            Self::RevokeOperator => "Closes the operator's sessions and lets him in no more.",
            Self::ListenerToken => "Makes a token that lets a listener on another host in once.",
            Self::Listeners => "Lists the listeners: the master's own, then the others by name.",
            Self::RevokeListener => {
                "Closes the listener's sessions and lets it in no more; the master's own gets new keys."
            }
            Self::Releases => "Lists the releases that the controller has verified and kept.",
            Self::TakeRelease => "Verifies a release, and keeps it for updates.",
            Self::RemoveRelease => "Forgets a release; hosts that run it are not concerned.",
            Self::Update => "Brings a release to hosts, in waves, until the first failure.",
            Self::Rollback => "Switches hosts back to the good release before the one that runs.",
        }
    }

    /// Who may ask.
    pub const fn allowed(self) -> Allowed {
        match self {
            Self::Health => Allowed::Anybody,
            _ => Allowed::Operators,
        }
    }
}

/// That the controller is there, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// Always `ok`.
    pub status: String,
    /// Always `swarm-controller`.
    pub role: String,
    /// [`super::API_VERSION`].
    pub api: u32,
    /// Version of the binary.
    pub version: String,
    /// What runs out soon, in words that name nobody.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Let a host in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What the host is called from then on; a host of that name must not be in the swarm.
    pub name: HostName,
    /// Address or host name at which the master reaches it; where it joins from, if absent.
    pub address: Option<String>,
    /// Port of its agent.
    #[serde(default = "agent_port")]
    pub agent_port: u16,
    /// Port of its updater, if it gets one.
    #[serde(default = "updater_port")]
    pub updater_port: u16,
    /// The host is in the swarm already, and gets new certificates: it was lost, or they ran out.
    #[serde(default)]
    pub again: bool,
    /// An updater may join with the token as well.
    #[serde(default)]
    pub updater: bool,
    /// Its deckies are IPvlan links, whatever the fleet says.
    #[serde(default)]
    pub ipvlan: bool,
    /// How long the token lives, in seconds: 1 to 600.
    #[serde(default = "token_life")]
    pub life: u32,
    /// Whatever operators want to remember of it, at most 1,024 characters.
    pub notes: Option<String>,
}

const fn agent_port() -> u16 {
    super::AGENT_PORT
}

const fn updater_port() -> u16 {
    super::UPDATER_PORT
}

/// Longest life of a token, in seconds.
pub const TOKEN_LIFE: u32 = 600;

const fn token_life() -> u32 {
    TOKEN_LIFE
}

/// A token, told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// The text that the host must show. It carries the pin of the authority.
    pub token: String,
    /// The host's id from now on.
    pub host: HostId,
    /// Second since the Unix epoch from which it is no longer taken.
    pub expires_at: i64,
}

/// Certificates for a host that cannot reach the controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrollRequest {
    /// As in [`TokenRequest`].
    pub name: HostName,
    /// Address or host name at which the master reaches it.
    pub address: String,
    /// Port of its agent.
    #[serde(default = "agent_port")]
    pub agent_port: u16,
    /// Port of its updater, if it gets one.
    #[serde(default = "updater_port")]
    pub updater_port: u16,
    /// As in [`TokenRequest`].
    #[serde(default)]
    pub ipvlan: bool,
    /// As in [`TokenRequest`].
    pub notes: Option<String>,
    /// What its parts want certified; their keys were made by whoever asks.
    pub requests: Vec<CertificateRequest>,
}

/// What certificates are for: a role, and which end of a connection it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The agent, when its master speaks to it.
    AgentServer,
    /// The agent and the forwarder, when they speak to controller and listener.
    AgentClient,
    /// The updater, when its master speaks to it.
    UpdaterServer,
    /// The updater, when it asks the controller for new certificates.
    UpdaterClient,
    /// The master, when it speaks to agents and updaters.
    MasterClient,
    /// The controller.
    ControllerServer,
    /// The listener, when forwarders speak to it.
    ListenerServer,
    /// The listener, when it asks the controller who is in the swarm, and hands on what it took.
    ListenerClient,
    /// An operator off the master's host.
    OperatorClient,
}

/// A key that wants a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// What for.
    pub profile: Profile,
    /// PKCS #10, PEM. Of what it says, only the key counts.
    pub pem: String,
}

/// A certificate that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Certificate {
    /// What for.
    pub profile: Profile,
    /// PEM.
    pub pem: String,
    /// SHA-256 of its DER form, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// Second since the Unix epoch from which it is no longer good.
    pub not_after: i64,
}

/// A host that was enrolled by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Its id.
    pub host: HostId,
    /// Its certificates, in the order of the requests.
    pub certificates: Vec<Certificate>,
    /// Whom it may trust.
    pub trust: super::worker::Trust,
    /// As in [`super::worker::Joined`].
    #[serde(default)]
    pub release_key: Option<String>,
}

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

/// An operation was taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// Its id.
    pub operation: u64,
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
    pub failures: Vec<crate::agent::StepFailure>,
    /// How an update or a rollback ended there.
    #[serde(default)]
    pub outcome: Option<UpdateOutcome>,
    /// What the host itself says of that, at most [`super::updater::OUTPUT_MAX`] bytes.
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

/// Who did what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// When, in seconds since the Unix epoch.
    pub at: i64,
    /// Who: `token`, or the name of an operator.
    pub actor: String,
    /// From where.
    pub from: String,
    /// What: a word of the catalogue, as `deploy` or `decommission`.
    pub action: String,
    /// To what: a host, an operation; empty for the whole.
    pub subject: String,
    /// Whether it was let to.
    pub allowed: bool,
}

/// The authority that signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Authority {
    /// SHA-256 of the certificate that signs, 64 lower-case hexadecimal digits: the pin in tokens.
    pub pin: String,
    /// When it runs out, in seconds since the Unix epoch.
    pub not_after: i64,
    /// The pin of the one before it, while that is still trusted.
    pub previous: Option<String>,
    /// Hosts that still have certificates of the one before.
    pub waiting: Vec<HostName>,
    /// When the first of the master's own certificates runs out; absent from a master that does
    /// not tell it yet.
    #[serde(default)]
    pub master_not_after: Option<i64>,
}

/// A certificate for an operator off this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OperatorRequest {
    /// What the operator is called in the audit log.
    pub name: HostName,
    /// PKCS #10, PEM.
    pub pem: String,
}

/// Let a listener on another host in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListenerRequest {
    /// What the listener is called from then on, at most 55 characters; none of that name must be there.
    pub name: HostName,
    /// It is there already, and gets new certificates: it was lost, or they ran out.
    #[serde(default)]
    pub again: bool,
    /// How long the token lives, in seconds: 1 to 600.
    #[serde(default = "token_life")]
    pub life: u32,
}

/// A listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListenerView {
    /// What it is called.
    pub name: HostName,
    /// It is the master's own, on the master's host.
    pub own: bool,
    /// Where it joined from; empty until it has, and for the master's own.
    pub address: String,
    /// When it joined, in seconds since the Unix epoch; absent for the master's own.
    pub joined_at: Option<i64>,
    /// When it was heard last, if it was since the controller began.
    pub heard_at: Option<i64>,
    /// Fingerprint of the certificate with which it speaks.
    pub client_cert_fingerprint: Option<String>,
    /// When the first of the certificates that it shows runs out.
    pub not_after: Option<i64>,
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
