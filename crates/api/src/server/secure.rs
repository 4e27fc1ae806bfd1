//! Connections with TLS by which only the server shows who it is: for browsers.

use std::{future::pending, io, net::SocketAddr, sync::Arc};

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Door, Entered};

/// A port with TLS. Who is there is the address; what it may is told by what it shows.
#[derive(Debug)]
pub struct Secure {
    listener: TcpListener,
    config: Arc<ServerConfig>,
}

impl Secure {
    /// Listens.
    ///
    /// # Errors
    /// As `bind`.
    pub async fn bind(address: SocketAddr, config: Arc<ServerConfig>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { listener, config })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Door for Secure {
    type Knock = (TcpStream, SocketAddr);
    type Stream = TlsStream<TcpStream>;
    type Peer = SocketAddr;

    async fn accept(&self) -> io::Result<Self::Knock> {
        self.listener.accept().await
    }

    async fn enter(&self, (stream, peer): Self::Knock) -> io::Result<Entered<Self::Stream, SocketAddr>> {
        stream.set_nodelay(true)?;
        let stream = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await?;
        Ok(Entered { stream, peer, expelled: Box::pin(pending()) })
    }
}
