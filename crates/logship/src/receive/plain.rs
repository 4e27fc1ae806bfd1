//! The receiving end of a connection with any other sender of RFC 5425: nothing but frames, no
//! places, no answers.

use std::{mem, time::Duration};

use decnet_proto::frame::{Decoder, FrameError, Limit, Step};

use super::{Arrival, Clock, Lines, PLAIN_IDLE_TIME, rest::Rest};
use crate::{position::Generation, spool::Host};

/// What stands for a line feed inside of a message, as in rsyslog.
const LINE_FEED: &[u8] = b"#012";

/// A connection with somebody else's sender. It is a generation of its own: nobody could say what
/// it has in common with an earlier one.
#[derive(Debug)]
pub struct PlainSession {
    decoder: Decoder,
    host: Host,
    generation: Generation,
    /// Bytes of lines that came before.
    offset: u64,
    count: u64,
    lines: Vec<u8>,
    rest: Rest,
    clock: Clock,
}

impl PlainSession {
    /// A connection that stands since `now`; `generation` was drawn for it.
    pub fn new(host: Host, generation: Generation, limit: Limit, now: Duration) -> Self {
        Self {
            decoder: Decoder::new(limit),
            host,
            generation,
            offset: 0,
            count: 0,
            lines: Vec::new(),
            rest: Rest::default(),
            clock: Clock::new(now),
        }
    }

    /// Takes what was read.
    ///
    /// # Errors
    /// [`FrameError`]; what came before it is good and can be had from [`Self::arrival`].
    pub fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), FrameError> {
        self.clock.hear(now);
        let before = self.decoder.position();
        let (decoder, lines, count) = (&mut self.decoder, &mut self.lines, &mut self.count);
        self.rest.feed(bytes, |rest| {
            while let Step::Frame(message) = decoder.next(rest)? {
                push_line(message, lines);
                *count += 1;
            }
            Ok(())
        })?;
        self.clock.advance(self.rest.len(), self.decoder.position() != before, now);
        Ok(())
    }

    /// What has come since the last call.
    pub fn arrival(&mut self) -> Option<Arrival> {
        if self.lines.is_empty() {
            return None;
        }
        let bytes = mem::take(&mut self.lines);
        let from = self.offset;
        self.offset += bytes.len() as u64;
        let (host, generation) = (self.host.clone(), self.generation);
        let count = mem::take(&mut self.count);
        Some(Arrival::Lines(Lines { host, generation, from, to: self.offset, count, bytes }))
    }

    /// When the peer has been silent, or busy with one frame, for too long.
    pub fn deadline(&self) -> Duration {
        self.clock.deadline_of(PLAIN_IDLE_TIME)
    }
}

/// Appends a message as one line: a line feed at its end is its sender's habit, one inside of it
/// would forge a line.
fn push_line(message: &[u8], lines: &mut Vec<u8>) {
    let message = message.strip_suffix(b"\n").unwrap_or(message);
    for (number, part) in message.split(|byte| *byte == b'\n').enumerate() {
        if number > 0 {
            lines.extend_from_slice(LINE_FEED);
        }
        lines.extend_from_slice(part);
    }
    lines.push(b'\n');
}
