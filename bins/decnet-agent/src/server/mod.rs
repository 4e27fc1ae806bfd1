//! The agent's API: over its Unix socket for its own host, over mutual TLS for its master.
//!
//! Two servers with routes of their own, so that who may come in by one door has no way to what is
//! behind the other.

mod local;
mod peer;
mod remote;
mod routes;
mod socket;

use std::{sync::Arc, time::Duration};

use decnet_api::server::{Limits, Tls};
use decnet_daemon::signals::Shutdown;
use decnet_engine::Engine;
use decnet_membership::Membership;
use tokio::net::UnixListener;

pub(crate) use remote::finish_leaving;
pub(crate) use socket::bind;

use self::{local::Local, routes::Shared};
use crate::{agent::Agent, machine::Machine};

/// How long a peer may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

fn limits() -> Limits {
    Limits { head: HEAD_PATIENCE, ..Limits::default() }
}

/// Serves the host's own until the shutdown, then lets the requests that run end.
pub(crate) async fn serve<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    listener: UnixListener,
    shutdown: Shutdown,
) {
    let routes = local::routes(Shared { agent, shutdown: shutdown.clone() });
    let mut ending = shutdown;
    decnet_api::server::serve(Local(listener), routes, limits(), async move { ending.requested().await })
        .await;
}

/// Serves the master until the shutdown, or until the host has left the swarm.
pub(crate) async fn serve_master<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
    door: Tls,
    shutdown: Shutdown,
) {
    let routes = remote::routes(Shared { agent, shutdown: shutdown.clone() }, Arc::clone(&membership));
    let (mut ending, mut leaving) = (shutdown, membership.left());
    let ending = async move {
        tokio::select! {
            () = ending.requested() => {}
            () = leaving.requested() => {}
        }
    };
    decnet_api::server::serve(door, routes, limits(), ending).await;
}
