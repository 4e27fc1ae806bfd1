//! Requests of the master of a swarm.

use std::{sync::Arc, time::Duration};

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
use decnet_membership::Membership;
use decnet_proto::{
    agent::{Accepted, DecommissionRequest, Route, TeardownRequest},
    swarm::role::Role,
};

use super::routes::{self, Shared};
use crate::{agent::Agent, machine::Machine, refusal::Refusal};

/// How long a master has to hear that everything is down.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
    let agent = &shared.agent;
    let accepted = agent.teardown(TeardownRequest::All).await?;
    // Noted after it was taken on: a refused request changes nothing.
    agent.store().set_leaving(true)?;
    agent.spawn(leave(Arc::clone(agent), membership, accepted.operation));
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// Ends a leave that a crash interrupted.
pub(crate) async fn finish_leaving<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
) {
    tracing::warn!("{} was leaving the swarm: it goes on with that", membership.name());
    loop {
        match agent.teardown(TeardownRequest::All).await {
            Ok(accepted) => return leave(agent, membership, accepted.operation).await,
            Err(Refusal::Busy(_)) => tokio::time::sleep(LAST_WORDS).await,
            Err(error) => return tracing::error!("cannot leave: {}", decnet_engine::chain(&error)),
        }
    }
}

/// Forgets the swarm when nothing runs any more. What could not be taken down keeps the host in it,
/// so that the master can see and try again.
async fn leave<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
    operation: u64,
) {
    let mut seen = 0;
    let all_down = loop {
        let Ok(status) = agent.follow(operation, seen).await else { return };
        seen = status.revision;
        if status.finished {
            break status.failures.is_empty();
        }
    };
    if all_down {
        // Whoever waits for the end hears of it before its connection is cut.
        tokio::time::sleep(LAST_WORDS).await;
        membership.leave();
    } else {
        tracing::error!("not everything could be taken down: the host stays in the swarm");
    }
    if let Err(error) = agent.store().set_leaving(false) {
        tracing::error!("cannot note the end of leaving: {}", decnet_engine::chain(&error));
    }
}
