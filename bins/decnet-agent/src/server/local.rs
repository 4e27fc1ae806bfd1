//! Requests of the agent's own host.

use std::{future::pending, io};

use axum::{
    Router,
    extract::Request,
    http::Method,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use decnet_api::server::{Door, Entered};
use decnet_engine::Engine;
use decnet_proto::agent::Route;
use tokio::net::{UnixListener, UnixStream};

use super::{
    peer::{self, Standing},
    routes::{self, Shared},
};
use crate::{machine::Machine, refusal::Refusal};

/// The socket, whose peers are known by their credentials.
pub(super) struct Local(pub(super) UnixListener);

impl Door for Local {
    type Knock = UnixStream;
    type Stream = UnixStream;
    type Peer = Standing;

    async fn accept(&self) -> io::Result<UnixStream> {
        self.0.accept().await.map(|(stream, _)| stream)
    }

    async fn enter(&self, stream: UnixStream) -> io::Result<Entered<UnixStream, Standing>> {
        let peer = peer::standing(&stream);
        Ok(Entered { stream, peer, expelled: Box::pin(pending()) })
    }
}

/// The routes for those who stand well.
pub(super) fn routes<E: Engine + 'static, M: Machine>(shared: Shared<E, M>) -> Router {
    routes::router(shared, Route::is_local).layer(middleware::from_fn(guard))
}

/// Whether it is asked how the agent is, and nothing else.
fn is_health(request: &Request) -> bool {
    request.method() == Method::GET && request.uri().path() == Route::Health.path()
}

async fn guard(request: Request, next: Next) -> Response {
    match request.extensions().get::<Standing>() {
        Some(Standing::Welcome) => next.run(request).await,
        Some(Standing::Updater(_)) if is_health(&request) => next.run(request).await,
        Some(Standing::Updater(uid) | Standing::Stranger(uid)) => Refusal::Forbidden(*uid).into_response(),
        None => Refusal::Forbidden(u32::MAX).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn the_updater_is_told_how_the_agent_is_and_nothing_else() {
        let welcome = |route: Route| {
            let request = Request::builder().method(route.method()).uri(route.path());
            is_health(&request.body(Body::empty()).unwrap())
        };
        let all: Vec<_> = Route::ALL.into_iter().filter(|route| welcome(*route)).collect();
        assert_eq!(all, [Route::Health]);
    }
}
