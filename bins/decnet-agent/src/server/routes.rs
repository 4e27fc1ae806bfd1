//! Routes of [`decnet_proto::agent::Route`] and what answers them.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, Path, Query, Request, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post, put},
};
use decnet_daemon::{provenance, signals::Shutdown};
use decnet_engine::Engine;
use decnet_proto::{
    agent::{
        API_VERSION, Accepted, Check, CollectRequest, CollectorStatus, DeployRequest, Health, HostStatus,
        OperationQuery, OperationStatus, Route, SiteQuery, TeardownRequest,
    },
    problem,
    site::Site,
};

use crate::{agent::Agent, machine::Machine, refusal::Refusal};

/// Largest body: a plan of some thousand deckies.
const BODY_MAX: usize = 32 * 1024 * 1024;
/// How long any request may take.
const PATIENCE: Duration = Duration::from_secs(60);

type Answer<T> = Result<Json<T>, Refusal>;

/// What every handler gets.
pub(super) struct Shared<E, M> {
    pub(super) agent: Arc<Agent<E, M>>,
    pub(super) shutdown: Shutdown,
}

impl<E, M> Clone for Shared<E, M> {
    fn clone(&self) -> Self {
        Self { agent: Arc::clone(&self.agent), shutdown: self.shutdown.clone() }
    }
}

/// Those of the routes that are `there`.
pub(super) fn router<E: Engine + 'static, M: Machine>(
    shared: Shared<E, M>,
    there: impl Fn(Route) -> bool,
) -> Router {
    Route::ALL
        .into_iter()
        .filter(|route| there(*route))
        .filter_map(|route| Some((route, handler::<E, M>(route)?)))
        .fold(Router::new(), |router, (route, handler)| router.route(route.path(), handler))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(hurry))
        .with_state(shared)
}

fn handler<E: Engine + 'static, M: Machine>(route: Route) -> Option<MethodRouter<Shared<E, M>>> {
    Some(match route {
        Route::Health => get(health::<E, M>),
        Route::Site => get(site::<E, M>),
        Route::Status => get(status::<E, M>),
        Route::Deploy => post(deploy::<E, M>),
        Route::Teardown => post(teardown::<E, M>),
        Route::Operation => get(operation::<E, M>),
        Route::Collect => put(collect::<E, M>),
        Route::Doctor => get(doctor::<E, M>),
        // It is served where the host's membership is known.
        Route::Decommission => return None,
    })
}

/// Lets nobody take for ever.
async fn hurry(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(PATIENCE, next.run(request)).await;
    answered.unwrap_or_else(|_| Refusal::Late(PATIENCE.as_secs()).into_response())
}

async fn nowhere(request: Request) -> Refusal {
    Refusal::NoRoute(format!("{} {}", request.method(), request.uri().path()))
}

async fn health<E: Engine + 'static, M: Machine>(State(shared): State<Shared<E, M>>) -> Json<Health> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let (release, boot) = (provenance::release(), provenance::boot());
    let functions = shared.agent.functions().await;
    Json(Health { api: API_VERSION, version, pid: std::process::id(), release, boot, functions })
}

async fn site<E: Engine + 'static, M: Machine>(
    State(shared): State<Shared<E, M>>,
    query: Result<Query<SiteQuery>, QueryRejection>,
) -> Answer<Site> {
    shared.agent.survey(&query?.0).await.map(Json)
}

async fn status<E: Engine + 'static, M: Machine>(State(shared): State<Shared<E, M>>) -> Json<HostStatus> {
    Json(shared.agent.status().await)
}

async fn deploy<E: Engine + 'static, M: Machine>(
    State(shared): State<Shared<E, M>>,
    body: Result<Json<DeployRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Accepted>), Refusal> {
    Ok((StatusCode::ACCEPTED, Json(shared.agent.deploy(body?.0)?)))
}

async fn teardown<E: Engine + 'static, M: Machine>(
    State(shared): State<Shared<E, M>>,
    body: Result<Json<TeardownRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Accepted>), Refusal> {
    Ok((StatusCode::ACCEPTED, Json(shared.agent.teardown(body?.0).await?)))
}

/// Who waits for news gets the latest when the agent ends.
async fn operation<E: Engine + 'static, M: Machine>(
    State(mut shared): State<Shared<E, M>>,
    id: Result<Path<u64>, PathRejection>,
    query: Result<Query<OperationQuery>, QueryRejection>,
) -> Answer<OperationStatus> {
    let (id, after) = (id?.0, query?.0.after);
    tokio::select! {
        news = shared.agent.follow(id, after) => news.map(Json),
        () = shared.shutdown.requested() => shared.agent.follow(id, 0).await.map(Json),
    }
}

async fn collect<E: Engine + 'static, M: Machine>(
    State(shared): State<Shared<E, M>>,
    body: Result<Json<CollectRequest>, JsonRejection>,
) -> Answer<CollectorStatus> {
    shared.agent.collect(&body?.0.log_file).await.map(Json)
}

async fn doctor<E: Engine + 'static, M: Machine>(State(shared): State<Shared<E, M>>) -> Json<Vec<Check>> {
    Json(shared.agent.doctor().await)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(CONTENT_TYPE, problem::MEDIA_TYPE)], Json(problem)).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::Malformed { status: rejection.status().as_u16(), text: rejection.body_text() }
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::Malformed { status: rejection.status().as_u16(), text: rejection.body_text() }
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::Malformed { status: rejection.status().as_u16(), text: rejection.body_text() }
    }
}
