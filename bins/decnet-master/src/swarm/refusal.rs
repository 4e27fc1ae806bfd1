//! Why a request to the controller is not taken on.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use decnet_composer::diagnostic::Diagnostics;
use decnet_pki::authority::SignError;
use decnet_proto::{
    ids::{DeckyName, HostId, HostName},
    problem::{self, Problem},
};
use decnet_store::{StoreError, TokenRefused};
use thiserror::Error;

/// Why a request is not taken on.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    /// Nobody said who asks.
    #[error("show the operator's token (Authorization: Bearer …), or an operator's certificate over TLS")]
    Unknown,
    /// Who asks may not.
    #[error("{0} may not ask this")]
    NotPermitted(String),
    /// The body, path or query is not what the route takes.
    #[error("{text}")]
    Malformed {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        text: String,
    },
    /// A value that cannot be.
    #[error("{0}")]
    Value(String),
    /// No such route.
    #[error("there is no {0}")]
    NoRoute(String),
    /// It took too long.
    #[error("no answer within {0} s")]
    Late(u64),
    /// No such host.
    #[error("no host {0} is in the swarm")]
    NoHost(String),
    /// No such decky.
    #[error("no decky {0} is wanted there: `decnet-master swarm deckies` lists those that are")]
    NoDecky(DeckyName),
    /// No such operation.
    #[error("no operation {0} is remembered")]
    NoOperation(String),
    /// No such operator.
    #[error("no operator {0} has a certificate")]
    NoOperator(HostId),
    /// No such listener.
    #[error("no listener is called {0}: `decnet-master swarm listener list` lists them")]
    NoListener(HostName),
    /// No such release.
    #[error("no release {0} is kept: `decnet-master swarm releases` lists those that are")]
    NoRelease(String),
    /// The archive is none that is taken.
    #[error("{0}")]
    Release(String),
    /// Nobody makes releases.
    #[error("the controller has no key of releases: release-key names its file")]
    NoReleaseKey,
    /// The name is another listener's.
    #[error("a listener called {0} is there: with `again` it gets new certificates")]
    ListenerTaken(HostName),
    /// No host could be asked for anything.
    #[error("no host is in the swarm: `decnet-master swarm token` lets one in")]
    NoHosts,
    /// None of the hosts answers.
    #[error("no host of the swarm can be reached: {0}")]
    NoneReachable(String),
    /// The name is another host's.
    #[error("a host called {0} is in the swarm: with `again` it gets new certificates")]
    NameTaken(HostName),
    /// The host is on its way out.
    #[error("the host {0} is being taken out of the swarm")]
    Leaving(HostId),
    /// The fleet cannot be.
    #[error("{0}")]
    Fleet(Diagnostics),
    /// The token is not taken.
    #[error("the token is not taken: {0}")]
    Token(TokenRefused),
    /// Something stands in the way for now.
    #[error("{0}")]
    NotNow(String),
    /// A certificate request is not sound.
    #[error("cannot certify: {0}")]
    Sign(#[source] SignError),
    /// The store did not do what was asked.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// Something else failed here.
    #[error("the controller failed")]
    Failed(#[source] anyhow::Error),
}

impl Refusal {
    /// Its HTTP status and title.
    fn kind(&self) -> (u16, &'static str) {
        match self {
            Self::Unknown => (401, "not permitted"),
            Self::NotPermitted(_) => (403, "not permitted"),
            Self::Malformed { status, .. } => (*status, "malformed request"),
            Self::Value(_) => (422, "value refused"),
            Self::Release(_) => (422, "release refused"),
            Self::NoReleaseKey => (409, "no key of releases"),
            Self::NoRoute(_)
            | Self::NoHost(_)
            | Self::NoDecky(_)
            | Self::NoOperation(_)
            | Self::NoOperator(_)
            | Self::NoListener(_)
            | Self::NoRelease(_) => (404, "not found"),
            Self::Late(_) => (504, "too late"),
            Self::NoHosts | Self::NoneReachable(_) => (409, "no host can be reached"),
            Self::NameTaken(_) | Self::ListenerTaken(_) => (409, "name taken"),
            Self::Leaving(_) => (409, "the host is leaving"),
            Self::Fleet(_) => (422, "fleet refused"),
            Self::Token(_) => (403, "token refused"),
            Self::NotNow(_) => (409, "not now"),
            Self::Sign(_) => (422, "certificate request refused"),
            Self::Store(_) | Self::Failed(_) => (500, "failed"),
        }
    }

    fn problem(&self) -> Problem {
        let (status, title) = self.kind();
        Problem { status, title: title.to_owned(), detail: chain(self) }
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.status >= 500 {
            tracing::error!("a request failed: {}", problem.detail);
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(CONTENT_TYPE, problem::MEDIA_TYPE)], Json(problem)).into_response()
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NameTaken(name) => Self::NameTaken(name),
            StoreError::NoSuchHost(id) => Self::NoHost(id.to_string()),
            StoreError::HostLeaving(id) => Self::Leaving(id),
            StoreError::NoSuchListener(name) => Self::NoListener(name),
            StoreError::ListenerTaken(name) => Self::ListenerTaken(name),
            StoreError::TooManyListeners => Self::NotNow(error.to_string()),
            StoreError::NoSuchOperation(id) => Self::NoOperation(id.to_string()),
            other => Self::Store(other),
        }
    }
}

impl From<TokenRefused> for Refusal {
    fn from(refused: TokenRefused) -> Self {
        match refused {
            TokenRefused::Store(error) => Self::Store(error),
            refused => Self::Token(refused),
        }
    }
}

impl From<SignError> for Refusal {
    fn from(error: SignError) -> Self {
        match error {
            SignError::AuthorityExpired | SignError::Provider(_) => Self::Failed(error.into()),
            error => Self::Sign(error),
        }
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Rejections of axum's extractors.
macro_rules! malformed {
    ($($rejection:ty),+) => {
        $(impl From<$rejection> for Refusal {
            fn from(rejection: $rejection) -> Self {
                Self::Malformed { status: rejection.status().as_u16(), text: rejection.body_text() }
            }
        })+
    };
}

malformed!(JsonRejection, PathRejection, QueryRejection);
