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
//! - It has no rights of root. What needs some is one of ten requests to a helper that no push
//!   replaces.
//!
//! Limits: hosts whose forwarder tells nobody how it goes take no release.

mod args;
mod ask;
mod changes;
mod failure;
mod incoming;
mod own;
mod program;
mod server;
mod settings;
mod status;
mod supervisor;
pub mod units;

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, bail};
use decnet_api::server::Tls;
use decnet_daemon::signals::Shutdown;
use decnet_membership::{Membership, Part, follow_trust_forever, renew_forever};
use decnet_pki::clock::Clock;
use decnet_proto::problem::chain;
use decnet_release::{PublicKey, key::KeyError};
use tokio::task::JoinSet;

pub use crate::{
    args::{Args, RunArgs, StatusArgs, Verb, command},
    ask::Places,
    own::{describe, watch},
    program::program,
    settings::{Folders, Settings, Supervision},
    status::Report,
    supervisor::{Pids, PidsError, Starter, StarterError},
};
use crate::{changes::Changes, own::Watchdog};

/// An updater with its door open.
#[derive(Debug)]
pub struct Updater {
    membership: Arc<Membership>,
    door: Tls,
    changes: Changes,
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
        let changes = Changes::new(settings.clone(), release_key(&membership));
        Ok(Self { membership: Arc::new(membership), door, changes })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.door.address()
    }

    /// Answers the master, renews certificates, and follows whom to trust, until the shutdown. What an
    /// earlier updater left open is ended first, while the master is answered.
    pub async fn serve(self, shutdown: Shutdown) {
        let Self { membership, door, changes } = self;
        let watchdog = Watchdog::default();
        tracing::info!("the updater of {} listens for its master", membership.name());
        let mut work = JoinSet::new();
        work.spawn(renew_forever(Arc::clone(&membership)));
        work.spawn(follow_trust_forever(membership));
        work.spawn(own::confirm(changes.settings().clone()));
        work.spawn(watchdog.clone().keep_forever(changes.settings().clone()));
        work.spawn(changes.clone().tend_forever());
        server::serve(door, changes, watchdog, shutdown).await;
        work.shutdown().await;
    }
}

/// Whose releases are taken, or why nobody's.
fn release_key(membership: &Membership) -> Result<PublicKey, String> {
    let kept = membership.release_key().map_err(|error| chain(&error))?;
    let text = kept.ok_or(
        "this updater was not told whose releases to take when it joined: `decnet-updater join --again`",
    )?;
    text.parse().map_err(|error: KeyError| chain(&error))
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
