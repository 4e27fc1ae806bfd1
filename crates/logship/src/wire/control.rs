//! Control records: one way to write each, and that is the only one that is read.

use std::{fmt, str::FromStr};

use decnet_proto::{
    frame,
    ids::{HostId, HostName},
};
use thiserror::Error;

use crate::position::{Gap, Generation, Loss, Position};

/// Longer than any record that there is; a gap has 84 bytes at most, a host 106.
const LONGEST: usize = 128;

/// A frame that is no line.
///
/// Written as `@`, its name, and its values with one space before each. Numbers are decimal,
/// without sign or leading zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// From the receiver, `@mark <generation> <offset>`: it has everything before this place
    /// durably. Before [`Control::Ready`], at most [`MARKS_MAX`](super::MARKS_MAX) times, the
    /// generation that it heard of last first.
    Mark(Position),
    /// From the receiver, `@ready`: there are no more marks, and the sender may begin.
    Ready,
    /// From the receiver, `@ack <generation> <offset>`: everything before this place has become
    /// durable.
    Ack(Position),
    /// From the receiver, `@pong`: it is there.
    Pong,
    /// From the sender, `@at <generation> <offset>`: the next line begins here.
    At(Position),
    /// From the sender, `@cut <bytes>`: the next line stands for so many bytes more of the file than
    /// it has.
    Cut(u64),
    /// From the sender, `@gap <generation> <from> <to> <why>`: this will never come.
    Gap(Gap),
    /// From a sender that relays, `@host <uuid> <name>`: the stream that follows is this host's.
    Host {
        /// Who it is.
        id: HostId,
        /// What it was called then.
        name: HostName,
    },
    /// From the sender, `@line`: the next frame is a line, whatever it begins with.
    Line,
    /// From the sender, `@empty`: here is a line of no bytes, which no frame can hold.
    Empty,
    /// From the sender, `@ping`: is the receiver there?
    Ping,
}

impl Control {
    /// Appends the frame of this record to `out`.
    pub fn push(&self, out: &mut Vec<u8>) {
        push_text(&self.to_string(), out);
    }

    /// Reads what a frame holds.
    ///
    /// # Errors
    /// [`ControlError`] for everything but what [`Control::push`] puts into a frame.
    pub fn parse(payload: &[u8]) -> Result<Self, ControlError> {
        let mut words = Words::of(payload)?;
        let name = words.take();
        let record = match name {
            "@mark" => Self::Mark(words.position()?),
            "@ready" => Self::Ready,
            "@ack" => Self::Ack(words.position()?),
            "@pong" => Self::Pong,
            "@at" => Self::At(words.position()?),
            "@cut" => Self::Cut(words.number("a number of bytes")?),
            "@gap" => Self::Gap(words.gap()?),
            "@host" => Self::Host { id: words.parse("a host id")?, name: words.parse("a host name")? },
            "@line" => Self::Line,
            "@empty" => Self::Empty,
            "@ping" => Self::Ping,
            _ => return Err(ControlError::Unknown(name.to_owned())),
        };
        words.end().map(|()| record)
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = |f: &mut fmt::Formatter<'_>, name, at: &Position| {
            write!(f, "@{name} {} {}", at.generation, at.offset)
        };
        match self {
            Self::Mark(at) => position(f, "mark", at),
            Self::Ready => f.write_str("@ready"),
            Self::Ack(at) => position(f, "ack", at),
            Self::Pong => f.write_str("@pong"),
            Self::At(at) => position(f, "at", at),
            Self::Cut(bytes) => write!(f, "@cut {bytes}"),
            Self::Gap(Gap { generation, from, to, why }) => {
                write!(f, "@gap {generation} {from} {to} {}", why.word())
            }
            Self::Host { id, name } => write!(f, "@host {id} {name}"),
            Self::Line => f.write_str("@line"),
            Self::Empty => f.write_str("@empty"),
            Self::Ping => f.write_str("@ping"),
        }
    }
}

/// A frame that begins as a control record and is none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ControlError {
    /// None is as long.
    #[error("a control record of {0} bytes, where the longest has {LONGEST}")]
    TooLong(usize),
    /// It has bytes that are no text.
    #[error("a control record that is no UTF-8")]
    NoText,
    /// Nobody knows it.
    #[error("{0:?} is no control record")]
    Unknown(String),
    /// A value is missing, or is none.
    #[error("a control record has {found:?} where {expected} should be")]
    Value {
        /// What should have been there.
        expected: &'static str,
        /// What is.
        found: String,
    },
    /// There is something behind its last value.
    #[error("a control record has {0:?} behind its end")]
    Rest(String),
    /// A gap ends before it begins.
    #[error("a gap from {from} to {to} ends before it begins")]
    Backwards {
        /// First offset that is said to be missing.
        from: u64,
        /// First that is said not to be.
        to: u64,
    },
}

/// Appends the frame of a record that is written so.
pub(crate) fn push_text(record: &str, out: &mut Vec<u8>) {
    let before = out.len();
    let framed = frame::encode(record.as_bytes(), out);
    debug_assert!(framed.is_ok() && out.len() - before <= LONGEST + "128 ".len());
}

/// The words of a record that were not taken yet.
pub(crate) struct Words<'a> {
    rest: Option<&'a str>,
}

impl<'a> Words<'a> {
    /// Those of the record that a frame holds.
    pub(crate) fn of(payload: &'a [u8]) -> Result<Self, ControlError> {
        if payload.len() > LONGEST {
            return Err(ControlError::TooLong(payload.len()));
        }
        let text = std::str::from_utf8(payload).map_err(|_| ControlError::NoText)?;
        Ok(Self { rest: Some(text) })
    }

    /// The next word; an empty one where there is none, which is never a value.
    pub(crate) fn take(&mut self) -> &'a str {
        let rest = self.rest.unwrap_or_default();
        let (word, behind) = match rest.split_once(' ') {
            Some((word, behind)) => (word, Some(behind)),
            None => (rest, None),
        };
        self.rest = behind;
        word
    }

    pub(crate) fn read<T>(
        &mut self,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ControlError> {
        let found = self.take();
        read(found).ok_or_else(|| ControlError::Value { expected, found: found.to_owned() })
    }

    pub(crate) fn parse<T: FromStr>(&mut self, expected: &'static str) -> Result<T, ControlError> {
        self.read(expected, |word| word.parse().ok())
    }

    pub(crate) fn number(&mut self, expected: &'static str) -> Result<u64, ControlError> {
        self.read(expected, number)
    }

    fn position(&mut self) -> Result<Position, ControlError> {
        Ok(Position { generation: self.generation()?, offset: self.number("an offset")? })
    }

    fn generation(&mut self) -> Result<Generation, ControlError> {
        self.parse("a generation")
    }

    fn gap(&mut self) -> Result<Gap, ControlError> {
        let generation = self.generation()?;
        let (from, to) = (self.number("an offset")?, self.number("an offset")?);
        if from > to {
            return Err(ControlError::Backwards { from, to });
        }
        let loss = |word: &str| Loss::ALL.into_iter().find(|loss| loss.word() == word);
        Ok(Gap { generation, from, to, why: self.read("a reason", loss)? })
    }

    pub(crate) fn end(self) -> Result<(), ControlError> {
        self.rest.map_or(Ok(()), |rest| Err(ControlError::Rest(rest.to_owned())))
    }
}

/// A number that is written as it would be printed.
fn number(word: &str) -> Option<u64> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = word == "0" || !word.starts_with('0');
    word.parse().ok().filter(|_| digits && shortest)
}
