//! TLS on a connection that is already there.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use decnet_event::Kind;
use openssl::ssl::{NameType, SslRef};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, timeout_at},
};
use tokio_openssl::SslStream;

use super::{ByteStream, Conn, End, Transfer};
use crate::{caps, tls::TlsServer};

impl Conn {
    /// Performs a TLS handshake as a server and goes on over TLS.
    ///
    /// Bytes that the peer sent before the handshake began (a STARTTLS injection) are dropped,
    /// unless `keep_buffered`: then they are the beginning of the handshake.
    ///
    /// # Errors
    /// [`End::Peer`] when the handshake fails, [`End::Idle`] when it takes longer than
    /// [`caps::TLS_HANDSHAKE`]; the failure was already said in an event.
    pub async fn upgrade_tls(&mut self, server: &TlsServer, keep_buffered: bool) -> Result<(), End> {
        let early = if keep_buffered { self.buffered().to_vec() } else { Vec::new() };
        self.consume(usize::MAX);
        // The placeholder is only seen if the handshake fails, and then the session is over.
        let io = std::mem::replace(&mut self.io, Box::new(tokio::io::empty()));
        self.io = self.handshake(server, Prefixed { early, io }).await?;
        self.secure = true;
        Ok(())
    }

    /// The same for a transfer beside the session.
    ///
    /// # Errors
    /// As [`Conn::upgrade_tls`].
    pub async fn secure_transfer(&mut self, transfer: Transfer, server: &TlsServer) -> Result<Transfer, End> {
        let plain = Prefixed { early: Vec::new(), io: transfer.into_inner() };
        self.handshake(server, plain).await.map(Transfer::new)
    }

    async fn handshake(&mut self, server: &TlsServer, plain: Prefixed) -> Result<Box<dyn ByteStream>, End> {
        let stream = server.session().and_then(|session| SslStream::new(session, plain));
        let mut stream = stream.map_err(|error| self.tls_failed(&error.to_string()))?;
        let until = Instant::now() + caps::TLS_HANDSHAKE;
        match timeout_at(until, Pin::new(&mut stream).accept()).await {
            Ok(Ok(())) => {
                self.tls_done(stream.ssl());
                Ok(Box::new(stream))
            }
            Ok(Err(error)) => Err(self.tls_failed(&error.to_string())),
            Err(_) => {
                self.tls_failed("no handshake in time");
                Err(End::Idle)
            }
        }
    }

    fn tls_failed(&self, error: &str) -> End {
        self.emit(Kind::TlsFailed { error: error.to_owned() });
        End::Peer
    }

    fn tls_done(&self, ssl: &SslRef) {
        self.emit(Kind::TlsSession {
            tls_version: ssl.version_str().to_owned(),
            cipher: ssl.current_cipher().map(|c| c.name().to_owned()).unwrap_or_default(),
            sni: ssl.servername_raw(NameType::HOST_NAME).map(<[u8]>::to_vec),
            alpn: ssl.selected_alpn_protocol().map(<[u8]>::to_vec),
        });
    }
}

/// A stream whose first bytes were already read.
struct Prefixed {
    early: Vec<u8>,
    io: Box<dyn ByteStream>,
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, out);
        }
        let count = self.early.len().min(out.remaining());
        out.put_slice(self.early.get(..count).unwrap_or_default());
        self.early.drain(..count);
        if self.early.is_empty() {
            self.early = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
