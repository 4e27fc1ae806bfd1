//! Why a request to the API is not answered.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use decnet_proto::{
    api::{Finding, FleetProblem},
    problem::{self, Problem, chain},
};
use decnet_record::{RecordError, SearchError, accounts::AccountError, alerts::AlertError};
use thiserror::Error;

use super::fleet::refused;
use crate::{agent::AgentError, controller::ControllerError, deployment::DeploymentError};

/// Why a request is not answered.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    /// Nobody said who asks, or the session has ended.
    #[error("log in first: POST /api/v1/auth/login, then show the token as Authorization: Bearer …")]
    Unknown,
    /// The password was given by others.
    #[error("the password has to be changed first: POST /api/v1/auth/change-password")]
    ChangePassword,
    /// It is for administrators.
    #[error("this takes an administrator")]
    NotPermitted,
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
    /// What was to be found cannot be understood.
    #[error("search: {0}")]
    Search(SearchError),
    /// There is no such thing.
    #[error("there is no {0}")]
    Missing(String),
    /// It took too long.
    #[error("no answer within {0} s")]
    Late(u64),
    /// Too much is asked at once.
    #[error("too much is asked at once: try again in a moment")]
    Busy,
    /// Users and log-ins.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Rules and receivers of alerts.
    #[error(transparent)]
    Alert(#[from] AlertError),
    /// The record did not answer.
    #[error("the record failed")]
    Record(#[source] RecordError),
    /// The controller of the swarm did not answer, or refused.
    #[error(transparent)]
    Controller(#[from] ControllerError),
    /// No agent runs on this host.
    #[error(
        "{0}, and the API starts none: `systemctl start decnet-agent` does, or the first `sudo decnet-master deploy` where no service manager is"
    )]
    NoAgent(AgentError),
    /// The agent of this host did not answer, or refused.
    #[error(transparent)]
    Agent(AgentError),
    /// The fleet cannot be.
    #[error("{text}")]
    Fleet {
        /// All that is wrong with it, line by line.
        text: String,
        /// The same, taken apart.
        findings: Vec<Finding>,
    },
    /// Somebody else is changing the fleet.
    #[error("{0}: try again when that is over")]
    NotNow(String),
    /// There is nothing to take down.
    #[error("no agent answers, and nothing was ever deployed from here")]
    NothingDeployed,
    /// There is no swarm.
    #[error(
        "this master has no swarm, only the host that it is on: `deployment = swarm` in [master] is for one"
    )]
    NoSwarm,
    /// Something else failed here.
    #[error("the API failed")]
    Failed(#[source] anyhow::Error),
}

impl Refusal {
    /// Its HTTP status and title.
    fn kind(&self) -> (u16, &'static str) {
        match self {
            Self::Unknown => (401, "not logged in"),
            Self::ChangePassword => (403, "password change required"),
            Self::NotPermitted => (403, "not permitted"),
            Self::Malformed { status, .. } => (*status, "malformed request"),
            Self::Value(_) | Self::Search(_) => (422, "value refused"),
            Self::Missing(_) => (404, "not found"),
            Self::Late(_) => (504, "too late"),
            Self::Busy => (503, "busy"),
            Self::Account(error) => account(error),
            Self::Alert(error) => alert(error),
            Self::Record(
                RecordError::TooLong
                | RecordError::Busy
                | RecordError::Closed
                | RecordError::Lost { .. }
                | RecordError::Unreachable { .. },
            ) => (503, "busy"),
            Self::Record(_) | Self::Failed(_) => (500, "failed"),
            Self::Controller(ControllerError::Refused(problem)) => (upstream(problem), "controller refused"),
            Self::Controller(_) => (502, "no controller"),
            Self::Fleet { .. } => (409, "fleet refused"),
            Self::NotNow(_) => (409, "not now"),
            Self::NothingDeployed => (409, "nothing is deployed"),
            Self::NoSwarm => (409, "no swarm"),
            Self::NoAgent(_) => (502, "no agent"),
            Self::Agent(AgentError::Refused(problem)) => (upstream(problem), "agent refused"),
            Self::Agent(_) => (502, "no agent"),
        }
    }

    /// The body of the answer.
    fn problem(&self) -> FleetProblem {
        let (status, title) = self.kind();
        let findings = match self {
            Self::Fleet { findings, .. } => findings.clone(),
            _ => Vec::new(),
        };
        FleetProblem { status, title: title.to_owned(), detail: chain(self), findings }
    }

    /// In how many seconds it may be tried again.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Account(AccountError::Throttled(throttled)) => Some(throttled.retry_after.into()),
            Self::Busy => Some(1),
            _ => None,
        }
    }
}

/// What is wrong about an account.
const fn account(error: &AccountError) -> (u16, &'static str) {
    match error {
        AccountError::Denied | AccountError::NotLoggedIn => (401, "not logged in"),
        AccountError::Oneself => (403, "not permitted"),
        AccountError::NoSuchUser | AccountError::NoSuchLogin => (404, "not found"),
        AccountError::UsernameTaken | AccountError::LastAdmin | AccountError::TooManyUsers => {
            (409, "conflict")
        }
        AccountError::Length(_) | AccountError::Weak(_) => (422, "password refused"),
        AccountError::Throttled(_) => (429, "too many attempts"),
        AccountError::Record(
            RecordError::Full
            | RecordError::Busy
            | RecordError::Closed
            | RecordError::Lost { .. }
            | RecordError::Unreachable { .. },
        ) => (503, "busy"),
        AccountError::NoRandom(_) | AccountError::Hash(_) | AccountError::Record(_) => (500, "failed"),
    }
}

/// What is wrong about rules and receivers of alerts.
const fn alert(error: &AlertError) -> (u16, &'static str) {
    match error {
        AlertError::Invalid { .. } => (422, "value refused"),
        AlertError::Taken | AlertError::TooMany { .. } => (409, "conflict"),
        AlertError::Absent { .. } => (404, "not found"),
        AlertError::Record(
            RecordError::Full | RecordError::Busy | RecordError::Closed | RecordError::TooLong,
        ) => (503, "busy"),
        AlertError::Record(_) => (500, "failed"),
    }
}

/// What another part refuses because of the request, this one does too; its other troubles are not ours.
const fn upstream(problem: &Problem) -> u16 {
    match problem.status {
        404 | 409 | 422 => problem.status,
        _ => 502,
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut problem = self.problem();
        if problem.status == 500 {
            tracing::error!("a request failed: {}", problem.detail);
            // Paths and statements of the database are nobody's business.
            problem.detail = "it is in the log of the API".to_owned();
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(CONTENT_TYPE, problem::MEDIA_TYPE)], Json(problem)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<RecordError> for Refusal {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

impl From<AgentError> for Refusal {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Absent { .. } => Self::NoAgent(error),
            error => Self::Agent(error),
        }
    }
}

impl From<DeploymentError> for Refusal {
    fn from(error: DeploymentError) -> Self {
        match error {
            DeploymentError::Turn(error) => Self::NotNow(chain(&error)),
            DeploymentError::Agent(error) => error.into(),
            DeploymentError::Fleet(found) => refused(found),
            DeploymentError::Folder(error) => Self::Failed(error),
        }
    }
}

impl From<SearchError> for Refusal {
    fn from(error: SearchError) -> Self {
        Self::Search(error)
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
