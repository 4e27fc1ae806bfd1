//! The agent's API over its Unix socket.

use std::{
    io,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use decnet_proto::{
    agent::{
        Accepted, Check, CollectRequest, CollectorStatus, DeployRequest, Health, HostStatus, OperationQuery,
        OperationStatus, Route, SiteQuery, TeardownRequest,
    },
    problem::Problem,
    site::Site,
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, Response, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use tokio::{net::UnixStream, time::timeout};

use super::query::query;

/// Longest answer that is read, in bytes: a thousand deckies take less than one.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// How long an answer may take; a survey of a /20 and a wait for news are below it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the agent did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum AgentError {
    /// Nobody listens.
    #[error("no agent answers on {}", socket.display())]
    Absent {
        /// Where it should.
        socket: PathBuf,
    },
    /// The socket is not for us.
    #[error(
        "not permitted to speak to the agent on {}: be root or a member of the group {}",
        socket.display(),
        decnet_proto::agent::GROUP
    )]
    Forbidden {
        /// Its socket.
        socket: PathBuf,
    },
    /// The conversation broke off.
    #[error("cannot {attempt} on {}", socket.display())]
    Broken {
        /// What was being attempted.
        attempt: String,
        /// The agent's socket.
        socket: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It refused.
    #[error("the agent refused: {}: {}", .0.title, .0.detail)]
    Refused(Problem),
}

/// One agent. Each request has a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    socket: PathBuf,
}

impl Client {
    pub(crate) fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    pub(crate) async fn health(&self) -> Result<Health, AgentError> {
        self.get(Route::Health, String::new()).await
    }

    pub(crate) async fn site(&self, asked: &SiteQuery) -> Result<Site, AgentError> {
        let subnet = asked.subnet.map(|subnet| subnet.to_string());
        let probe = Some(asked.probe.to_string());
        let pairs = [("interface", asked.interface.clone()), ("subnet", subnet), ("probe", probe)];
        self.get(Route::Site, query(&pairs)).await
    }

    pub(crate) async fn status(&self) -> Result<HostStatus, AgentError> {
        self.get(Route::Status, String::new()).await
    }

    pub(crate) async fn doctor(&self) -> Result<Vec<Check>, AgentError> {
        self.get(Route::Doctor, String::new()).await
    }

    pub(crate) async fn deploy(&self, request: &DeployRequest) -> Result<Accepted, AgentError> {
        self.send(Route::Deploy, request).await
    }

    pub(crate) async fn teardown(&self, request: &TeardownRequest) -> Result<Accepted, AgentError> {
        self.send(Route::Teardown, request).await
    }

    pub(crate) async fn collect(&self, request: &CollectRequest) -> Result<CollectorStatus, AgentError> {
        self.send(Route::Collect, request).await
    }

    pub(crate) async fn operation(
        &self,
        operation: &Accepted,
        seen: OperationQuery,
    ) -> Result<OperationStatus, AgentError> {
        let path = Route::Operation.path().replace("{id}", &operation.operation.to_string());
        let path = path + &query(&[("after", Some(seen.after.to_string()))]);
        self.call(Route::Operation.method(), &path, Bytes::new()).await
    }

    async fn get<T: DeserializeOwned>(&self, route: Route, query: String) -> Result<T, AgentError> {
        self.call(route.method(), &(route.path().to_owned() + &query), Bytes::new()).await
    }

    async fn send<T: DeserializeOwned>(&self, route: Route, body: &impl Serialize) -> Result<T, AgentError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(route.path(), error))?;
        self.call(route.method(), route.path(), body.into()).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        body: Bytes,
    ) -> Result<T, AgentError> {
        let attempt = format!("{method} {path}");
        let answer = timeout(PATIENCE, self.exchange(method, path, body)).await;
        let (is_success, bytes) = answer.map_err(|error| self.broken(&attempt, error))??;
        if is_success {
            return serde_json::from_slice(&bytes).map_err(|error| self.broken(&attempt, error));
        }
        let problem = serde_json::from_slice(&bytes).map_err(|error| self.broken(&attempt, error))?;
        Err(AgentError::Refused(problem))
    }

    async fn exchange(
        &self,
        method: &'static str,
        path: &str,
        body: Bytes,
    ) -> Result<(bool, Bytes), AgentError> {
        let attempt = format!("{method} {path}");
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| self.unreachable(error))?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| self.broken(&attempt, error))?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "agent")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| self.broken(&attempt, error))?;
        let answer = async { read(sender.send_request(request).await?).await };
        let (mut answer, connection) = (pin!(answer), pin!(connection));
        // The connection moves the bytes; whatever is left of it ends with this function.
        let answer = tokio::select! {
            answer = &mut answer => answer,
            _ = connection => answer.await,
        };
        answer.map_err(|source| self.broken(&attempt, source))
    }

    fn unreachable(&self, error: io::Error) -> AgentError {
        let socket = self.socket.clone();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AgentError::Absent { socket },
            io::ErrorKind::PermissionDenied => AgentError::Forbidden { socket },
            _ => self.broken("connect", error),
        }
    }

    fn broken(
        &self,
        attempt: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> AgentError {
        AgentError::Broken { attempt: attempt.to_owned(), socket: self.socket.clone(), source: source.into() }
    }
}

/// Whether the answer is a success, and its body.
async fn read(
    response: Response<hyper::body::Incoming>,
) -> Result<(bool, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let is_success = response.status().is_success();
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await?;
    Ok((is_success, body.to_bytes()))
}

#[cfg(test)]
mod tests;
