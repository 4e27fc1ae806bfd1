//! Ships what a worker's deckies saw to its master.
//!
//! Why it exists: the agent works with Docker and the network of its host; what carries events must
//! not end with it, nor need its rights.
//!
//! ```text
//! decnet.log ──► Tail ──► Sender ══ TLS 1.3, decnet-log/1 ══► decnet-listener
//!                  ▲         │
//!                  └─ ledger ◄┘ acknowledgements
//! ```
//!
//! Invariants:
//! - Only the listener of the host's own swarm is spoken to: chain, role and key are checked in the
//!   handshake, with what the agent of this host trusts at that moment.
//! - One forwarder for one ledger: a second one ends and names the first.
//! - Nothing is held in memory beyond a window; what is not acknowledged is read again.
//!
//! Limits: identity and trust are the agent's, who renews them; the forwarder reads them anew with
//! every connection, and begins one at least once a day.

mod args;
mod connect;
mod link;
mod settings;

use std::time::Duration;

use anyhow::Context as _;
use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    ship::{Sender, Window},
    tail::{Options, Tail},
};
use decnet_membership::{Pace, chance};
use tokio::time::{Instant, sleep, timeout};

pub use crate::{
    args::{Args, command},
    settings::Settings,
};
use crate::{connect::connect, link::Epoch};

/// How long a connection may last: certificates and trust are read anew for the next.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Ships until the shutdown.
///
/// # Errors
/// The ledger is another forwarder's or damaged, or the log's folder cannot be read. That the
/// listener cannot be reached is no error: it is tried again.
pub async fn run(settings: Settings, mut shutdown: Shutdown) -> anyhow::Result<()> {
    let options = Options { lag_limit: settings.lag_limit, ..Options::default() };
    let tail = Tail::open(&settings.log, &settings.ledger, options)
        .with_context(|| format!("cannot follow {}", settings.log.display()))?;
    let mut sender = Sender::new(tail, Window::default());
    let (epoch, mut pace) = (Epoch(Instant::now()), Pace::default());
    tracing::info!("shipping {} to {}", settings.log.display(), settings.listener);
    while !shutdown.is_requested() {
        let before = sender.acknowledgements();
        match attempt(&settings, &mut sender, epoch, &mut shutdown).await {
            Ok(()) => {}
            Err(error) => tracing::warn!("cannot ship to {}: {error:#}", settings.listener),
        }
        sender.disconnect();
        sender.source().save().context("cannot write down what was acknowledged")?;
        if sender.acknowledgements() > before {
            pace = Pace::default();
        }
        tokio::select! {
            () = sleep(pace.next(chance())) => {}
            () = shutdown.requested() => {}
        }
    }
    tracing::info!("ended");
    Ok(())
}

async fn attempt(
    settings: &Settings,
    sender: &mut Sender<Tail>,
    epoch: Epoch,
    shutdown: &mut Shutdown,
) -> anyhow::Result<()> {
    let stream = connect(settings).await?;
    let ended = timeout(LONGEST, link::carry(stream, sender, epoch, settings.poll, shutdown)).await;
    Ok(ended.unwrap_or(Ok(()))?)
}
