//! The sending end of a connection: pieces of a log in, frames out, acknowledgements in.
//!
//! A sender outlives its connections. It is driven by whoever owns the socket: [`Sender::connect`]
//! when there is one, [`Sender::receive`] with what was read, [`Sender::fill`] for what is to be
//! written, [`Sender::disconnect`] when it is gone. What was sent and not acknowledged is bounded by
//! a window; nothing of it is kept: it is read again from where the receiver says.

mod frames;
mod on_way;
mod plain;
mod source;
#[cfg(test)]
mod tests;

use std::time::Duration;

use decnet_proto::frame::{Limit, Unframeable};
use thiserror::Error;

use self::on_way::OnWay;
pub use self::{plain::PlainSender, source::Source};
use crate::{
    position::Position,
    receive::IDLE_TIME,
    spool::Host,
    tail::Next,
    wire::{Control, Decoder, MARKS_MAX, Message, Step, WireError},
};

/// How long a receiver may take to say what it has, or that it is there.
pub const ANSWER_TIME: Duration = Duration::from_secs(30);

/// How much may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Bytes of the log from which on an acknowledgement must come first.
    pub bytes: u64,
    /// How many bytes of frames [`Sender::fill`] makes at once, about.
    pub chunk: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { bytes: 4 << 20, chunk: 256 << 10 }
    }
}

/// What was sent since a sender was made; what was sent again counts again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Lines.
    pub lines: u64,
    /// Gaps that were told.
    pub gaps: u64,
}

/// A log that is sent.
#[derive(Debug)]
pub struct Sender<S> {
    source: S,
    window: Window,
    link: Link,
    on_way: OnWay,
    sent: Sent,
    acked: Option<Position>,
    acknowledgements: u64,
    heard: Duration,
    /// When the receiver was asked whether it is there, until it says anything.
    asked: Option<Duration>,
}

#[derive(Debug)]
enum Link {
    Down,
    /// The receiver says what it has.
    Greeting(Decoder, Vec<Position>),
    /// Where the receiver will take the next line to stand.
    Up(Decoder, Option<Position>),
}

/// What [`Sender::fill`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// There may be more to send at once.
    More,
    /// There is no more in the log for now.
    Idle,
    /// An acknowledgement must come first.
    Full,
    /// There is no connection, or the receiver has not said what it has.
    NotYet,
}

/// Nothing more can be sent on this connection.
#[derive(Debug, Error)]
pub enum ShipError<E: std::error::Error + 'static> {
    /// The log cannot be read.
    #[error(transparent)]
    Source(E),
    /// The receiver does not send what can be read.
    #[error("the receiver does not keep to the protocol")]
    Wire(#[from] WireError),
    /// It said what only a sender may say, or too much, or too soon.
    #[error("the receiver does not keep to the protocol: it said {0}")]
    Turn(String),
    /// It has what it was never sent.
    #[error("the receiver acknowledged byte {0}, which it was never sent")]
    Ahead(u64),
    /// A line is longer than any frame.
    #[error("a line cannot be sent")]
    Line(#[from] Unframeable),
}

impl<S: Source> Sender<S> {
    /// A sender without a connection.
    pub fn new(source: S, window: Window) -> Self {
        Self {
            source,
            window,
            link: Link::Down,
            on_way: OnWay::default(),
            sent: Sent::default(),
            acked: None,
            acknowledgements: 0,
            heard: Duration::ZERO,
            asked: None,
        }
    }

    /// There is a connection since `now`.
    pub fn connect(&mut self, now: Duration) {
        self.on_way.clear();
        self.link = Link::Greeting(Decoder::new(Limit::LEAST), Vec::new());
        (self.heard, self.asked) = (now, None);
    }

    /// It is gone.
    pub fn disconnect(&mut self) {
        self.on_way.clear();
        self.link = Link::Down;
    }

    /// Takes what the receiver said.
    ///
    /// # Errors
    /// [`ShipError`]: the connection is to be closed.
    pub fn receive(&mut self, bytes: &mut Vec<u8>, now: Duration) -> Result<(), ShipError<S::Error>> {
        (self.heard, self.asked) = (now, None);
        let mut rest = bytes.as_slice();
        while let Some(record) = self.next_record(&mut rest)? {
            self.record(&record)?;
        }
        let left = rest.len();
        bytes.drain(..bytes.len() - left);
        Ok(())
    }

    fn next_record(&mut self, rest: &mut &[u8]) -> Result<Option<Control>, ShipError<S::Error>> {
        let decoder = match &mut self.link {
            Link::Down => return Ok(None),
            Link::Greeting(decoder, _) | Link::Up(decoder, _) => decoder,
        };
        match decoder.next(rest)? {
            Step::Missing { .. } => Ok(None),
            Step::Message(Message::Control(record)) => Ok(Some(record)),
            Step::Message(Message::Line(_)) => Err(ShipError::Turn("a line".to_owned())),
        }
    }

    fn record(&mut self, record: &Control) -> Result<(), ShipError<S::Error>> {
        match (record, &mut self.link) {
            (Control::Mark(mark), Link::Greeting(_, marks)) if marks.len() < MARKS_MAX => marks.push(*mark),
            (Control::Ready, Link::Greeting(decoder, marks)) => {
                self.source.resume(marks).map_err(ShipError::Source)?;
                self.link = Link::Up(decoder.clone(), None);
            }
            (Control::Ack(position), Link::Up(..)) => self.acknowledged(*position)?,
            (Control::Pong, Link::Up(..)) => {}
            _ => return Err(ShipError::Turn(record.to_string())),
        }
        Ok(())
    }

    fn acknowledged(&mut self, position: Position) -> Result<(), ShipError<S::Error>> {
        if !self.on_way.acknowledge(position).map_err(|on_way::Ahead| ShipError::Ahead(position.offset))? {
            return Ok(());
        }
        self.source.release(position).map_err(ShipError::Source)?;
        self.acked = Some(position);
        self.acknowledgements += 1;
        Ok(())
    }

    /// Appends what is to be sent now.
    ///
    /// # Errors
    /// [`ShipError::Source`] when the log cannot be read: what was appended may be sent.
    pub fn fill(&mut self, out: &mut Vec<u8>) -> Result<Filled, ShipError<S::Error>> {
        let Link::Up(_, at) = &mut self.link else { return Ok(Filled::NotYet) };
        let end = out.len() + self.window.chunk;
        while out.len() < end {
            if self.on_way.bytes() >= self.window.bytes {
                return Ok(Filled::Full);
            }
            match self.source.advance().map_err(ShipError::Source)? {
                Next::Nothing => return Ok(Filled::Idle),
                Next::Block(block) => {
                    self.sent.lines += frames::push(&block, at, out)?;
                    self.on_way.push(frames::end_of(&block), block.to.saturating_sub(block.from));
                }
                Next::Host(Host { id, name }) => {
                    Control::Host { id: *id, name: name.clone() }.push(out);
                    *at = None;
                }
                Next::Gap(gap) => {
                    frames::tell(&gap);
                    self.sent.gaps += 1;
                    *at = Some(gap.end());
                    self.on_way.push_gap(&gap);
                    Control::Gap(gap).push(out);
                }
            }
        }
        Ok(Filled::More)
    }

    /// Asks whether the receiver is there, if it said nothing for long and was not asked yet.
    pub fn ask(&mut self, out: &mut Vec<u8>, now: Duration) {
        if matches!(self.link, Link::Up(..)) && self.asked.is_none() && now >= self.heard + IDLE_TIME / 2 {
            self.asked = Some(now);
            Control::Ping.push(out);
        }
    }

    /// When the receiver is to be asked, or to be given up.
    pub fn deadline(&self) -> Deadline {
        match (&self.link, self.asked) {
            (Link::Down, _) => Deadline::Never,
            (Link::Greeting(..), _) => Deadline::GiveUp(self.heard + ANSWER_TIME),
            (Link::Up(..), Some(asked)) => Deadline::GiveUp(asked + ANSWER_TIME),
            (Link::Up(..), None) if self.on_way.bytes() > 0 => Deadline::GiveUp(self.heard + IDLE_TIME),
            (Link::Up(..), None) => Deadline::Ask(self.heard + IDLE_TIME / 2),
        }
    }

    /// Whether the receiver has said what it has, so that lines flow.
    pub fn is_ready(&self) -> bool {
        matches!(self.link, Link::Up(..))
    }

    /// What was sent.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// What was acknowledged last.
    pub fn acked(&self) -> Option<Position> {
        self.acked
    }

    /// How many acknowledgements moved anything.
    pub fn acknowledgements(&self) -> u64 {
        self.acknowledgements
    }

    /// Bytes of the log that are on their way.
    pub fn on_way(&self) -> u64 {
        self.on_way.bytes()
    }

    /// What is sent.
    pub fn source(&mut self) -> &mut S {
        &mut self.source
    }
}

/// When something is due that nobody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Nothing is.
    Never,
    /// [`Sender::ask`].
    Ask(Duration),
    /// [`Sender::disconnect`].
    GiveUp(Duration),
}
