//! Ships what a worker's deckies saw to its master.
//!
//! Why it exists: the agent works with Docker and the network of its host; what carries events must
//! not end with it, nor need its rights.
//!
//! ```text
//! decnet.log ──► Tail ──► Sender ══ TLS 1.3, decnet-log/1 ══► decnet-listener
//!                  ▲         │ └══ TLS, plain RFC 5425 ══════► anybody else
//!                  └─ ledger ◄┘ acknowledgements
//! artifacts/ ─► Shelf ─► Sender ══ TLS 1.3, decnet-artifact/1 ══► decnet-listener
//! ```
//!
//! Invariants:
//! - Only the listener of the host's own swarm is spoken to: chain, role and key are checked in the
//!   handshake, with what the agent of this host trusts at that moment. Where a receiver of another
//!   make is configured, only the one that its authority and name say.
//! - One forwarder for one ledger: a second one ends and names the first.
//! - Nothing is held in memory beyond a window; what is not acknowledged is read again.
//!
//! Limits: identity and trust are the agent's, who renews them; the forwarder begins a new connection
//! when they change, and at least once a day. To a receiver of another make lines come at least once,
//! for it says nothing: what its TCP has acknowledged counts.

mod args;
mod artifacts;
mod connect;
mod link;
mod live;
mod plain;
mod program;
mod ready;
mod settings;
mod shipper;
pub mod status;

use std::{io, net::SocketAddr};

use anyhow::Context as _;
use decnet_api::server::Plain;
use decnet_daemon::signals::Shutdown;
use decnet_logship::tail::{Options, Tail};
use decnet_shipping::Carrier;

pub use crate::{
    args::{Args, StatusArgs, Verb, command},
    program::program,
    ready::Unready,
    settings::{Places, PlainWay, Receiver, Settings, Unsettled, Way},
};
use crate::{artifacts::ToListener, live::Live, shipper::Shipper};

/// A forwarder that has its ledger and its log.
#[derive(Debug)]
pub struct Forwarder {
    settings: Settings,
    tail: Tail,
    artifacts: Option<Carrier<ToListener>>,
    live: Live,
    door: Option<Plain>,
}

impl Forwarder {
    /// Takes the ledger, and opens the door for those who ask how it goes. A door that is taken is no
    /// reason not to ship.
    ///
    /// # Errors
    /// The ledger is another forwarder's or damaged, or the log's folder cannot be read.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        let options = Options { lag_limit: settings.lag_limit, ..Options::default() };
        let places = &settings.places;
        let tail = Tail::open(&places.log, &places.ledger, options)
            .with_context(|| format!("cannot follow {}", places.log.display()))?;
        let mut door = None;
        if let Some(address) = places.status {
            match Plain::bind(address).await {
                Ok(bound) => door = Some(bound),
                Err(error) => tracing::error!("nobody can be told how it goes on {address}: {error}"),
            }
        }
        let live = Live::new(&settings);
        let artifacts = artifacts::carrier(&settings, &live).context("cannot ship artifacts")?;
        Ok(Self { settings, tail, artifacts, live, door })
    }

    /// Where it tells how it goes, if anywhere.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn status_address(&self) -> io::Result<Option<SocketAddr>> {
        self.door.as_ref().map(Plain::address).transpose()
    }

    /// Ships until the shutdown. That the receiver cannot be reached is no error: it is tried again.
    ///
    /// # Errors
    /// What was acknowledged could not be written down in the end.
    pub async fn run(self, shutdown: Shutdown) -> anyhow::Result<()> {
        let Self { settings, tail, artifacts, live, door } = self;
        let told = door.map(|door| {
            let live = live.clone();
            tokio::spawn(decnet_api::status::tell(door, move || live.report(), std::future::pending()))
        });
        tracing::info!("shipping {} to {}", settings.places.log.display(), settings.receiver);
        let carried = async {
            if let Some(artifacts) = artifacts {
                artifacts.run(shutdown.clone()).await;
            }
            Ok(())
        };
        let shipped = tokio::try_join!(Shipper::new(settings, tail, live).run(shutdown.clone()), carried);
        if let Some(told) = told {
            told.abort();
        }
        tracing::info!("ended");
        shipped.map(|_| ())
    }
}
