//! Two ends that meet in memory.

use std::{io, sync::Arc, time::Duration};

use decnet_pki::{peer::Peer, tls};
use rustls::{AlertDescription, ClientConfig, Error, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How the two ends of a meeting fared: a byte went there and back, or why not.
pub(crate) struct Met {
    pub(crate) client: io::Result<()>,
    pub(crate) server: io::Result<Option<Peer>>,
}

impl Met {
    /// Whether both ends take the other for who it says.
    pub(crate) fn passed(&self) -> bool {
        assert_eq!(self.client.is_ok(), self.server.is_ok(), "one end thinks it speaks with the other");
        self.client.is_ok()
    }
}

/// Lets two ends meet.
pub(crate) async fn meet(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Met {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let client = async {
        let mut stream = TlsConnector::from(client).connect(tls::server_name(), near).await?;
        stream.write_all(b"?").await?;
        stream.read_exact(&mut [0]).await?;
        io::Result::Ok(())
    };
    let server = async {
        let mut stream = TlsAcceptor::from(server).accept(far).await?;
        stream.read_exact(&mut [0]).await?;
        stream.write_all(b"!").await?;
        stream.flush().await?;
        Ok(Peer::of_connection(stream.get_ref().1).unwrap())
    };
    let both = tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(client, server) });
    let (client, server) = both.await.expect("a handshake hangs");
    Met { client, server }
}

/// The alert that an end was sent.
pub(crate) fn alert<T>(result: &io::Result<T>) -> Option<AlertDescription> {
    let inner = result.as_ref().err()?.get_ref()?;
    match inner.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}
