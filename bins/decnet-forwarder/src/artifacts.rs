//! Captured files, to the listener of the host's own swarm.

use std::path::PathBuf;

use decnet_logship::artifact::{ShelfError, wire::PROTOCOL};
use decnet_shipping::{Artifacts, Carrier, Going};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::{
    connect::{NotConnected, Standing, connect},
    live::Live,
    settings::{Receiver, Settings, Way},
};

/// The way there.
#[derive(Debug)]
pub(crate) struct ToListener {
    receiver: Receiver,
    /// As whom.
    identity: PathBuf,
    /// What we were when the connection was begun.
    standing: Standing,
    live: Live,
}

impl decnet_shipping::Way for ToListener {
    type Stream = TlsStream<TcpStream>;
    type Error = NotConnected;

    fn receiver(&self) -> String {
        self.receiver.to_string()
    }

    async fn connect(&mut self) -> Result<Self::Stream, NotConnected> {
        self.standing = Standing::of(&self.identity);
        connect(&self.receiver, &self.identity, PROTOCOL).await
    }

    fn going(&self) -> Going {
        self.standing.going()
    }

    fn tell(&self, artifacts: Artifacts) {
        self.live.artifacts(artifacts);
    }
}

/// Who carries the host's captured files; nobody where the receiver is no listener of ours, who would
/// not know what to do with them.
pub(crate) fn carrier(settings: &Settings, live: &Live) -> Result<Option<Carrier<ToListener>>, ShelfError> {
    let Way::Swarm(identity) = &settings.way else { return Ok(None) };
    let (receiver, standing) = (settings.receiver.clone(), Standing::of(identity));
    let way = ToListener { receiver, identity: identity.clone(), standing, live: live.clone() };
    let places = &settings.places;
    Carrier::open(&places.artifacts, &places.ledger.join("artifacts"), way).map(Some)
}
