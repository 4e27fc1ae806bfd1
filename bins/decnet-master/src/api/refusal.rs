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
use decnet_proto::problem::{self, Problem, chain};
use decnet_record::{RecordError, SearchError, accounts::AccountError};
use thiserror::Error;

use crate::{agent::AgentError, controller::ControllerError};

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
    /// The record did not answer.
    #[error("the record failed")]
    Record(#[source] RecordError),
    /// The controller of the swarm did not answer, or refused.
    #[error(transparent)]
    Controller(#[from] ControllerError),
    /// The agent of this host did not answer, or refused.
    #[error(transparent)]
    Agent(#[from] AgentError),
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
            Self::Agent(AgentError::Refused(problem)) => (upstream(problem), "agent refused"),
            Self::Agent(_) => (502, "no agent"),
        }
    }

    fn problem(&self) -> Problem {
        let (status, title) = self.kind();
        Problem { status, title: title.to_owned(), detail: chain(self) }
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
