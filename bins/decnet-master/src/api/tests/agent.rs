//! An agent that is played.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    extract::{Path as Segment, RawQuery, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use decnet_proto::{
    agent::{Accepted, DeployRequest, Health, OperationStatus, Route, StepFailure, TeardownRequest},
    problem::Problem,
    site::{LinkKind, Site},
};
use tokio::net::UnixListener;

/// What the agent was asked, and how it answers.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Queries about the site.
    pub(super) surveys: Vec<String>,
    pub(super) deployments: Vec<DeployRequest>,
    pub(super) teardowns: Vec<TeardownRequest>,
    pub(super) operations: BTreeMap<u64, OperationStatus>,
    /// Why it takes nothing on.
    pub(super) refusal: Option<Problem>,
}

/// An agent that is played.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent(Arc<Mutex<State>>);

impl Agent {
    /// Listens in the folder of a [`super::fixture::Server`].
    pub(super) fn start(folder: &Path) -> Self {
        let agent = Self::default();
        let listener = UnixListener::bind(folder.join("agent.sock")).unwrap();
        let routes = Router::new()
            .route(Route::Health.path(), get(health))
            .route(Route::Site.path(), get(site))
            .route(Route::Deploy.path(), post(deploy))
            .route(Route::Teardown.path(), post(tear_down))
            .route(Route::Operation.path(), get(operation))
            .with_state(agent.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        agent
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Ends an operation.
    pub(super) fn finish(&self, id: u64, failures: Vec<StepFailure>) {
        let mut state = self.state();
        let status = state.operations.get_mut(&id).unwrap();
        (status.revision, status.finished, status.failures) = (status.revision + 1, true, failures);
    }

    fn begin(&self, total: u32) -> Response {
        let mut state = self.state();
        if let Some(problem) = state.refusal.clone() {
            return (StatusCode::from_u16(problem.status).unwrap(), Json(problem)).into_response();
        }
        let id = 7 + state.operations.len() as u64;
        let (current, failures) = ("make it so".to_owned(), Vec::new());
        let status = OperationStatus { revision: 1, total, done: 0, current, failures, finished: false };
        state.operations.insert(id, status);
        (StatusCode::ACCEPTED, Json(Accepted { operation: id })).into_response()
    }
}

async fn health() -> Json<Health> {
    let version = "0".to_owned();
    let (release, boot, functions) = (None, String::new(), Vec::new());
    Json(Health { api: 1, version, pid: 1, release, boot, functions })
}

async fn site(Shared(agent): Shared<Agent>, RawQuery(query): RawQuery) -> Json<Site> {
    agent.state().surveys.push(query.unwrap_or_default());
    Json(Site {
        interface: "eth0".to_owned(),
        kind: LinkKind::Ethernet,
        mac: None,
        host_ip: Some("10.9.0.2".parse().unwrap()),
        subnet: Some("10.9.0.0/24".parse().unwrap()),
        gateway: Some("10.9.0.1".parse().unwrap()),
        in_use: None,
    })
}

async fn deploy(Shared(agent): Shared<Agent>, Json(request): Json<DeployRequest>) -> Response {
    let total = u32::try_from(request.plan.deckies.len()).unwrap();
    agent.state().deployments.push(request);
    agent.begin(total)
}

async fn tear_down(Shared(agent): Shared<Agent>, Json(request): Json<TeardownRequest>) -> Response {
    agent.state().teardowns.push(request);
    agent.begin(1)
}

async fn operation(Shared(agent): Shared<Agent>, Segment(id): Segment<u64>) -> Json<OperationStatus> {
    Json(agent.state().operations.get(&id).unwrap().clone())
}
