//! Connections out.

use std::{io, sync::Arc};

use decnet_pki::tls::server_name;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::TlsConnector;

use super::{CallError, Client, Way, conversation::Conversation};

/// Bytes that are gathered before they are sent, and most of an answer's head. A master sends a release to many
/// hosts at once: the usual six times as much, for each of them, would be most of what it needs.
const AHEAD: usize = 64 * 1024;

impl Client {
    pub(super) async fn connect(&self) -> Result<Conversation, CallError> {
        match &self.way {
            Way::Unix(path) => {
                let stream = UnixStream::connect(path).await.map_err(|error| self.unreachable(error))?;
                self.speak(stream).await
            }
            Way::Plain(address) => {
                let stream = self.reach(address).await?;
                self.speak(stream).await
            }
            Way::Tls(address, config) => {
                let stream = self.reach(address).await?;
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(server_name(), stream).await;
                self.speak(stream.map_err(|error| self.broken("agree on TLS", error))?).await
            }
        }
    }

    async fn reach(&self, address: &str) -> Result<TcpStream, CallError> {
        let stream = TcpStream::connect(address).await.map_err(|error| self.unreachable(error))?;
        stream.set_nodelay(true).map_err(|error| self.broken("connect", error))?;
        Ok(stream)
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Conversation, CallError> {
        let shaken = http1::Builder::new().max_buf_size(AHEAD).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|error| self.broken("speak HTTP", error))?;
        // It ends when the sender is dropped, or the server closes.
        let carried = tokio::spawn(async {
            // Who waits for an answer is told of an error itself.
            let _ = connection.await;
        });
        Ok(Conversation { sender, carried })
    }

    fn unreachable(&self, source: io::Error) -> CallError {
        let way = self.way.clone();
        match source.kind() {
            io::ErrorKind::PermissionDenied => CallError::Forbidden { way },
            io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::TimedOut => CallError::Absent { way, source },
            _ => self.broken("connect", source),
        }
    }
}
