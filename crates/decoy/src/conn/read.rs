//! Reading: through one small buffer that exists only while it holds something.

use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead as _, ReadBuf},
    time::{Instant, timeout_at},
};

use super::{ByteStream, Conn, End};
use crate::caps;

/// Bytes taken from the socket at once. They pass over the stack, so that an idle connection
/// holds no buffer at all.
const GULP: usize = 16 * 1024;

/// A line as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The line without its line feed; a carriage return before it is still there.
    Whole(Vec<u8>),
    /// No line feed came within the bound: the first bytes, the rest is still to come.
    TooLong(Vec<u8>),
}

impl Conn {
    /// What was received and not consumed yet.
    pub fn buffered(&self) -> &[u8] {
        self.input.get(self.consumed..).unwrap_or_default()
    }

    /// Takes `count` bytes off the buffer; more than there are takes all.
    pub fn consume(&mut self, count: usize) {
        self.consumed = self.consumed.saturating_add(count).min(self.input.len());
        if self.consumed == self.input.len() {
            // An idle session keeps no buffer, however large it once was.
            self.input = Vec::new();
            self.consumed = 0;
        }
    }

    /// Receives at least one byte more into the buffer.
    ///
    /// # Errors
    /// [`End::Peer`] when nothing more can come, [`End::Idle`] and [`End::Deadline`] when it did
    /// not come in time, [`End::Budget`] when the buffer is full.
    pub async fn fill(&mut self) -> Result<usize, End> {
        let room = caps::INPUT_BUFFER.saturating_sub(self.buffered().len());
        if room == 0 {
            return Err(End::Budget);
        }
        self.host.emitter.room().await;
        if self.consumed > 0 {
            self.input.drain(..self.consumed);
            self.consumed = 0;
        }
        let idle = Instant::now() + self.idle;
        let (io, input) = (&mut self.io, &mut self.input);
        let read = poll_fn(|cx| poll_gulp(io, cx, room, |bytes| input.extend_from_slice(bytes)));
        match timeout_at(idle.min(self.deadline), read).await {
            Ok(Ok(count @ 1..)) => {
                self.bytes_in += count as u64;
                Ok(count)
            }
            Ok(_) => Err(End::Peer),
            Err(_) if idle < self.deadline => Err(End::Idle),
            Err(_) => Err(End::Deadline),
        }
    }

    /// The next line of at most `max` bytes (line feed not counted).
    ///
    /// # Errors
    /// As [`Conn::fill`]; what came before the end of the stream stays in the buffer.
    pub async fn read_line(&mut self, max: usize) -> Result<Line, End> {
        let max = max.min(caps::INPUT_BUFFER - 1);
        let mut searched = 0;
        loop {
            let fresh = self.buffered().get(searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|b| *b == b'\n').map(|at| at + searched) {
                if at > max {
                    return Ok(Line::TooLong(self.take(max)));
                }
                let line = self.take(at);
                self.consume(1);
                return Ok(Line::Whole(line));
            }
            searched = self.buffered().len();
            if searched > max {
                return Ok(Line::TooLong(self.take(max)));
            }
            self.fill().await?;
        }
    }

    /// Exactly `count` bytes, at most [`caps::INPUT_BUFFER`].
    ///
    /// # Errors
    /// As [`Conn::fill`]; [`End::Budget`] when `count` exceeds the buffer.
    pub async fn read_exact(&mut self, count: usize) -> Result<Vec<u8>, End> {
        if count > caps::INPUT_BUFFER {
            return Err(End::Budget);
        }
        while self.buffered().len() < count {
            self.fill().await?;
        }
        Ok(self.take(count))
    }

    /// Takes `count` bytes, or as many as there are, out of the buffer.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        let count = count.min(self.buffered().len());
        let bytes = self.buffered().get(..count).unwrap_or_default().to_vec();
        self.consume(count);
        bytes
    }

    /// Reads bytes away without keeping them.
    pub(super) async fn read_some_away(&mut self) -> io::Result<usize> {
        let io = &mut self.io;
        poll_fn(|cx| poll_gulp(io, cx, GULP, |_| ())).await
    }
}

/// Polls for at most `room` bytes and hands them to `keep`; 0 bytes are the end of the stream.
pub(super) fn poll_gulp(
    io: &mut Box<dyn ByteStream>,
    cx: &mut Context<'_>,
    room: usize,
    keep: impl FnOnce(&[u8]),
) -> Poll<io::Result<usize>> {
    let mut stack = [MaybeUninit::<u8>::uninit(); GULP];
    let window = stack.get_mut(..room.min(GULP)).unwrap_or_default();
    let mut buffer = ReadBuf::uninit(window);
    ready!(Pin::new(io).poll_read(cx, &mut buffer))?;
    keep(buffer.filled());
    Poll::Ready(Ok(buffer.filled().len()))
}
