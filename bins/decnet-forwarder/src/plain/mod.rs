//! Shipping to a receiver that is no listener of ours: plain RFC 5425, by TLS 1.2 or 1.3.
//!
//! Such a receiver says nothing, so what its system has taken counts: what its TCP has acknowledged of
//! what we wrote. What it had not when a connection breaks is sent again.

mod link;
mod meter;
pub(crate) mod tls;

use std::{io, time::Duration};

use anyhow::Context as _;
use decnet_logship::{
    ship::{PlainSender, Window},
    tail::Tail,
};
use decnet_shipping::{PATIENCE, reach};
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub(crate) use self::link::carry;
use self::meter::{Counted, Meter};
use crate::settings::{PlainWay, Receiver};

/// What may be on its way, and so what may come twice.
const WINDOW: Window = Window { bytes: 1 << 20, chunk: 128 << 10 };

/// How long a peer may take to acknowledge what we wrote, or that it is there, by TCP alone: it has no
/// other way to say so.
const LOST_AFTER: Duration = Duration::from_secs(60);

/// A connection, and how much of it the peer has taken.
pub(crate) type Link = (TlsStream<Counted<TcpStream>>, Meter);

/// Who sends to it.
pub(crate) fn sender(tail: Tail) -> PlainSender<Tail> {
    // It is for events that a gap becomes: without a name, the nil of RFC 5424.
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    PlainSender::new(tail, WINDOW, host.unwrap_or_else(|| "-".to_owned()))
}

/// Connects to the receiver that the authority and the name say.
///
/// # Errors
/// Nobody is there who is that one, or our own files cannot be used.
pub(crate) async fn connect(receiver: &Receiver, way: &PlainWay) -> anyhow::Result<Link> {
    let config = tls::client(way)?;
    let name = ServerName::try_from(way.name.as_str().to_owned()).context("receiver-name is no name")?;
    let shaken = timeout(PATIENCE, async {
        let stream = reach((receiver.host.as_str(), receiver.port)).await?;
        watch_over(&stream)?;
        let (stream, meter) = meter::measured(stream)?;
        Ok((TlsConnector::from(config).connect(name, stream).await?, meter))
    });
    let link: io::Result<Link> = shaken.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    Ok(link?)
}

/// A peer whose machine is gone is noticed.
fn watch_over(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(LOST_AFTER / 2).with_interval(LOST_AFTER / 6))?;
    socket.set_tcp_user_timeout(Some(LOST_AFTER))
}
