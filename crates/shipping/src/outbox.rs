//! What is to be written to a connection.

use std::{future::pending, io};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// Frames that are not written yet.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The frames, to add to them.
    pub frames: Vec<u8>,
    written: usize,
    /// Whether TLS may still hold some of what was written.
    is_unflushed: bool,
}

/// What left us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// So many bytes.
    Bytes(usize),
    /// Everything, out of TLS, too.
    All,
}

impl Outbox {
    /// Whether there is nothing to be written.
    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// Whether nothing is left here or in TLS.
    pub fn is_flushed(&self) -> bool {
        self.is_empty() && !self.is_unflushed
    }

    /// Writes some of what is to be written; waits for ever when there is nothing.
    pub async fn push<T: AsyncWrite + Unpin>(&self, writer: &mut T) -> io::Result<Pushed> {
        if !self.is_empty() {
            writer.write(self.rest()).await.map(Pushed::Bytes)
        } else if self.is_unflushed {
            writer.flush().await.map(|()| Pushed::All)
        } else {
            pending().await
        }
    }

    /// Takes note of it.
    pub fn advance(&mut self, pushed: Pushed) {
        let Pushed::Bytes(count) = pushed else {
            self.is_unflushed = false;
            return;
        };
        self.written += count;
        self.is_unflushed = true;
        if self.is_empty() {
            self.frames.clear();
            self.written = 0;
        }
    }

    fn rest(&self) -> &[u8] {
        self.frames.get(self.written..).unwrap_or_default()
    }
}
