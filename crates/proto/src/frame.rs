//! RFC 5425, section 4.3: a stream of frames, each a length in decimal, a space, and so many bytes.
//!
//! The buffer is the caller's, so the decoder keeps nothing that a peer sent: it looks at the front
//! of what has come, gives the payload of a whole frame as a slice of it, or says how much is
//! missing. Of a frame that is not whole it reads the length again with each call, which are at
//! most seven digits, and its payload never.

use std::{fmt, io::Write as _};

use thiserror::Error;

/// Most bytes of payload that a decoder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(usize);

impl Limit {
    /// What RFC 5425 asks every receiver to take.
    pub const LEAST: Self = Self(2_048);
    /// What a length of seven digits can say.
    pub const MOST: Self = Self(9_999_999);
    /// What is taken where nobody says otherwise.
    pub const DEFAULT: Self = Self(64 * 1_024);
    /// Longest head of a frame: seven digits and the space.
    const HEAD: usize = 8;

    /// `bytes`, or the bound next to it where that is below [`Limit::LEAST`] or above
    /// [`Limit::MOST`].
    pub const fn nearest(bytes: usize) -> Self {
        if bytes < Self::LEAST.0 {
            Self::LEAST
        } else if bytes > Self::MOST.0 {
            Self::MOST
        } else {
            Self(bytes)
        }
    }

    /// Most bytes of payload.
    pub const fn payload(self) -> usize {
        self.0
    }

    /// Bytes that a buffer must have room for: the longest frame, head and payload.
    pub const fn frame(self) -> usize {
        self.0 + Self::HEAD
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The bytes fit no frame.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a frame holds 1 to {most} bytes, not {0}", most = Limit::MOST.0)]
pub struct Unframeable(pub usize);

/// Appends the frame of `payload` to `out`.
///
/// # Errors
/// [`Unframeable`] when it is empty or longer than [`Limit::MOST`]; nothing is appended then.
pub fn encode(payload: &[u8], out: &mut Vec<u8>) -> Result<(), Unframeable> {
    if payload.is_empty() || payload.len() > Limit::MOST.0 {
        return Err(Unframeable(payload.len()));
    }
    out.reserve(Limit::HEAD + payload.len());
    // Writing to memory cannot fail.
    let _ = write!(out, "{} ", payload.len());
    out.extend_from_slice(payload);
    Ok(())
}

/// What stands at the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The payload of a whole frame, which was taken off.
    Frame(&'a [u8]),
    /// The beginning of a frame, or nothing; it was left there.
    Missing {
        /// So many more bytes are needed before it can be whole.
        bytes: usize,
    },
}

/// Takes frames off the front of a stream.
#[derive(Clone, Debug)]
pub struct Decoder {
    limit: Limit,
    position: u64,
}

impl Decoder {
    /// One at the beginning of a stream.
    pub const fn new(limit: Limit) -> Self {
        Self { limit, position: 0 }
    }

    /// Bytes of the stream before the frame that is next.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Takes the frame that `rest` begins with off it. `rest` must begin where the call before
    /// left it.
    ///
    /// # Errors
    /// [`FrameError`] as soon as the bytes that are there can be the beginning of no frame. Nothing
    /// is taken then, and the stream has no frame any more.
    pub fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Result<Step<'a>, FrameError> {
        let (length, head) = match self.head(rest)? {
            Head::Whole { length, head } => (length, head),
            Head::Part => return Ok(Step::Missing { bytes: 1 }),
        };
        let body = rest.get(head..).unwrap_or_default();
        let Some((payload, behind)) = body.split_at_checked(length) else {
            return Ok(Step::Missing { bytes: length - body.len() });
        };
        *rest = behind;
        self.position += (head + length) as u64;
        Ok(Step::Frame(payload))
    }

    /// Reads the length. That no more than seven digits are read follows from [`Limit::MOST`].
    fn head(&self, rest: &[u8]) -> Result<Head, FrameError> {
        let error = |at: usize, fault| FrameError { at: self.position + at as u64, fault };
        let mut length = 0;
        for (at, byte) in rest.iter().enumerate() {
            length = match (byte, at) {
                (b' ', 1..) => return Ok(Head::Whole { length, head: at + 1 }),
                (b'0', 0) => return Err(error(at, Fault::LeadingZero)),
                (b'0'..=b'9', _) => length * 10 + usize::from(byte - b'0'),
                _ => return Err(error(at, Fault::NoDigit(*byte))),
            };
            if length > self.limit.0 {
                return Err(error(at, Fault::TooLong { announced: length, limit: self.limit.0 }));
            }
        }
        Ok(Head::Part)
    }
}

enum Head {
    Whole { length: usize, head: usize },
    Part,
}

/// A stream that is no stream of frames, or none that is taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("byte {at} of the stream: {fault}")]
pub struct FrameError {
    /// Bytes of the stream before the one that shows it.
    pub at: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This byte is none of a length.
    NoDigit(u8),
    /// A length does not begin with a zero.
    LeadingZero,
    /// More is announced than is taken.
    TooLong {
        /// What the digits up to here say; there may be more of them.
        announced: usize,
        /// What is taken.
        limit: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDigit(byte) => {
                write!(f, "a frame begins with its length, in which '{}' has no place", byte.escape_ascii())
            }
            Self::LeadingZero => f.write_str("the length of a frame begins with a zero"),
            Self::TooLong { announced, limit } => {
                write!(f, "a frame of {announced} bytes or more is announced, and {limit} are taken")
            }
        }
    }
}
