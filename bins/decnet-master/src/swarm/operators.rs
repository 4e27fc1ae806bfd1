//! What operators ask: every route of [`Route`], and who may.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{
        DefaultBodyLimit, Path, Query, Request, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use decnet_composer::fleet::FleetSpec;
use decnet_daemon::signals::Shutdown;
use decnet_proto::{
    agent::OperationQuery,
    ids::{HostId, HostName},
    swarm::{
        API_VERSION, BODY_MAX,
        operator::{
            Accepted, Allowed, AuditEntry, Authority, DeckiesQuery, DecommissionQuery, DeployRequest,
            EnrollRequest, FLEET_MAX, Health, HostHealth, HostView, HostsQuery, ListenerRequest,
            ListenerView, OperationView, OperationsQuery, OperatorRequest, Route, ShardView, TeardownRequest,
            TokenRequest,
        },
        releases::{ReleaseView, RollbackRequest, TakeQuery, UpdateRequest},
        updater::CONTENT_DIGEST,
    },
};

use super::{caller::Actor, controller::Controller, deploy::Deployed, refusal::Refusal, rollout::Updated};

/// How long a request may take: a survey of every host is below it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a release may take to come, and to be verified.
const TAKING: Duration = Duration::from_secs(15 * 60);

/// Most rows that are told at once.
const ROWS: u32 = 1000;

type Shared = State<Arc<Controller>>;
type Answer<T> = Result<Json<T>, Refusal>;
type Body<T> = Result<Json<T>, JsonRejection>;
type Params<T> = Result<Query<T>, QueryRejection>;
type Id<T> = Result<Path<T>, PathRejection>;

/// The routes for operators.
pub(super) fn routes(controller: &Arc<Controller>, shutdown: Shutdown) -> Router {
    let guarded = |route: Route| {
        let limit = if route == Route::Deploy { FLEET_MAX } else { BODY_MAX };
        let guard = middleware::from_fn_with_state((Arc::clone(controller), route), guard);
        let hurry = middleware::from_fn_with_state(patience(route), hurry_up);
        handler(route).route_layer(DefaultBodyLimit::max(limit)).route_layer(guard).route_layer(hurry)
    };
    Route::ALL
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path(), guarded(route)))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(Extension(shutdown))
        .with_state(Arc::clone(controller))
}

fn handler(route: Route) -> MethodRouter<Arc<Controller>> {
    match route {
        Route::Health => get(health),
        Route::Token => post(token),
        Route::Enroll => post(enroll),
        Route::Hosts => get(hosts),
        Route::Host => get(host),
        Route::Decommission => delete(decommission),
        Route::Deploy => post(deploy),
        Route::Teardown => post(teardown),
        Route::Panic => post(panic),
        Route::Deckies => get(deckies),
        Route::Check => post(check),
        Route::Operations => get(operations),
        Route::Operation => get(operation),
        Route::Audit => get(audit),
        Route::Authority => get(authority),
        Route::RollOver => post(roll_over),
        Route::Operator => post(operator),
        Route::RevokeOperator => delete(revoke_operator),
        Route::ListenerToken => post(listener_token),
        Route::Listeners => get(listeners),
        Route::RevokeListener => delete(revoke_listener),
        Route::Releases => get(releases),
        Route::TakeRelease => post(take_release),
        Route::RemoveRelease => delete(remove_release),
        Route::Update => post(update),
        Route::Rollback => post(rollback),
    }
}

/// Lets nobody in who may not, and writes refusals down.
async fn guard(
    State((controller, route)): State<(Arc<Controller>, Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    let action = format!("{route:?}");
    let subject = request.uri().path().chars().take(200).collect::<String>();
    let Some(actor) = controller.operator(&request) else {
        if route.allowed() == Allowed::Anybody {
            return next.run(request).await;
        }
        controller.refused(&Actor::stranger(&request), &action, subject).await;
        return Refusal::Unknown.into_response();
    };
    request.extensions_mut().insert(actor.clone());
    let response = next.run(request).await;
    if response.status().is_client_error() && route.method() != "GET" {
        controller.refused(&actor, &action, subject).await;
    }
    response
}

/// Lets nobody take for ever.
pub(super) async fn hurry(request: Request, next: Next) -> Response {
    hurry_up(State(PATIENCE), request, next).await
}

async fn hurry_up(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| Refusal::Late(patience.as_secs()).into_response())
}

/// How long a request may take.
const fn patience(route: Route) -> Duration {
    match route {
        Route::TakeRelease => TAKING,
        _ => PATIENCE,
    }
}

/// What no route leads to.
pub(super) async fn nowhere(request: Request) -> Refusal {
    let path: String = request.uri().path().chars().take(200).collect();
    Refusal::NoRoute(format!("{} {path}", request.method()))
}

fn accepted(operation: u64) -> Response {
    (StatusCode::ACCEPTED, Json(Accepted { operation })).into_response()
}

fn created<T: serde::Serialize>(body: T) -> Response {
    (StatusCode::CREATED, Json(body)).into_response()
}

async fn health(State(controller): Shared) -> Answer<Health> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let warnings = controller.warnings().await?;
    let (status, role) = ("ok".to_owned(), "swarm-controller".to_owned());
    Ok(Json(Health { status, role, api: API_VERSION, version, warnings }))
}

async fn token(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<TokenRequest>,
) -> Result<Response, Refusal> {
    Ok(created(controller.invite(&actor, body?.0).await?))
}

async fn enroll(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<EnrollRequest>,
) -> Result<Response, Refusal> {
    Ok(created(controller.enroll(&actor, body?.0).await?))
}

async fn hosts(State(controller): Shared, query: Params<HostsQuery>) -> Answer<Vec<HostView>> {
    let hosts = controller.store.host_list(query?.0.host_status).await?;
    Ok(Json(hosts.into_iter().map(HostView::from).collect()))
}

async fn host(State(controller): Shared, id: Id<HostId>) -> Answer<HostView> {
    let id = id?.0;
    let host = controller.store.host_by_id(id).await?;
    host.map(|host| Json(host.view)).ok_or_else(|| Refusal::NoHost(id.to_string()))
}

async fn decommission(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    id: Id<HostId>,
    query: Params<DecommissionQuery>,
) -> Result<Response, Refusal> {
    let (id, wipe) = (id?.0, query?.0.wipe);
    let operation = controller.decommission(&actor, id, wipe).await?;
    controller.acted(&actor, "decommission", id.to_string()).await;
    Ok(accepted(operation))
}

async fn deploy(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<DeployRequest<FleetSpec>>,
) -> Result<Response, Refusal> {
    match controller.deploy(&actor, body?.0).await? {
        Deployed::Preview(view) => Ok(Json(view).into_response()),
        Deployed::Accepted(operation) => {
            controller.acted(&actor, "deploy", operation.to_string()).await;
            Ok(accepted(operation))
        }
    }
}

async fn teardown(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<TeardownRequest>,
) -> Result<Response, Refusal> {
    let operation = controller.take_down(&actor, body?.0).await?;
    controller.acted(&actor, "teardown", operation.to_string()).await;
    Ok(accepted(operation))
}

async fn panic(State(controller): Shared, Extension(actor): Extension<Actor>) -> Result<Response, Refusal> {
    let operation = controller.panic(&actor).await?;
    controller.acted(&actor, "panic", operation.to_string()).await;
    Ok(accepted(operation))
}

async fn deckies(State(controller): Shared, query: Params<DeckiesQuery>) -> Answer<Vec<ShardView>> {
    let query = query?.0;
    Ok(Json(controller.store.shard_list(query.host_uuid, query.state).await?))
}

async fn check(State(controller): Shared) -> Answer<Vec<HostHealth>> {
    Ok(Json(controller.check().await?))
}

async fn operations(State(controller): Shared, query: Params<OperationsQuery>) -> Answer<Vec<OperationView>> {
    Ok(Json(controller.store.operation_list(limit(query?.0)?).await?))
}

/// Who waits for news gets the latest when the controller ends.
async fn operation(
    State(controller): Shared,
    Extension(mut shutdown): Extension<Shutdown>,
    id: Id<u64>,
    query: Params<OperationQuery>,
) -> Answer<OperationView> {
    let (id, after) = (id?.0, query?.0.after);
    tokio::select! {
        news = controller.follow(id, after) => news.map(Json),
        () = shutdown.requested() => controller.follow(id, 0).await.map(Json),
    }
}

async fn audit(State(controller): Shared, query: Params<OperationsQuery>) -> Answer<Vec<AuditEntry>> {
    Ok(Json(controller.store.audit_list(limit(query?.0)?).await?))
}

async fn authority(State(controller): Shared) -> Answer<Authority> {
    Ok(Json(controller.authority_view().await?))
}

async fn roll_over(State(controller): Shared, Extension(actor): Extension<Actor>) -> Answer<Authority> {
    Ok(Json(controller.roll_over(&actor).await?))
}

async fn operator(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<OperatorRequest>,
) -> Result<Response, Refusal> {
    Ok(created(controller.admit_operator(&actor, body?.0).await?))
}

async fn revoke_operator(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    id: Id<HostId>,
) -> Result<StatusCode, Refusal> {
    controller.dismiss_operator(&actor, id?.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn listener_token(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<ListenerRequest>,
) -> Result<Response, Refusal> {
    Ok(created(controller.invite_listener(&actor, body?.0).await?))
}

async fn listeners(State(controller): Shared) -> Answer<Vec<ListenerView>> {
    Ok(Json(controller.list_listeners().await?))
}

async fn revoke_listener(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    name: Id<HostName>,
) -> Result<StatusCode, Refusal> {
    controller.dismiss_listener(&actor, name?.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn releases(State(controller): Shared) -> Answer<Vec<ReleaseView>> {
    let library = controller.library.clone();
    let listing = tokio::task::spawn_blocking(move || library.list());
    Ok(Json(listing.await.map_err(anyhow::Error::from)??))
}

async fn take_release(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    query: Params<TakeQuery>,
    request: Request,
) -> Result<Response, Refusal> {
    let dry_run = query?.0.dry_run;
    let (head, body) = request.into_parts();
    let digest = head.headers.get(CONTENT_DIGEST).and_then(|digest| digest.to_str().ok());
    let view = controller.take(&actor, digest, body, dry_run).await?;
    Ok(if dry_run { Json(view).into_response() } else { created(view) })
}

async fn remove_release(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    digest: Id<String>,
) -> Result<StatusCode, Refusal> {
    controller.forget_release(&actor, &digest?.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn update(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<UpdateRequest>,
) -> Result<Response, Refusal> {
    match controller.update(&actor, body?.0).await? {
        Updated::Preview(view) => Ok(Json(view).into_response()),
        Updated::Accepted(operation) => {
            controller.acted(&actor, "update", operation.to_string()).await;
            Ok(accepted(operation))
        }
    }
}

async fn rollback(
    State(controller): Shared,
    Extension(actor): Extension<Actor>,
    body: Body<RollbackRequest>,
) -> Result<Response, Refusal> {
    let operation = controller.roll_back(&actor, body?.0).await?;
    controller.acted(&actor, "rollback", operation.to_string()).await;
    Ok(accepted(operation))
}

fn limit(query: OperationsQuery) -> Result<u32, Refusal> {
    if (1..=ROWS).contains(&query.limit) {
        return Ok(query.limit);
    }
    Err(Refusal::Value(format!("limit is {}: it must be 1 to {ROWS}", query.limit)))
}
