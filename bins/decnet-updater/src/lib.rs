//! A host's second place in its swarm, apart from the agent's: by it releases come.
//!
//! Why it exists: whoever replaces the agent must not be the agent. It has an identity, keys, a folder,
//! a user and a port of its own, and outlives whatever becomes of the agent.
//!
//! ```text
//! master ══ mutual TLS ══► server ─► changes ─► decnet_release: verify, unpack, switch, journal
//!                                       │ └► supervisor ─► helper (root) ─► systemd, or PID files
//!                                       └──► probe ─────► agent (its socket), forwarder (loopback)
//! ```
//!
//! Invariants:
//! - Only the master of the swarm is answered; chain, role and key are checked in the handshake.
//! - What is installed is signed by the key that was given when the updater joined. The master cannot
//!   make a release, only hand one on.
//! - One change at a time; one that was begun is ended whoever goes away, and by the next start.
//! - It has no rights of root. What needs some is one of seven requests to a helper that no push
//!   replaces.
//!
//! Limits: hosts whose forwarder tells nobody how it goes take no release.

mod args;
mod background;
pub mod helper;
mod probe;
mod server;
mod settings;
mod status;
mod supervisor;

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, bail};
use decnet_api::server::Tls;
use decnet_daemon::signals::Shutdown;
use decnet_membership::{Membership, Part, follow_trust_forever, renew_forever};
use decnet_pki::clock::Clock;
use tokio::task::JoinSet;

pub use crate::{
    args::{Args, RunArgs, StatusArgs, Verb, command},
    background::{Named, start},
    probe::{Both, Places, Program},
    settings::{Settings, Supervision, Surroundings},
    status::Report,
    supervisor::{Pids, PidsError, Supervisor, SupervisorError},
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
