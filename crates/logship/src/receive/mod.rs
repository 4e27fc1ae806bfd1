//! The receiving end of a connection: bytes in, entries of the spool out.
//!
//! An arrival borrows nothing, so that it can wait for its turn while more is read.
//!
//! A session is driven by whoever owns the socket: what was read goes into [`Session::receive`],
//! [`Session::arrivals`] go to the spool, and what became durable goes into [`Session::acknowledge`],
//! which writes the answer. It keeps at most one unfinished frame and the lines since the last call
//! of [`Session::arrivals`].

mod plain;
pub(crate) mod rest;
#[cfg(test)]
mod tests;

use std::{mem, time::Duration};

use decnet_proto::frame::Limit;
use thiserror::Error;

pub use self::plain::PlainSession;
use self::rest::Rest;
use crate::{
    position::{Gap, Generation, Position},
    spool::{Entry, Host},
    wire::{Control, Decoder, MARKS_MAX, Message, Step, WireError},
};

/// Bytes of lines from which on an arrival is whole: enough that its head is nothing beside it.
const ENOUGH: usize = 256 * 1024;

/// How long a frame may take to come whole.
pub const FRAME_TIME: Duration = Duration::from_secs(15);

/// How long a peer may say nothing; half of it is when a sender asks whether we are there.
pub const IDLE_TIME: Duration = Duration::from_secs(120);

/// How long a sender of another make may say nothing. It cannot be asked whether it is there, and what
/// it sends first on a connection that we have closed is lost: whether it is there is for TCP to find
/// out.
pub const PLAIN_IDLE_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Whom a peer speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// For itself.
    Host(Host),
    /// For every host of the swarm, one after another: another listener.
    Relay,
}

/// A connection between our own ends.
#[derive(Debug)]
pub struct Session {
    decoder: Decoder,
    speaker: Speaker,
    /// Whose lines come, once it is known.
    host: Option<Host>,
    /// Where the next line begins.
    at: Option<Position>,
    /// Bytes for which the next line stands beside its own.
    cut: u64,
    lines: Option<Lines>,
    arrivals: Vec<Arrival>,
    rest: Rest,
    clock: Clock,
    is_asked: bool,
}

/// When a peer spoke.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// When anything came last.
    heard: Duration,
    /// Since when a frame is not whole.
    begun: Option<Duration>,
}

impl Clock {
    /// Of a connection that stands since `now`.
    pub(crate) fn new(now: Duration) -> Self {
        Self { heard: now, begun: None }
    }

    /// Something came.
    pub(crate) fn hear(&mut self, now: Duration) {
        self.heard = now;
    }

    /// When the peer has been silent, or busy with one frame, for too long.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline_of(IDLE_TIME)
    }

    /// The same for who may be silent for `idle`.
    pub(crate) fn deadline_of(&self, idle: Duration) -> Duration {
        let idle = self.heard + idle;
        self.begun.map_or(idle, |begun| idle.min(begun + FRAME_TIME))
    }

    /// So many bytes of a frame that is not whole are left; whether frames before it were whole.
    pub(crate) fn advance(&mut self, left: usize, has_moved: bool, now: Duration) {
        self.begun = match (left, self.begun) {
            (0, _) => None,
            (_, Some(begun)) if !has_moved => Some(begun),
            _ => Some(now),
        };
    }
}

/// Something that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Lines that follow each other.
    Lines(Lines),
    /// What will never come, and of whom.
    Gap(Host, Gap),
}

/// Lines that follow each other without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    host: Host,
    generation: Generation,
    from: u64,
    to: u64,
    count: u64,
    bytes: Vec<u8>,
}

impl Arrival {
    /// As the spool takes it.
    pub fn entry(&self) -> Entry<'_> {
        match self {
            Self::Lines(Lines { host, generation, from, to, bytes, .. }) => {
                Entry::Lines { host, generation: *generation, from: *from, to: *to, bytes }
            }
            Self::Gap(host, gap) => Entry::Gap { host, gap },
        }
    }

    /// What to acknowledge of it once its generation is durable up to `mark`. That may be more than
    /// was sent here: a relay whose last moments were lost sends again what others have brought since.
    pub fn acknowledged(&self, mark: Position) -> Position {
        Position { offset: mark.offset.min(self.end().offset), ..mark }
    }

    /// Whose it is.
    pub const fn host(&self) -> &Host {
        match self {
            Self::Lines(lines) => &lines.host,
            Self::Gap(host, _) => host,
        }
    }

    /// Where it ends.
    pub const fn end(&self) -> Position {
        match self {
            Self::Lines(lines) => Position { generation: lines.generation, offset: lines.to },
            Self::Gap(_, gap) => Position { generation: gap.generation, offset: gap.to },
        }
    }

    /// Whether it is a gap of unknown length, which has an acknowledgement of its own.
    pub fn is_open_gap(&self) -> bool {
        matches!(self, Self::Gap(_, gap) if gap.is_open())
    }

    /// How many lines it has.
    pub const fn lines(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.count,
            Self::Gap(..) => 0,
        }
    }

    /// Bytes of memory that it takes, about.
    pub const fn size(&self) -> usize {
        /// The value itself, the host's name, and what an allocator adds.
        const OVERHEAD: usize = 512;
        match self {
            Self::Lines(lines) => lines.bytes.capacity() + OVERHEAD,
            Self::Gap(..) => OVERHEAD,
        }
    }
}

impl Lines {
    /// As they are handed over, without the memory that nothing came for.
    fn into_arrival(mut self) -> Arrival {
        if self.bytes.capacity() / 2 > self.bytes.len() {
            self.bytes.shrink_to_fit();
        }
        Arrival::Lines(self)
    }
}

/// The peer does not keep to the protocol: the connection is to be closed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReceiveError {
    /// It does not send what can be read.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A line came before it was said where it stands.
    #[error("a line came before the place where it stands")]
    NoPlace,
    /// A place beyond what a number can say.
    #[error("a place beyond every file")]
    Overflow,
    /// It says what only the receiver may say.
    #[error("the sender said {0}, which is for the receiver to say")]
    Turn(String),
    /// It speaks for a host that is not its own.
    #[error("a host speaks for another")]
    NotARelay,
    /// A relay spoke of lines before it said whose they are.
    #[error("a relay did not say whose lines come")]
    NoHost,
}

impl Session {
    /// A connection that stands since `now`.
    pub fn new(speaker: Speaker, limit: Limit, now: Duration) -> Self {
        let host = match &speaker {
            Speaker::Host(host) => Some(host.clone()),
            Speaker::Relay => None,
        };
        Self {
            decoder: Decoder::new(limit),
            speaker,
            host,
            at: None,
            cut: 0,
            lines: None,
            arrivals: Vec::new(),
            rest: Rest::default(),
            clock: Clock::new(now),
            is_asked: false,
        }
    }

    /// Appends what is said before anything is heard: what we have of the host, the newest first.
    pub fn greet(marks: &[Position], out: &mut Vec<u8>) {
        marks.iter().take(MARKS_MAX).for_each(|mark| Control::Mark(*mark).push(out));
        Control::Ready.push(out);
    }

    /// Takes what was read.
    ///
    /// # Errors
    /// [`ReceiveError`]; what came before the fault is good and can be had from [`Self::arrivals`].
    pub fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), ReceiveError> {
        self.clock.hear(now);
        let before = self.decoder.position();
        let mut kept = mem::take(&mut self.rest);
        kept.feed(bytes, |rest| self.take(rest))?;
        self.clock.advance(kept.len(), self.decoder.position() != before, now);
        self.rest = kept;
        Ok(())
    }

    fn take(&mut self, rest: &mut &[u8]) -> Result<(), ReceiveError> {
        loop {
            match self.decoder.next(rest)? {
                Step::Missing { .. } => return Ok(()),
                Step::Message(Message::Line(line)) => self.line(line)?,
                Step::Message(Message::Control(record)) => self.control(record)?,
            }
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), ReceiveError> {
        let host = self.host.as_ref().ok_or(ReceiveError::NoHost)?;
        let at = self.at.as_mut().ok_or(ReceiveError::NoPlace)?;
        let cut = mem::take(&mut self.cut);
        let length = (line.len() as u64 + 1).checked_add(cut).ok_or(ReceiveError::Overflow)?;
        let to = at.offset.checked_add(length).ok_or(ReceiveError::Overflow)?;
        let (generation, from) = (at.generation, at.offset);
        at.offset = to;
        // A line that is shorter than what it stands for is an arrival of its own: inside of all
        // others a place in the file is a place in the lines.
        if cut > 0 {
            self.arrivals.extend(self.lines.take().map(Lines::into_arrival));
        }
        let lines = self.lines.get_or_insert_with(|| Lines {
            host: host.clone(),
            generation,
            from,
            to: from,
            count: 0,
            bytes: Vec::with_capacity(ENOUGH),
        });
        lines.bytes.extend_from_slice(line);
        lines.bytes.push(b'\n');
        lines.count += 1;
        lines.to = to;
        if cut > 0 || lines.bytes.len() >= ENOUGH {
            self.finish();
        }
        Ok(())
    }

    fn control(&mut self, record: Control) -> Result<(), ReceiveError> {
        match record {
            Control::At(at) => {
                self.finish();
                self.at = Some(at);
            }
            Control::Cut(bytes) => self.cut = bytes,
            Control::Gap(gap) => self.gap(gap)?,
            Control::Host { id, name } => {
                if self.speaker != Speaker::Relay {
                    return Err(ReceiveError::NotARelay);
                }
                self.finish();
                (self.host, self.at) = (Some(Host { id, name }), None);
            }
            Control::Ping => self.is_asked = true,
            // The decoder makes lines of these two.
            Control::Line | Control::Empty => {}
            Control::Mark(_) | Control::Ready | Control::Ack(_) | Control::Pong => {
                return Err(ReceiveError::Turn(record.to_string()));
            }
        }
        Ok(())
    }

    fn gap(&mut self, gap: Gap) -> Result<(), ReceiveError> {
        let host = self.host.clone().ok_or(ReceiveError::NoHost)?;
        self.finish();
        self.at = Some(Position { generation: gap.generation, offset: gap.to });
        self.arrivals.push(Arrival::Gap(host, gap));
        Ok(())
    }

    fn finish(&mut self) {
        self.arrivals.extend(self.lines.take().map(Lines::into_arrival));
    }

    /// What has come since the last call, in order.
    pub fn arrivals(&mut self) -> Vec<Arrival> {
        self.finish();
        mem::take(&mut self.arrivals)
    }

    /// Appends the answer to everything that came: what is durable by now, if anything is anew.
    pub fn acknowledge(&mut self, durable: &[Position], out: &mut Vec<u8>) {
        durable.iter().for_each(|position| Control::Ack(*position).push(out));
        self.answer(out);
    }

    /// Appends the answer to who asked whether we are there.
    pub fn answer(&mut self, out: &mut Vec<u8>) {
        if mem::take(&mut self.is_asked) {
            Control::Pong.push(out);
        }
    }

    /// When the peer has been silent, or busy with one frame, for too long.
    pub fn deadline(&self) -> Duration {
        self.clock.deadline()
    }
}
