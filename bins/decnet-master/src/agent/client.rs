//! The agent's API over its Unix socket.

use std::path::{Path, PathBuf};

use decnet_api::{
    client::{CallError, Client as Caller, Way},
    query::query,
};
use decnet_proto::{
    agent::{
        Accepted, Check, CollectRequest, CollectorStatus, DeployRequest, Health, HostStatus, OperationQuery,
        OperationStatus, Route, SiteQuery, TeardownRequest,
    },
    problem::Problem,
    site::Site,
};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

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
    #[error(transparent)]
    Broken(CallError),
    /// It refused.
    #[error("the agent refused: {}: {}", .0.title, .0.detail)]
    Refused(Problem),
}

/// One agent. Clones share a connection.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    socket: PathBuf,
    caller: Caller,
}

impl Client {
    pub(crate) fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), caller: Caller::new(Way::Unix(socket.to_owned())) }
    }

    pub(crate) async fn health(&self) -> Result<Health, AgentError> {
        self.get(Route::Health, "").await
    }

    pub(crate) async fn site(&self, asked: &SiteQuery) -> Result<Site, AgentError> {
        let subnet = asked.subnet.map(|subnet| subnet.to_string());
        let probe = Some(asked.probe.to_string());
        let pairs = [("interface", asked.interface.clone()), ("subnet", subnet), ("probe", probe)];
        self.get(Route::Site, &query(&pairs)).await
    }

    pub(crate) async fn status(&self) -> Result<HostStatus, AgentError> {
        self.get(Route::Status, "").await
    }

    pub(crate) async fn doctor(&self) -> Result<Vec<Check>, AgentError> {
        self.get(Route::Doctor, "").await
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
        self.answer(self.caller.get(Route::Operation.method(), &path).await)
    }

    async fn get<T: DeserializeOwned>(&self, route: Route, query: &str) -> Result<T, AgentError> {
        self.answer(self.caller.get(route.method(), &(route.path().to_owned() + query)).await)
    }

    async fn send<T: DeserializeOwned>(&self, route: Route, body: &impl Serialize) -> Result<T, AgentError> {
        self.answer(self.caller.send(route.method(), route.path(), body).await)
    }

    fn answer<T>(&self, answer: Result<T, CallError>) -> Result<T, AgentError> {
        let socket = || self.socket.clone();
        answer.map_err(|error| match error {
            CallError::Absent { .. } => AgentError::Absent { socket: socket() },
            CallError::Forbidden { .. } => AgentError::Forbidden { socket: socket() },
            CallError::Refused(problem) => AgentError::Refused(problem),
            error @ (CallError::Late { .. } | CallError::Broken { .. }) => AgentError::Broken(error),
        })
    }
}

#[cfg(test)]
mod tests;
