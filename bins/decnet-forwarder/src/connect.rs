//! The way to the listener.

use std::{io, time::Duration};

use anyhow::{Context as _, bail};
use decnet_logship::wire::PROTOCOL;
use decnet_membership::{Membership, Part};
use decnet_pki::{clock::Clock, tls::server_name};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::settings::Settings;

/// How long it may take until the listener is known to be the one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects to the listener, as the host that the agent's folder says we are.
///
/// # Errors
/// The host is in no swarm, or nobody is there who is its listener.
pub(crate) async fn connect(settings: &Settings) -> anyhow::Result<TlsStream<TcpStream>> {
    let identity = &settings.identity;
    let opened = Membership::open(Part::Agent, identity, Clock::system());
    let Some(membership) = opened.context("cannot take the host's place in its swarm")? else {
        bail!("this host is in no swarm: `decnet-agent join` with a token lets it in");
    };
    let config = membership.to_listener(&[PROTOCOL])?;
    let (host, port) = (settings.listener.host.as_str(), settings.listener.port);
    let shaken = timeout(PATIENCE, async {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(config).connect(server_name(), stream).await
    });
    let stream = shaken.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    if stream.get_ref().1.alpn_protocol() != Some(PROTOCOL) {
        bail!("it does not speak {}", String::from_utf8_lossy(PROTOCOL));
    }
    Ok(stream)
}
