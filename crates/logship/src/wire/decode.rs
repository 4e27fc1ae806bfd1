//! Bytes to messages.

use decnet_proto::frame::{self, FrameError, Limit};
use thiserror::Error;

use super::{
    SIGN,
    control::{Control, ControlError},
};

/// What one end told the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A record of the protocol; never [`Control::Line`] or [`Control::Empty`].
    Control(Control),
    /// A line, without its line feed and without any other.
    Line(&'a [u8]),
}

/// What stands at the front of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A message, whose frames were taken off.
    Message(Message<'a>),
    /// The beginning of a frame, or nothing; it was left there.
    Missing {
        /// So many more bytes are needed before it can be whole.
        bytes: usize,
    },
}

/// Takes messages off the front of a stream.
#[derive(Clone, Debug)]
pub struct Decoder {
    frames: frame::Decoder,
    /// Whether the next frame is a line, whatever it begins with.
    line_is_next: bool,
}

impl Decoder {
    /// One at the beginning of a stream.
    pub const fn new(limit: Limit) -> Self {
        Self { frames: frame::Decoder::new(limit), line_is_next: false }
    }

    /// Bytes of the stream before the frame that is next.
    pub const fn position(&self) -> u64 {
        self.frames.position()
    }

    /// Takes the message that `rest` begins with off it. `rest` must begin where the call before
    /// left it.
    ///
    /// # Errors
    /// [`WireError`] when the other end does not keep to the protocol: there is nothing to go on
    /// with then.
    pub fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Result<Step<'a>, WireError> {
        loop {
            let at = self.position();
            let payload = match self.frames.next(rest)? {
                frame::Step::Frame(payload) => payload,
                frame::Step::Missing { bytes } => return Ok(Step::Missing { bytes }),
            };
            let forced = std::mem::take(&mut self.line_is_next);
            if forced || payload.first() != Some(&SIGN) {
                return line(payload, at).map(|line| Step::Message(Message::Line(line)));
            }
            match Control::parse(payload).map_err(|source| WireError::Control { at, source })? {
                Control::Line => self.line_is_next = true,
                Control::Empty => return Ok(Step::Message(Message::Line(&[]))),
                record => return Ok(Step::Message(Message::Control(record))),
            }
        }
    }
}

/// A payload that is one line: a line feed in it would make it two wherever it is stored.
fn line(payload: &[u8], at: u64) -> Result<&[u8], WireError> {
    if payload.contains(&b'\n') { Err(WireError::LineFeed { at }) } else { Ok(payload) }
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
    /// A line has a line feed in it.
    #[error("the frame at byte {at} of the stream has more than one line")]
    LineFeed {
        /// Bytes of the stream before it.
        at: u64,
    },
}
