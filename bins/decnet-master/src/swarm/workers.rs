//! What workers ask: every route of [`Route`], each for the roles that it names.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    Extension, Json, Router,
    extract::{
        DefaultBodyLimit, Query, Request, State,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{HeaderValue, StatusCode, header::CONNECTION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use decnet_daemon::signals::Shutdown;
use decnet_pki::{admission::Refused, peer::Peer};
use decnet_proto::swarm::{
    BODY_MAX,
    worker::{
        Heard, Heartbeat, JoinRequest, Joined, RenewRequest, Renewed, Roster, RosterQuery, Route, Trust,
    },
};

use super::{
    caller::{Actor, address, peer},
    controller::Controller,
    operators::{hurry, nowhere},
    refusal::Refusal,
};

/// Largest body of who has shown no certificate, in bytes: a token and two requests.
const STRANGER_MAX: usize = 64 * 1024;

type Shared = State<Arc<Controller>>;
type Answer<T> = Result<Json<T>, Refusal>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
struct From(IpAddr);

/// The routes for workers.
pub(super) fn routes(controller: &Arc<Controller>, shutdown: Shutdown) -> Router {
    let guarded = |route: Route| {
        let limit = if route.roles().is_empty() { STRANGER_MAX } else { BODY_MAX };
        let guard = middleware::from_fn_with_state((Arc::clone(controller), route), guard);
        handler(route).route_layer(DefaultBodyLimit::max(limit)).route_layer(guard)
    };
    Route::ALL
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path(), guarded(route)))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(middleware::from_fn(hurry))
        .layer(Extension(shutdown))
        .with_state(Arc::clone(controller))
}

fn handler(route: Route) -> MethodRouter<Arc<Controller>> {
    match route {
        Route::Join => post(join),
        Route::Renew => post(renew),
        Route::Heartbeat => post(heartbeat),
        Route::Trust => get(trust),
        Route::Roster => get(roster),
    }
}

/// Lets nobody in whose certificate is not of a role that may, and writes refusals down.
async fn guard(
    State((controller, route)): State<(Arc<Controller>, Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    let action = format!("{route:?}");
    let mut actor = Actor::stranger(&request);
    let from = address(&request).map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    request.extensions_mut().insert(From(from));
    let mut is_renewed = false;
    if !route.roles().is_empty() {
        let shown = peer(&request).cloned();
        match admitted(&controller, route, shown).await {
            Ok(peer) => {
                actor.name.clone_from(&peer.common_name);
                is_renewed = route != Route::Renew && controller.roster.has_newer(&peer);
                request.extensions_mut().insert(peer);
            }
            Err(refusal) => {
                controller.refused(&actor, &action, "").await;
                return refusal.into_response();
            }
        }
    }
    let mut response = next.run(request).await;
    if response.status().is_client_error() {
        controller.refused(&actor, &action, response.status().as_str()).await;
    }
    if is_renewed {
        // A connection may live long: the next one shows the new certificate.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Who asks, if he may.
async fn admitted(controller: &Controller, route: Route, shown: Option<Peer>) -> Result<Peer, Refusal> {
    let peer = shown.ok_or_else(|| Refusal::NotPermitted("who shows no certificate".to_owned()))?;
    let role = peer.identity.role;
    if !route.roles().contains(&role) {
        return Err(Refusal::NotPermitted(format!("the {role}")));
    }
    controller.spoke(&peer).await?;
    controller.roster.judge(&peer).map_err(|why| not_permitted(&peer, why))?;
    Ok(peer)
}

fn not_permitted(peer: &Peer, why: Refused) -> Refusal {
    Refusal::NotPermitted(format!("the {}, because {why},", peer.identity.role))
}

async fn join(
    State(controller): Shared,
    Extension(from): Extension<From>,
    body: Body<JoinRequest>,
) -> Result<Response, Refusal> {
    let joined: Joined = controller.join(from.0, body?.0).await?;
    Ok((StatusCode::CREATED, Json(joined)).into_response())
}

async fn renew(
    State(controller): Shared,
    Extension(from): Extension<From>,
    Extension(peer): Extension<Peer>,
    body: Body<RenewRequest>,
) -> Result<Response, Refusal> {
    let certificates = controller.renew(&peer, from.0, &body?.0.requests).await?;
    Ok((StatusCode::CREATED, Json(Renewed { certificates })).into_response())
}

async fn heartbeat(
    State(controller): Shared,
    Extension(peer): Extension<Peer>,
    body: Body<Heartbeat>,
) -> Answer<Heard> {
    Ok(Json(controller.heard(&peer, &body?.0).await?))
}

async fn trust(State(controller): Shared, Extension(peer): Extension<Peer>) -> Json<Trust> {
    let trust = controller.trust();
    controller.hear_listener(&peer, Route::Trust, &trust);
    Json(trust.as_ref().clone())
}

/// Who waits for news gets what there is when the controller ends.
async fn roster(
    State(controller): Shared,
    Extension(mut shutdown): Extension<Shutdown>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<RosterQuery>, QueryRejection>,
) -> Answer<Roster> {
    let have = query?.0.have;
    controller.hear_listener(&peer, Route::Roster, &controller.trust());
    let news = tokio::select! {
        news = controller.log_roster.follow(have.as_deref()) => news,
        () = shutdown.requested() => controller.log_roster.follow(None).await,
    };
    // It may have been revoked while it waited.
    controller.roster.judge(&peer).map_err(|why| not_permitted(&peer, why))?;
    controller.hear_listener(&peer, Route::Roster, &controller.trust());
    Ok(Json(news.as_ref().clone()))
}
