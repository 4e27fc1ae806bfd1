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
use decnet_membership::{Membership, Pace, chance};
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
    let Some(operation) = take_down(&agent).await else { return };
    leave(agent, membership, operation).await;
}

/// Begins to take everything down, as soon as nothing else is being done.
async fn take_down<E: Engine + 'static, M: Machine>(agent: &Arc<Agent<E, M>>) -> Option<u64> {
    loop {
        match agent.teardown(TeardownRequest::All).await {
            Ok(accepted) => return Some(accepted.operation),
            Err(Refusal::Busy(_)) => tokio::time::sleep(LAST_WORDS).await,
            Err(error) => {
                tracing::error!("cannot leave: {}", decnet_engine::chain(&error));
                return None;
            }
        }
    }
}

/// Forgets the swarm when nothing runs any more. Its master lets the host in no more, so that
/// nobody else would try again: it does so itself for as long as it takes.
async fn leave<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
    mut operation: u64,
) {
    let mut pace = Pace::default();
    while !is_all_down(&agent, operation).await {
        tracing::error!(
            "not everything could be taken down: it is tried again before the swarm is forgotten"
        );
        tokio::time::sleep(pace.next(chance())).await;
        let Some(next) = take_down(&agent).await else { return };
        operation = next;
    }
    // Whoever waits for the end hears of it before its connection is cut.
    tokio::time::sleep(LAST_WORDS).await;
    membership.leave();
    if let Err(error) = agent.store().set_leaving(false) {
        tracing::error!("cannot note the end of leaving: {}", decnet_engine::chain(&error));
    }
}

/// Waits for the end of an operation: whether it did all that it should.
async fn is_all_down<E: Engine + 'static, M: Machine>(agent: &Agent<E, M>, operation: u64) -> bool {
    let mut seen = 0;
    loop {
        match agent.follow(operation, seen).await {
            Ok(status) if status.finished => return status.failures.is_empty(),
            Ok(status) => seen = status.revision,
            // It is forgotten by now: another one tells.
            Err(_) => return false,
        }
    }
}
