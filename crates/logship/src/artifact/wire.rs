//! What the two ends say: control records and pieces. One way to write each, and that is the only
//! one that is read.

mod control;
#[cfg(test)]
mod tests;

use decnet_proto::frame::{self, FrameError, Limit};
use thiserror::Error;

pub use self::control::{Control, Refusal};
use super::Digest;
use crate::wire::{ControlError, SIGN};

/// The protocol's name in the handshake (ALPN, RFC 7301).
pub const PROTOCOL: &[u8] = b"decnet-artifact/1";

/// Most artifacts that are offered and undecided.
pub const OFFERS_MAX: usize = 32;

/// Most bytes of pieces that are sent and neither `@got` nor decided.
pub const WINDOW_MAX: u64 = 1 << 20;

/// What a piece begins with.
const PIECE: u8 = b'#';

/// Bytes of a piece before its data.
const HEAD: usize = 1 + 32 + 8;

/// Most bytes of an artifact in one piece.
pub const DATA_MAX: usize = Limit::DEFAULT.payload() - HEAD;

/// Some of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Of which.
    pub digest: Digest,
    /// Where it begins.
    pub from: u64,
    /// What stands there.
    pub data: &'a [u8],
}

impl Piece<'_> {
    /// Appends the frame of this piece, which has 1 to [`DATA_MAX`] bytes.
    pub fn push(&self, out: &mut Vec<u8>) {
        debug_assert!((1..=DATA_MAX).contains(&self.data.len()));
        out.extend_from_slice(format!("{} ", HEAD + self.data.len()).as_bytes());
        out.push(PIECE);
        out.extend_from_slice(&self.digest.0);
        out.extend_from_slice(&self.from.to_le_bytes());
        out.extend_from_slice(self.data);
    }
}

/// What one end told the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A record.
    Control(Control),
    /// Some of an artifact.
    Piece(Piece<'a>),
}

/// What stands at the front of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A message, whose frame was taken off.
    Message(Message<'a>),
    /// The beginning of a frame, or nothing; it was left there.
    Missing {
        /// So many more bytes are needed before it can be whole.
        bytes: usize,
    },
}

/// Takes messages off the front of a stream.
#[derive(Clone, Debug)]
pub struct Decoder(frame::Decoder);

impl Decoder {
    /// One at the beginning of a stream whose frames are no longer than that.
    pub const fn new(limit: Limit) -> Self {
        Self(frame::Decoder::new(limit))
    }

    /// Bytes of the stream before the frame that is next.
    pub const fn position(&self) -> u64 {
        self.0.position()
    }

    /// Takes the message that `rest` begins with off it. `rest` must begin where the call before
    /// left it.
    ///
    /// # Errors
    /// [`WireError`] when the other end does not keep to the protocol: there is nothing to go on
    /// with then.
    pub fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Result<Step<'a>, WireError> {
        let at = self.position();
        let payload = match self.0.next(rest)? {
            frame::Step::Frame(payload) => payload,
            frame::Step::Missing { bytes } => return Ok(Step::Missing { bytes }),
        };
        let message = match payload.first() {
            Some(&SIGN) => {
                Message::Control(Control::parse(payload).map_err(|source| WireError::Control { at, source })?)
            }
            _ => Message::Piece(piece(payload).ok_or(WireError::Piece { at })?),
        };
        Ok(Step::Message(message))
    }
}

fn piece(payload: &[u8]) -> Option<Piece<'_>> {
    let (sign, rest) = payload.split_first()?;
    let (digest, rest) = rest.split_first_chunk()?;
    let (from, data) = rest.split_first_chunk()?;
    let piece = Piece { digest: Digest(*digest), from: u64::from_le_bytes(*from), data };
    (*sign == PIECE && !data.is_empty()).then_some(piece)
}

/// The other end does not keep to the protocol.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// It does not send frames.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A frame begins as a control record and is none.
    #[error("the frame at byte {at} of the stream is refused")]
    Control {
        /// Bytes of the stream before it.
        at: u64,
        /// What is wrong with it.
        source: ControlError,
    },
    /// A frame is neither a control record nor a piece.
    #[error("the frame at byte {at} of the stream is no piece of an artifact")]
    Piece {
        /// Bytes of the stream before it.
        at: u64,
    },
}
