//! The agent's part in its swarm, from the open door to the end.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use decnet_api::server::Tls;
use decnet_daemon::signals::Shutdown;
use decnet_engine::Engine;
use decnet_membership::{Membership, Part, renew_forever};
use decnet_pki::clock::Clock;

use super::{Forwarding, beat_forever, keep_forever, warn_forever};
use crate::{agent::Agent, machine::Machine, server};

/// A place in a swarm, with the door open for its master.
#[derive(Debug)]
pub struct InSwarm {
    membership: Arc<Membership>,
    door: Tls,
    forwarding: Option<(Forwarding, PathBuf)>,
}

impl InSwarm {
    /// Takes the place that the folder `identity` keeps, and listens at `address`. A host in no
    /// swarm, or whose place in it cannot be used, has none; the agent says why in its `doctor`.
    pub async fn open<E: Engine + 'static, M: Machine>(
        agent: &Agent<E, M>,
        identity: &Path,
        address: SocketAddr,
        clock: Clock,
    ) -> Option<Self> {
        let membership = match Membership::open(Part::Agent, identity, clock) {
            Ok(membership) => Arc::new(membership?),
            Err(error) => {
                let error = decnet_engine::chain(&error);
                tracing::error!("this host takes no part in its swarm: {error}");
                agent.take_place(Err(error));
                return None;
            }
        };
        let door = match membership.door(address).await {
            Ok(door) => door,
            Err(error) => {
                let error = format!("its master cannot reach it: {address}: {error}");
                tracing::error!("{error}");
                agent.take_place(Err(error));
                return None;
            }
        };
        agent.take_place(Ok(Arc::clone(&membership)));
        Some(Self { membership, door, forwarding: None })
    }

    /// Sees to a forwarder, too, which follows `log_file` until a request says otherwise.
    #[must_use]
    pub fn with_forwarder(self, forwarding: Option<Forwarding>, log_file: PathBuf) -> Self {
        Self { forwarding: forwarding.map(|forwarding| (forwarding, log_file)), ..self }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.door.address()
    }

    /// Serves the master and tells the controller how things stand, until the shutdown or until the
    /// host has left.
    pub async fn serve<E: Engine + 'static, M: Machine>(self, agent: Arc<Agent<E, M>>, shutdown: Shutdown) {
        let Self { membership, door, forwarding } = self;
        tracing::info!("{} listens for its master", membership.name());
        agent.spawn(beat_forever(Arc::clone(&agent), Arc::clone(&membership)));
        agent.spawn(renew_forever(Arc::clone(&membership)));
        agent.spawn(warn_forever(Arc::clone(&agent), Arc::clone(&membership)));
        if let Some((forwarding, log_file)) = forwarding {
            agent.spawn(keep_forever(Arc::clone(&agent), Arc::clone(&membership), forwarding, log_file));
        }
        if agent.store().is_leaving() {
            agent.spawn(server::finish_leaving(Arc::clone(&agent), Arc::clone(&membership)));
        }
        server::serve_master(agent, membership, door, shutdown).await;
    }
}
