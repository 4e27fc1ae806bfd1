//! What operators ask of the controller: routes and bodies.

mod certificate;
mod decky;
mod host;
mod invitation;
mod operation;
mod standing;

pub use self::{
    certificate::{Certificate, CertificateRequest, Profile},
    decky::{DeckiesQuery, DeployRequest, ShardState, ShardView, TeardownRequest},
    host::{DecommissionQuery, HostHealth, HostState, HostView, HostsQuery},
    invitation::{
        EnrollRequest, Enrolled, ListenerRequest, OperatorRequest, TOKEN_LIFE, Token, TokenRequest,
    },
    operation::{Accepted, HostResult, OperationKind, OperationView, OperationsQuery, ResultState},
    standing::{AuditEntry, Authority, Health, ListenerView},
};

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
