//! Connections with TLS: who is there has shown it within the handshake.

use std::{future::pending, io, net::SocketAddr, sync::Arc};

use decnet_pki::{admission::Admission, peer::Peer, sessions::Sessions};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Door, Entered};

/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its address.
    pub address: SocketAddr,
    /// What its certificate says; none where it showed none, and the server lets that be.
    pub peer: Option<Peer>,
}

/// A port with TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    listener: Arc<TcpListener>,
    config: Arc<ServerConfig>,
    sessions: Sessions,
    admission: Arc<dyn Admission>,
}

impl Tls {
    /// Listens. Connections are entered into `sessions`, which cuts those of who is revoked;
    /// `admission` is that of `config`.
    ///
    /// # Errors
    /// As `bind`.
    pub async fn bind(
        address: SocketAddr,
        config: Arc<ServerConfig>,
        sessions: Sessions,
        admission: Arc<dyn Admission>,
    ) -> io::Result<Self> {
        let listener = Arc::new(TcpListener::bind(address).await?);
        Ok(Self { listener, config, sessions, admission })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Door for Tls {
    type Knock = (TcpStream, SocketAddr);
    type Stream = TlsStream<TcpStream>;
    type Peer = Caller;

    async fn accept(&self) -> io::Result<Self::Knock> {
        self.listener.accept().await
    }

    async fn enter(&self, (stream, address): Self::Knock) -> io::Result<Entered<Self::Stream, Caller>> {
        stream.set_nodelay(true)?;
        let stream = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let Some(certificate) = shown else {
            let peer = Caller { address, peer: None };
            return Ok(Entered { stream, peer, expelled: Box::pin(pending()) });
        };
        let peer = Peer::of(certificate).map_err(io::Error::other)?;
        // Asked once more: it may have been revoked since the handshake.
        let session = self.sessions.enter(&peer, &*self.admission).map_err(io::Error::other)?;
        let expelled = Box::pin(async move {
            session.closed().await;
            drop(session);
        });
        Ok(Entered { stream, peer: Caller { address, peer: Some(peer) }, expelled })
    }
}
