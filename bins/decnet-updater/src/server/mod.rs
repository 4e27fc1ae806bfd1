//! What the master may ask.

mod digest;
mod routes;

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use decnet_api::server::{Caller, Door, Limits};
use decnet_daemon::signals::Shutdown;
use decnet_proto::swarm::role::Role;

use crate::{changes::Changes, failure::Undone, own::Watchdog};

/// How long a peer may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// How long answers may take that are being given when the updater ends: who waits for a change is not
/// waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Serves the master until the shutdown.
pub(crate) async fn serve(door: impl Door, changes: Changes, watchdog: Watchdog, mut shutdown: Shutdown) {
    let limits = Limits { head: HEAD_PATIENCE, last_words: LAST_WORDS, ..Limits::default() };
    let routes = guarded(routes::router(changes, watchdog));
    decnet_api::server::serve(door, routes, limits, async move { shutdown.requested().await }).await;
}

fn guarded(routes: Router) -> Router {
    routes.layer(middleware::from_fn(guard))
}

/// The handshake lets only masters in; whoever widens that finds this.
async fn guard(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Caller>().and_then(|caller| caller.peer.as_ref());
    match peer.map(|peer| peer.identity.role) {
        Some(Role::Master) => next.run(request).await,
        _ => Undone::NotMaster.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use decnet_api::{
        client::{Client, Way},
        server::Plain,
    };

    use super::*;

    #[tokio::test]
    async fn who_shows_no_certificate_of_a_master_is_refused_behind_any_door() {
        let door = Plain::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = Client::new(Way::Plain(door.address().unwrap().to_string()));
        let routes = guarded(Router::new().route("/v1/health", get(async || "I am here")));
        tokio::spawn(decnet_api::server::serve(door, routes, Limits::default(), std::future::pending()));
        for path in ["/v1/health", "/v1/nothing"] {
            let refused = client.get::<String>("GET", path).await.unwrap_err();
            assert_eq!(refused.problem().map(|problem| problem.status), Some(403), "{path}");
        }
    }
}
