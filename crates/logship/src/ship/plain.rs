//! The sending end of a connection with any other receiver of RFC 5425: frames and nothing else.
//!
//! Such a receiver says nothing, so all that can be known is what its system has taken. That is told
//! in bytes of the connection, as encrypted: [`PlainSender::flushed`] says where what was filled ends
//! there, [`PlainSender::taken`] how far the peer has come. What is behind that when a connection
//! breaks is sent again on the next: at least once.

use std::collections::VecDeque;

use decnet_event::Timestamp;
use decnet_proto::frame::{self, Unframeable};

use super::{Filled, Sent, ShipError, Source, Window, frames};
use crate::{
    notice::{Teller, gap_line},
    position::Position,
    tail::Next,
};

/// APP-NAME of what is told here.
const FORWARDER: &str = "forwarder";

/// A log that is sent to whoever speaks RFC 5425.
#[derive(Debug)]
pub struct PlainSender<S> {
    source: S,
    window: Window,
    host: String,
    is_up: bool,
    /// What was filled, and may still be with us.
    filled: Stretch,
    /// What left us, and the byte of the connection behind it.
    left: VecDeque<(u64, Stretch)>,
    sent: Sent,
    acked: Option<Position>,
    acknowledgements: u64,
}

/// A part of the log that is on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    end: Option<Position>,
    bytes: u64,
}

impl Stretch {
    fn grow(&mut self, end: Position, bytes: u64) {
        self.end = Some(end);
        self.bytes += bytes;
    }
}

impl<S: Source> PlainSender<S> {
    /// A sender without a connection, on a host of this name.
    pub fn new(source: S, window: Window, host: String) -> Self {
        Self {
            source,
            window,
            host,
            is_up: false,
            filled: Stretch::default(),
            left: VecDeque::new(),
            sent: Sent::default(),
            acked: None,
            acknowledgements: 0,
        }
    }

    /// There is a connection: what was not taken on the last one comes again.
    ///
    /// # Errors
    /// [`ShipError::Source`] when the log cannot be read.
    pub fn connect(&mut self) -> Result<(), ShipError<S::Error>> {
        self.disconnect();
        self.source.resume(&[]).map_err(ShipError::Source)?;
        self.is_up = true;
        Ok(())
    }

    /// It is gone.
    pub fn disconnect(&mut self) {
        self.is_up = false;
        self.filled = Stretch::default();
        self.left.clear();
    }

    /// Appends the frames that are to be sent now. An empty line has none: RFC 5425 knows no empty
    /// message. A gap is an event of its own.
    ///
    /// # Errors
    /// [`ShipError`] when the log cannot be read: what was appended may be sent.
    pub fn fill(&mut self, out: &mut Vec<u8>, now: Timestamp) -> Result<Filled, ShipError<S::Error>> {
        if !self.is_up {
            return Ok(Filled::NotYet);
        }
        let end = out.len() + self.window.chunk;
        while out.len() < end {
            if self.on_way() >= self.window.bytes {
                return Ok(Filled::Full);
            }
            match self.source.advance().map_err(ShipError::Source)? {
                Next::Nothing => return Ok(Filled::Idle),
                // Whose lines come, a plain frame cannot say; a log is one host's.
                Next::Host(_) => {}
                Next::Block(block) => {
                    self.sent.lines += push(block.bytes, out)?;
                    self.filled.grow(frames::end_of(&block), block.to.saturating_sub(block.from));
                }
                Next::Gap(gap) => {
                    frames::tell(&gap);
                    self.sent.gaps += 1;
                    push(&gap_line(&gap, Teller { host: &self.host, service: FORWARDER }, now), out)?;
                    self.filled.grow(Position { generation: gap.generation, offset: gap.to }, 1);
                }
            }
        }
        Ok(Filled::More)
    }

    /// Everything that was filled is in the first `bytes` bytes of the connection.
    pub fn flushed(&mut self, bytes: u64) {
        if self.filled.end.is_some() {
            self.left.push_back((bytes, self.filled));
            self.filled = Stretch::default();
        }
    }

    /// The peer's system has taken the first `bytes` bytes of the connection.
    ///
    /// # Errors
    /// [`ShipError::Source`] when that cannot be noted.
    pub fn taken(&mut self, bytes: u64) -> Result<(), ShipError<S::Error>> {
        while let Some((_, stretch)) = self.left.pop_front_if(|(behind, _)| *behind <= bytes) {
            let Some(end) = stretch.end else { continue };
            self.source.release(end).map_err(ShipError::Source)?;
            self.acked = Some(end);
            self.acknowledgements += 1;
        }
        Ok(())
    }

    /// Whether there is a connection.
    pub fn is_ready(&self) -> bool {
        self.is_up
    }

    /// What was sent.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// What was taken last.
    pub fn acked(&self) -> Option<Position> {
        self.acked
    }

    /// How often something was taken.
    pub fn acknowledgements(&self) -> u64 {
        self.acknowledgements
    }

    /// Bytes of the log that were filled and are not known to be taken.
    pub fn on_way(&self) -> u64 {
        self.filled.bytes + self.left.iter().map(|(_, stretch)| stretch.bytes).sum::<u64>()
    }

    /// What is sent.
    pub fn source(&mut self) -> &mut S {
        &mut self.source
    }
}

/// Appends the frames of lines, and says how many there are.
fn push(lines: &[u8], out: &mut Vec<u8>) -> Result<u64, Unframeable> {
    let mut count = 0;
    for line in frames::lines(lines).filter(|line| !line.is_empty()) {
        frame::encode(line, out)?;
        count += 1;
    }
    Ok(count)
}
