//! Connections without TLS, for loopback only.

use std::{future::pending, io, net::SocketAddr};

use tokio::net::{TcpListener, TcpStream};

use super::{Door, Entered};

/// A port on loopback. Who is there is the address; what it may is told by what it shows.
#[derive(Debug)]
pub struct Plain(TcpListener);

impl Plain {
    /// Listens.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for an address that others can reach; others as `bind`.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let text =
                format!("{address} can be reached from other machines: without TLS, only loopback will do");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        TcpListener::bind(address).await.map(Self)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Door for Plain {
    type Knock = (TcpStream, SocketAddr);
    type Stream = TcpStream;
    type Peer = SocketAddr;

    async fn accept(&self) -> io::Result<Self::Knock> {
        self.0.accept().await
    }

    async fn enter(&self, (stream, peer): Self::Knock) -> io::Result<Entered<TcpStream, SocketAddr>> {
        stream.set_nodelay(true)?;
        Ok(Entered { stream, peer, expelled: Box::pin(pending()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn others_cannot_reach_it() {
        for text in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
            let error = Plain::bind(text.parse().unwrap()).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{text}");
        }
        assert!(Plain::bind("127.0.0.1:0".parse().unwrap()).await.is_ok());
    }
}
