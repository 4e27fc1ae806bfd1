//! What the master may ask.

mod body;
mod digest;
mod failure;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use decnet_api::server::{Caller, Limits, Tls};
use decnet_daemon::{provenance, signals::Shutdown};
use decnet_proto::{
    problem::{self, Problem},
    swarm::{
        API_VERSION, BODY_MAX,
        role::Role,
        updater::{Health, Route},
    },
};

/// How long a peer may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// Serves the master until the shutdown.
pub(crate) async fn serve(door: Tls, mut shutdown: Shutdown) {
    let limits = Limits { head: HEAD_PATIENCE, ..Limits::default() };
    decnet_api::server::serve(door, routes(), limits, async move { shutdown.requested().await }).await;
}

fn routes() -> Router {
    Route::ALL
        .into_iter()
        .fold(Router::new(), |router, route| match route {
            Route::Health => router.route(route.path(), get(health)),
            Route::Releases | Route::Update | Route::UpdateSelf | Route::Rollback => router,
        })
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(guard))
}

/// The handshake lets only masters in; whoever widens that finds this.
async fn guard(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Caller>().and_then(|caller| caller.peer.as_ref());
    match peer.map(|peer| peer.identity.role) {
        Some(Role::Master) => next.run(request).await,
        _ => refused(StatusCode::FORBIDDEN, "not permitted", "only the master of the swarm may ask this"),
    }
}

async fn health() -> Json<Health> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let (release, boot) = (provenance::release(), provenance::boot());
    let pid = std::process::id();
    Json(Health { api: API_VERSION, version, pid, release, boot, agent: None, forwarder: None, change: None })
}

async fn nowhere(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(256).collect();
    refused(StatusCode::NOT_FOUND, "not found", &format!("there is no {} {path}", request.method()))
}

fn refused(status: StatusCode, title: &str, detail: &str) -> Response {
    let problem = Problem { status: status.as_u16(), title: title.to_owned(), detail: detail.to_owned() };
    (status, [(CONTENT_TYPE, problem::MEDIA_TYPE)], Json(problem)).into_response()
}

#[cfg(test)]
mod tests {
    use decnet_api::{
        client::{Client, Way},
        server::Plain,
    };

    use super::*;

    #[tokio::test]
    async fn who_shows_no_certificate_of_a_master_is_refused_behind_any_door() {
        let door = Plain::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = Client::new(Way::Plain(door.address().unwrap().to_string()));
        tokio::spawn(decnet_api::server::serve(door, routes(), Limits::default(), std::future::pending()));
        for path in ["/v1/health", "/v1/nothing"] {
            let refused = client.get::<Health>("GET", path).await.unwrap_err();
            assert_eq!(refused.problem().map(|problem| problem.status), Some(403), "{path}");
        }
    }
}
