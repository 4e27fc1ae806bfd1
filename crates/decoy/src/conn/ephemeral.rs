//! A second port for one session, as passive FTP needs.

use std::{future::poll_fn, io, time::Duration};

use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    time::{Instant, timeout, timeout_at},
};

use super::{ByteStream, Conn, End, read::poll_gulp};
use crate::caps;

/// A port that waits for one connection of the session's own peer.
#[derive(Debug)]
pub struct Ephemeral {
    listener: TcpListener,
    port: u16,
}

/// A connection beside the session's own, for one transfer.
pub struct Transfer {
    io: Box<dyn ByteStream>,
    idle: Duration,
}

impl Conn {
    /// Opens a port, chosen by the system, on the address that the peer reached.
    ///
    /// # Errors
    /// The system's error, as when no file descriptor is left.
    pub async fn listen_ephemeral(&self) -> io::Result<Ephemeral> {
        let listener = TcpListener::bind((self.local().ip(), 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Ephemeral { listener, port })
    }

    /// Waits for the peer's connection to `ephemeral`; those of others are closed at once.
    ///
    /// # Errors
    /// [`End::Idle`] when it does not come within [`caps::EPHEMERAL_WAIT`].
    pub async fn accept_transfer(&self, ephemeral: &Ephemeral) -> Result<Transfer, End> {
        let until = Instant::now() + caps::EPHEMERAL_WAIT;
        loop {
            let accepted = timeout_at(until, ephemeral.listener.accept()).await.map_err(|_| End::Idle)?;
            match accepted {
                Ok((io, from)) if from.ip().to_canonical() == self.peer().ip().to_canonical() => {
                    return Ok(Transfer::new(Box::new(io)));
                }
                Ok(_) => {}
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl Ephemeral {
    /// The port's number.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Transfer {
    /// A transfer over any byte stream.
    pub fn new(io: Box<dyn ByteStream>) -> Self {
        Self { io, idle: Duration::from_secs(60) }
    }

    /// Appends at least one byte to `out` and says how many; 0 at the end of the stream.
    ///
    /// # Errors
    /// [`End::Idle`] when nothing comes in time, [`End::Peer`] when the stream breaks.
    pub async fn read(&mut self, out: &mut Vec<u8>) -> Result<usize, End> {
        let io = &mut self.io;
        let read = poll_fn(|cx| poll_gulp(io, cx, usize::MAX, |bytes| out.extend_from_slice(bytes)));
        timeout(self.idle, read).await.map_err(|_| End::Idle)?.map_err(|_| End::Peer)
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// As [`Conn::write`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        let write = timeout(caps::WRITE_PATIENCE, self.io.write_all(bytes));
        write.await.map_err(|_| End::Idle)?.map_err(|_| End::Peer)
    }

    /// Ends the transfer, so that the peer sees the end of the stream.
    pub async fn close(mut self) {
        let _ = timeout(caps::LINGER, self.io.shutdown()).await;
    }

    /// The stream itself, for TLS on it.
    pub(super) fn into_inner(self) -> Box<dyn ByteStream> {
        self.io
    }
}

/// A plain TCP connection is a byte stream like any other.
impl From<TcpStream> for Transfer {
    fn from(io: TcpStream) -> Self {
        Self::new(Box::new(io))
    }
}
