//! A host's second place in its swarm, apart from the agent's.
//!
//! Why it exists: whoever replaces the agent must not be the agent. It has an identity, keys, a folder
//! and a port of its own, and outlives whatever becomes of the agent.
//!
//! Invariants:
//! - Only the master of the swarm is answered; chain, role and key are checked in the handshake.
//! - It touches nothing of the host but its own folder.
//!
//! Limits: it installs nothing yet.

mod args;
mod server;
mod settings;
mod status;

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, bail};
use decnet_api::server::Tls;
use decnet_daemon::signals::Shutdown;
use decnet_membership::{Membership, Part, follow_trust_forever, renew_forever};
use decnet_pki::clock::Clock;
use tokio::task::JoinSet;

pub use crate::{
    args::{Args, RunArgs, StatusArgs, Verb, command},
    settings::Settings,
    status::Report,
};

/// An updater with its door open.
#[derive(Debug)]
pub struct Updater {
    membership: Arc<Membership>,
    door: Tls,
}

impl Updater {
    /// Takes its place in the swarm, and listens.
    ///
    /// # Errors
    /// It has not joined, its identity cannot be used, or the port is taken.
    pub async fn open(settings: &Settings, clock: Clock) -> anyhow::Result<Self> {
        let identity = &settings.identity;
        let opened = Membership::open(Part::Updater, identity, clock).with_context(|| {
            format!("cannot take the updater's place in its swarm ({})", identity.display())
        })?;
        let Some(membership) = opened else {
            bail!("this host's updater is in no swarm: `decnet-updater join` with a token lets it in");
        };
        let door = membership.door(settings.address).await;
        let door = door.with_context(|| format!("cannot listen on {}", settings.address))?;
        Ok(Self { membership: Arc::new(membership), door })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.door.address()
    }

    /// Answers the master, renews certificates, and follows whom to trust, until the shutdown.
    pub async fn serve(self, shutdown: Shutdown) {
        let Self { membership, door } = self;
        tracing::info!("the updater of {} listens for its master", membership.name());
        let mut work = JoinSet::new();
        work.spawn(renew_forever(Arc::clone(&membership)));
        work.spawn(follow_trust_forever(membership));
        server::serve(door, shutdown).await;
        work.shutdown().await;
    }
}

/// Runs the updater of this host until the shutdown.
///
/// # Errors
/// As [`Updater::open`].
pub async fn run(settings: Settings, shutdown: Shutdown) -> anyhow::Result<()> {
    Updater::open(&settings, Clock::system()).await?.serve(shutdown).await;
    tracing::info!("ended");
    Ok(())
}
