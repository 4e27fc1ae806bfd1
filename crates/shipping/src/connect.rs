//! The way to a listener of ours.

use std::{io, sync::Arc, time::Duration};

use decnet_pki::tls::server_name;
use rustls::ClientConfig;
use thiserror::Error;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How long it may take until a receiver is known to be the one.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Nobody is there who is the listener.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Nobody is there, or somebody else: which it is says the error of TLS in it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It did not say who it is in time.
    #[error("it did not say who it is within {} s", PATIENCE.as_secs())]
    Late,
    /// It speaks something else.
    #[error("it does not speak {0}")]
    Protocol(String),
}

/// Connects to a listener that `config` lets in, and agrees with it on `protocol`.
///
/// # Errors
/// [`ConnectError`].
pub async fn connect(
    (host, port): (&str, u16),
    config: Arc<ClientConfig>,
    protocol: &[u8],
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let shaken = timeout(PATIENCE, async {
        let stream = reach((host, port)).await?;
        TlsConnector::from(config).connect(server_name(), stream).await
    });
    let stream = shaken.await.map_err(|_| ConnectError::Late)??;
    if stream.get_ref().1.alpn_protocol() != Some(protocol) {
        return Err(ConnectError::Protocol(String::from_utf8_lossy(protocol).into_owned()));
    }
    Ok(stream)
}

/// Connects, without TLS yet.
///
/// # Errors
/// As `connect`.
pub async fn reach((host, port): (&str, u16)) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
