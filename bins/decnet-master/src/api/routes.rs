//! The routes: each of the table has its handler, and before it the guard.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post, put},
};
use bytes::Bytes;
use decnet_proto::api::{BODY_MAX, FLEET_BODY_MAX, Route};
use http_body_util::BodyExt as _;

use super::{
    alerts, app::App, attackers, auth, events, fleet, guard, loot, operations, refusal::Refusal, sessions,
    stream, swarm, system, upkeep, users,
};

/// How long an answer may take until it begins.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same, where others are asked first who have to ask others.
const LONG_PATIENCE: Duration = Duration::from_secs(150);

/// Every route.
pub(super) fn routes(app: &Arc<App>) -> Router {
    let guarded = |route: Route| {
        let guard = middleware::from_fn_with_state((app.gatekeeper.clone(), route), guard::guard);
        let cache = middleware::from_fn_with_state((Arc::clone(app), route), answer_once);
        let count = middleware::from_fn_with_state((Arc::clone(app), route), count);
        handler(route)
            .route_layer(DefaultBodyLimit::max(largest(route)))
            .route_layer(cache)
            .route_layer(guard)
            .route_layer(middleware::from_fn_with_state(patience(route), hurry))
            .route_layer(count)
    };
    Route::ALL
        .iter()
        .fold(Router::new(), |router, route| router.route(route.path(), guarded(*route)))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(middleware::from_fn(plain))
        .with_state(Arc::clone(app))
}

fn handler(route: Route) -> MethodRouter<Arc<App>> {
    match route {
        Route::Health => get(system::health),
        Route::Metrics => get(system::metrics),
        Route::Document => get(system::document),
        Route::LogIn => post(auth::log_in),
        Route::LogOut => post(auth::log_out),
        Route::ChangePassword => post(auth::change_password),
        Route::Me => get(auth::me),
        Route::LogIns => get(auth::log_ins),
        Route::RevokeLogIn => delete(auth::revoke_log_in),
        Route::Logs => get(events::logs),
        Route::Histogram => get(events::histogram),
        Route::Export => get(events::export),
        Route::Stream => get(stream::listen),
        Route::Stats => get(events::stats),
        Route::Bounty => get(loot::bounty),
        Route::Credentials => get(loot::credentials),
        Route::Attackers => get(attackers::attackers),
        Route::Attacker => get(attackers::attacker),
        Route::AttackerCommands => get(attackers::commands),
        Route::AttackerArtifacts => get(attackers::artifacts),
        Route::Sessions => get(sessions::sessions),
        Route::Session => get(sessions::session),
        Route::SessionEvents => get(sessions::events),
        Route::Artifacts => get(loot::artifacts),
        Route::Artifact => get(loot::artifact),
        Route::Alerts => get(alerts::alerts),
        Route::AlertRules => get(alerts::rules),
        Route::SetAlertRule => put(alerts::set_rule),
        Route::Receivers => get(alerts::receivers),
        Route::AddReceiver => post(alerts::add_receiver),
        Route::Receiver => get(alerts::receiver),
        Route::ChangeReceiver => put(alerts::change_receiver),
        Route::RemoveReceiver => delete(alerts::remove_receiver),
        Route::TestReceiver => post(alerts::test_receiver),
        Route::Deliveries => get(alerts::deliveries),
        Route::RetryDeliveries => post(alerts::retry_deliveries),
        Route::Ignores => get(alerts::ignores),
        Route::AddIgnore => post(alerts::add_ignore),
        Route::Ignore => get(alerts::ignore),
        Route::RemoveIgnore => delete(alerts::remove_ignore),
        Route::Deckies => get(fleet::deckies),
        Route::ValidateFleet => post(fleet::validate),
        Route::DeployFleet => post(fleet::deploy),
        Route::TearDown => delete(fleet::tear_down),
        Route::TearDownDecky => delete(fleet::tear_down_decky),
        Route::Operations => get(operations::operations),
        Route::Operation => get(operations::operation),
        Route::SwarmHosts => get(swarm::hosts),
        Route::Decommission => delete(swarm::decommission),
        Route::SwarmDeckies => get(swarm::deckies),
        Route::EnrollHost => post(swarm::enroll),
        Route::UpdateHosts => get(swarm::update_hosts),
        Route::PushRelease => post(swarm::push),
        Route::RollBack => post(swarm::roll_back),
        Route::DeploymentMode => get(fleet::mode),
        Route::Config => get(system::config),
        Route::SetDeploymentLimit => put(upkeep::set_deployment_limit),
        Route::EmptyRecord => delete(upkeep::empty_record),
        Route::Users => get(users::users),
        Route::AddUser => post(users::add_user),
        Route::RemoveUser => delete(users::remove_user),
        Route::SetRole => put(users::set_role),
        Route::ResetPassword => put(users::reset_password),
    }
}

/// Largest body of a request.
const fn largest(route: Route) -> usize {
    match route {
        Route::ValidateFleet | Route::DeployFleet => FLEET_BODY_MAX,
        _ => BODY_MAX,
    }
}

/// How long an answer may take.
const fn patience(route: Route) -> Duration {
    match route {
        Route::ValidateFleet
        | Route::DeployFleet
        | Route::TearDown
        | Route::TearDownDecky
        | Route::Decommission
        | Route::UpdateHosts
        | Route::PushRelease
        | Route::RollBack
        | Route::EmptyRecord => LONG_PATIENCE,
        _ => PATIENCE,
    }
}

/// Whether an answer is the same for all who ask, until the next event.
const fn is_of_record(route: Route) -> bool {
    matches!(
        route,
        Route::Logs
            | Route::Histogram
            | Route::Stats
            | Route::Bounty
            | Route::Credentials
            | Route::Attackers
            | Route::Attacker
            | Route::AttackerCommands
            | Route::AttackerArtifacts
            | Route::Sessions
            | Route::Session
            | Route::SessionEvents
            | Route::Artifacts
    )
}

/// Answers what was answered before, as long as it is true.
async fn answer_once(
    State((app, route)): State<(Arc<App>, Route)>,
    request: Request,
    next: Next,
) -> Response {
    if !is_of_record(route) {
        return next.run(request).await;
    }
    let question = request.uri().to_string();
    let version = app.cache.version(app.record.watch().newest());
    if let Some(body) = app.cache.get(&question, version) {
        return ([(CONTENT_TYPE, "application/json")], body).into_response();
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (head, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => {
            let body: Bytes = body.to_bytes();
            app.cache.put(question, version, &body);
            Response::from_parts(head, body.into())
        }
        Err(error) => Refusal::Failed(error.into()).into_response(),
    }
}

/// Lets nobody wait for ever for an answer to begin.
async fn hurry(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| Refusal::Late(patience.as_secs()).into_response())
}

async fn count(State((app, route)): State<(Arc<App>, Route)>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.counters.answered(route, response.status());
    response
}

/// What is said with every answer: nobody keeps it, nobody guesses what it is.
async fn plain(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What no route leads to.
async fn nowhere(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    Refusal::Missing(format!("{} {path}", request.method())).into_response()
}
