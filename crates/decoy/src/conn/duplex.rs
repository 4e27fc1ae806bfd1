//! Both directions at once, for protocols in which neither side waits for the other.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::AsyncWrite as _,
    time::{Instant, timeout_at},
};

use super::{ByteStream, Conn, End, read::poll_gulp};
use crate::caps;

/// Bytes that wait to be sent. It costs nothing while it is empty.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
    /// Since when the peer has taken nothing.
    stalled: Option<Instant>,
}

impl Outbox {
    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.sent)
    }

    /// Whether none do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where new bytes are put.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        if self.sent > 0 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
        &mut self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.sent += count;
        self.stalled = None;
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Sends as much as goes; ready when nothing waits any more.
    fn poll_send(&mut self, io: &mut Box<dyn ByteStream>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut total = 0;
        while !self.is_empty() {
            let waiting = self.bytes.get(self.sent..).unwrap_or_default();
            match Pin::new(&mut *io).poll_write(cx, waiting) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    total += count;
                    self.advance(count);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if total == 0 => return Poll::Pending,
                // The caller counts what went and polls again, which asks to be woken.
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(total))
    }

    /// Until when the peer has to take something.
    fn patience(&mut self) -> Option<Instant> {
        if self.is_empty() {
            return None;
        }
        Some(*self.stalled.get_or_insert_with(Instant::now) + caps::WRITE_PATIENCE)
    }
}

impl Conn {
    /// Receives at least one and at most `most` bytes to the end of `input`, and sends what waits
    /// in `out` meanwhile. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// As [`Conn::fill`]; [`End::Idle`] also when the peer takes nothing for
    /// [`caps::WRITE_PATIENCE`].
    pub async fn exchange(
        &mut self,
        input: &mut Vec<u8>,
        most: usize,
        out: &mut Outbox,
    ) -> Result<usize, End> {
        if !out.is_empty() {
            // What can go at once goes before anything else is waited for.
            self.send_now(out).await?;
        }
        self.host.emitter.room().await;
        let idle = Instant::now() + self.idle;
        loop {
            let until = out.patience().map_or(idle, |patience| patience.min(idle)).min(self.deadline);
            let io = &mut self.io;
            let turn = poll_fn(|cx| {
                match out.poll_send(io, cx) {
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Ready(Ok(sent @ 1..)) => return Poll::Ready(Ok(Turn::Sent(sent))),
                    Poll::Ready(Ok(0)) | Poll::Pending => {}
                }
                let keep = |bytes: &[u8]| input.extend_from_slice(bytes);
                poll_gulp(io, cx, most, keep).map_ok(Turn::Received)
            });
            match timeout_at(until, turn).await {
                Ok(Ok(Turn::Sent(count))) => self.bytes_out += count as u64,
                Ok(Ok(Turn::Received(count @ 1..))) => {
                    self.bytes_in += count as u64;
                    return Ok(count);
                }
                Ok(Ok(Turn::Received(0)) | Err(_)) => return Err(End::Peer),
                Err(_) if until < self.deadline => return Err(End::Idle),
                Err(_) => return Err(End::Deadline),
            }
        }
    }

    /// Sends all that waits in `out`. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// As [`Conn::write`].
    pub async fn drain(&mut self, out: &mut Outbox) -> Result<(), End> {
        while let Some(patience) = out.patience() {
            let io = &mut self.io;
            let turn = poll_fn(|cx| out.poll_send(io, cx));
            match timeout_at(patience.min(self.deadline), turn).await {
                Ok(Ok(count)) => self.bytes_out += count as u64,
                Ok(Err(_)) => return Err(End::Peer),
                Err(_) => return Err(End::Idle),
            }
        }
        Ok(())
    }

    /// Sends what goes without waiting.
    ///
    /// # Errors
    /// [`End::Peer`] when the peer is gone.
    pub async fn send_now(&mut self, out: &mut Outbox) -> Result<(), End> {
        out.patience();
        let io = &mut self.io;
        let turn = poll_fn(|cx| match out.poll_send(io, cx) {
            Poll::Pending => Poll::Ready(Ok(0)),
            ready => ready,
        });
        self.bytes_out += turn.await.map_err(|_| End::Peer)? as u64;
        Ok(())
    }
}

enum Turn {
    Sent(usize),
    Received(usize),
}
