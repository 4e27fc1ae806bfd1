//! Requests of the master of a swarm.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Request, State, rejection::JsonRejection},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::post,
};
use decnet_api::server::Caller;
use decnet_engine::Engine;
use decnet_proto::{
    agent::{Accepted, DecommissionRequest, Route, TeardownRequest},
    swarm::role::Role,
};

use super::routes::{self, Shared};
use crate::{agent::Agent, machine::Machine, refusal::Refusal, swarm::Membership};

/// The routes for the master.
pub(super) fn routes<E: Engine + 'static, M: Machine>(
    shared: Shared<E, M>,
    membership: Arc<Membership>,
) -> Router {
    let leaving = Router::new()
        .route(Route::Decommission.path(), post(decommission::<E, M>))
        .with_state(shared.clone());
    let there = |route: Route| route.is_remote() && route != Route::Decommission;
    routes::router(shared, there)
        .merge(leaving)
        .layer(Extension(membership))
        .layer(middleware::from_fn(guard))
}

/// The handshake lets only masters in; whoever widens that finds this.
async fn guard(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Caller>().and_then(|caller| caller.peer.as_ref());
    match peer.map(|peer| peer.identity.role) {
        Some(Role::Master) => next.run(request).await,
        _ => Refusal::NotMaster.into_response(),
    }
}

async fn decommission<E: Engine + 'static, M: Machine>(
    State(shared): State<Shared<E, M>>,
    Extension(membership): Extension<Arc<Membership>>,
    body: Result<Json<DecommissionRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Accepted>), Refusal> {
    if body?.0.host != membership.host() {
        return Err(Refusal::OtherHost);
    }
    let accepted = shared.agent.teardown(TeardownRequest::All).await?;
    shared.agent.spawn(leave(Arc::clone(&shared.agent), membership, accepted.operation));
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// Forgets the swarm when nothing runs any more. What could not be taken down keeps the host in it,
/// so that the master can see and try again.
async fn leave<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
    operation: u64,
) {
    let mut seen = 0;
    loop {
        let Ok(status) = agent.follow(operation, seen).await else { return };
        seen = status.revision;
        match (status.finished, status.failures.is_empty()) {
            (false, _) => {}
            (true, true) => return membership.leave().await,
            (true, false) => {
                return tracing::error!("not everything could be taken down: the host stays in the swarm");
            }
        }
    }
}
