//! A call: a connection from a chosen address of loopback, and TLS over it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use decnet_membership::{Membership, Part};
use decnet_pki::{clock::Clock, tls::server_name};
use rustls::ClientConfig;
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How long the listener may take to answer before that is no answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to the listener as a host has it.
pub(crate) type Call = TlsStream<TcpStream>;

/// How a listener took a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It said what it has.
    In,
    /// It ended the connection.
    Refused,
    /// It said nothing.
    Silent,
}

/// The address of loopback with this number, from which nobody else calls.
pub(crate) fn source(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 9, high, low)
}

/// A connection without TLS.
pub(crate) async fn dial(listener: SocketAddr, from: Ipv4Addr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4().context("making a socket")?;
    socket.bind((from, 0).into()).with_context(|| format!("taking the address {from}"))?;
    let stream = timeout(PATIENCE, socket.connect(listener)).await.context("connecting")?;
    let stream = stream.with_context(|| format!("connecting to {listener} from {from}"))?;
    stream.set_nodelay(true).context("setting up a connection")?;
    Ok(stream)
}

/// A connection with TLS.
pub(crate) async fn call(listener: SocketAddr, from: Ipv4Addr, shown: Arc<ClientConfig>) -> Result<Call> {
    let stream = dial(listener, from).await?;
    let shaken = timeout(PATIENCE, TlsConnector::from(shown).connect(server_name(), stream)).await;
    shaken.context("shaking hands")?.context("shaking hands")
}

/// What the host whose agent's identity is in `folder` shows.
pub(crate) fn host(folder: &Path, protocols: &[&[u8]]) -> Result<Arc<ClientConfig>> {
    let membership = Membership::open(Part::Agent, folder, Clock::system())?;
    let membership = membership.with_context(|| format!("{} has no identity", folder.display()))?;
    Ok(membership.to_listener(protocols)?)
}

/// Whether a listener lets this call in: it speaks first.
pub(crate) async fn greeted(call: &mut Call) -> Taken {
    let mut byte = [0];
    match timeout(PATIENCE, call.read(&mut byte)).await {
        Ok(Ok(0) | Err(_)) => Taken::Refused,
        Ok(Ok(_)) => Taken::In,
        Err(_) => Taken::Silent,
    }
}
