//! One connection, as a service sees it: bounded reads, patient writes, and who the peer is.
//!
//! A service never sees a socket. It reads through the session's input buffer, which holds at
//! most [`caps::INPUT_BUFFER`] bytes and costs nothing while it is empty; every wait has a
//! bound; every way a connection can end is an [`End`].

mod duplex;
mod ephemeral;
mod read;
mod secure;
#[cfg(test)]
mod tests;
mod witness;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use decnet_event::{Kind, Origin, Session};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout_at},
};

pub use duplex::Outbox;
pub use ephemeral::{Ephemeral, Transfer};
pub use read::Line;
pub use witness::{Claim, Witness};

use crate::{artifact::ArtifactWriter, caps, host::Host};

/// Any bytes both ways: a socket, TLS on one, a pipe in a test.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> ByteStream for T {}

/// How a connection ended other than by the service's own wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closed or reset it.
    Peer,
    /// The peer was silent, or did not read, for too long.
    Idle,
    /// It lived as long as any connection may.
    Deadline,
    /// The peer wanted more memory than a session has.
    Budget,
    /// The decoy shuts down, or the service was taken away.
    Shutdown,
    /// The service closed it, as the product does.
    Service,
}

impl End {
    /// The word in the `disconnect` event.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Idle => "idle",
            Self::Deadline => "deadline",
            Self::Budget => "budget",
            Self::Shutdown => "shutdown",
            Self::Service => "service",
        }
    }
}

/// One connection.
pub struct Conn {
    io: Box<dyn ByteStream>,
    input: Vec<u8>,
    /// Bytes at the start of `input` that the service has consumed.
    consumed: usize,
    host: Arc<Host>,
    origin: Arc<Origin>,
    session: Session,
    idle: Duration,
    deadline: Instant,
    claimed: usize,
    bytes_in: u64,
    bytes_out: u64,
    secure: bool,
    lingers: bool,
}

impl Conn {
    /// A connection of `session` to the service whose origin is given.
    pub fn new(io: Box<dyn ByteStream>, host: Arc<Host>, origin: Arc<Origin>, session: Session) -> Self {
        Self {
            io,
            input: Vec::new(),
            consumed: 0,
            host,
            origin,
            session,
            idle: Duration::from_secs(300),
            deadline: Instant::now() + caps::SESSION_LIFE,
            claimed: 0,
            bytes_in: 0,
            bytes_out: 0,
            secure: false,
            lingers: true,
        }
    }

    /// The decoy that the peer reached.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Address and port of the peer.
    pub fn peer(&self) -> SocketAddr {
        self.session.src
    }

    /// Address and port of the decoy that the peer reached.
    pub fn local(&self) -> SocketAddr {
        self.session.dst
    }

    /// Whether TLS protects the connection.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The wall clock, for answers that name the time.
    pub fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// How long a read waits for the peer from now on; 300 seconds at first.
    pub fn set_idle_timeout(&mut self, idle: Duration) {
        self.idle = idle;
    }

    /// Bytes received and sent so far, below TLS not counted.
    pub fn traffic(&self) -> (u64, u64) {
        (self.bytes_in, self.bytes_out)
    }

    /// Says what happened, under this session's identity.
    pub fn emit(&self, kind: Kind) {
        self.host.emitter.emit(&self.origin, Some(self.session), kind);
    }

    /// Says that the peer broke the protocol.
    pub fn protocol_error(&self, error: &'static str, data: &[u8]) {
        let data = data.get(..caps::ERROR_SAMPLE).unwrap_or(data).to_vec();
        self.emit(Kind::ProtocolError { error, data });
    }

    /// Begins to keep a file that the peer brings under the name it gave.
    pub fn artifact(&self, orig_path: &[u8], source: &'static str) -> ArtifactWriter {
        let (emitter, origin) = (Arc::clone(&self.host.emitter), Arc::clone(&self.origin));
        ArtifactWriter::open(emitter, origin, self.session, orig_path, source)
    }

    /// Claims memory for what the service keeps of the peer's input.
    ///
    /// # Errors
    /// [`End::Budget`] beyond [`caps::SESSION_MEMORY`], or when all sessions together hold
    /// [`caps::DECOY_MEMORY`].
    pub fn claim(&mut self, bytes: usize) -> Result<(), End> {
        if self.claimed.saturating_add(bytes) > caps::SESSION_MEMORY || !self.host.claim(bytes) {
            return Err(End::Budget);
        }
        self.claimed += bytes;
        Ok(())
    }

    /// Gives claimed memory back.
    pub fn release(&mut self, bytes: usize) {
        let bytes = bytes.min(self.claimed);
        self.claimed -= bytes;
        self.host.release(bytes);
    }

    /// Waits, as a product does that answers slowly on purpose.
    ///
    /// # Errors
    /// [`End::Deadline`] when the connection's life ends first.
    pub async fn pause(&mut self, duration: Duration) -> Result<(), End> {
        let until = Instant::now() + duration;
        tokio::time::sleep_until(until.min(self.deadline)).await;
        if until > self.deadline { Err(End::Deadline) } else { Ok(()) }
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// [`End::Peer`] when the peer is gone, [`End::Idle`] when it does not read for
    /// [`caps::WRITE_PATIENCE`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        let until = (Instant::now() + caps::WRITE_PATIENCE).min(self.deadline);
        let write = async {
            self.io.write_all(bytes).await?;
            self.io.flush().await
        };
        timeout_at(until, write).await.map_err(|_| End::Idle)?.map_err(|_| End::Peer)?;
        self.bytes_out += bytes.len() as u64;
        Ok(())
    }

    /// Lets [`Conn::close`] not wait for the peer: for products that close at once when all that
    /// the peer sent was read.
    pub fn close_at_once(&mut self) {
        self.lingers = false;
    }

    /// Ends the connection in good order: what was sent arrives, what still comes is read away
    /// for a moment.
    pub async fn close(&mut self) {
        if !self.lingers && self.buffered().is_empty() {
            if self.secure {
                let _ = timeout_at(Instant::now() + caps::LINGER, self.io.shutdown()).await;
            }
            return;
        }
        let until = Instant::now() + caps::LINGER;
        if timeout_at(until, self.io.shutdown()).await.is_ok_and(|r| r.is_ok()) {
            let mut left = caps::LINGER_BYTES;
            while let Ok(Ok(count @ 1..)) = timeout_at(until, self.read_some_away()).await {
                left = left.saturating_sub(count);
                if left == 0 {
                    break;
                }
            }
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.host.release(self.claimed);
    }
}
