//! A peer of the agent.

use std::{path::PathBuf, time::Duration};

use decnet_proto::{
    agent::{Accepted, DeployRequest, HostStatus, OperationStatus, Route, TeardownRequest},
    plan::FleetPlan,
    problem::Problem,
};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::UnixStream;

/// Pause between two looks at what is waited for, so that waiting costs nothing.
pub(crate) const BREATH: Duration = Duration::from_millis(20);

/// Speaks to the agent at a socket; every request on a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Client(pub(crate) PathBuf);

impl Client {
    pub(crate) async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let stream = UnixStream::connect(&self.0).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "agent")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        route: Route,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let body = serde_json::to_vec(body).unwrap();
        let (status, answer) = self.send(route.method(), route.path(), body).await;
        read(status, &answer)
    }

    pub(crate) async fn status(&self) -> HostStatus {
        self.ask(Route::Status, &()).await.unwrap()
    }

    pub(crate) async fn deploy(&self, plan: &FleetPlan) -> Result<OperationStatus, Problem> {
        let request = DeployRequest { plan: plan.clone(), no_cache: false, parallel: None };
        let accepted: Accepted = self.ask(Route::Deploy, &request).await?;
        Ok(self.end_of(accepted.operation).await)
    }

    pub(crate) async fn teardown(&self, request: TeardownRequest) -> Result<OperationStatus, Problem> {
        let accepted: Accepted = self.ask(Route::Teardown, &request).await?;
        Ok(self.end_of(accepted.operation).await)
    }

    /// Follows an operation to its end, as `decnet-master` does.
    pub(crate) async fn end_of(&self, operation: u64) -> OperationStatus {
        let path = Route::Operation.path().replace("{id}", &operation.to_string());
        let mut after = 0;
        loop {
            let (status, body) = self.send("GET", &format!("{path}?after={after}"), Vec::new()).await;
            let news: OperationStatus = read(status, &body).unwrap();
            if news.finished {
                return news;
            }
            after = news.revision;
        }
    }
}

fn read<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, Problem> {
    match status {
        200..=299 => Ok(serde_json::from_slice(body).unwrap()),
        _ => Err(serde_json::from_slice(body).unwrap()),
    }
}
