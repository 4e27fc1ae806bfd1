//! What our two ends say to each other: frames that are control records or lines.
//!
//! A frame that begins with `@` is a [`Control`] record; every other is one line, without its line
//! feed. Two kinds of line cannot be a frame of their own: one that begins with `@`, before which
//! `@line` is sent, and the empty one, in whose place `@empty` is. [`push_line`] and [`Decoder`]
//! see to both, so that nobody else need know of it.

mod control;
mod decode;
#[cfg(test)]
mod tests;

use decnet_proto::frame::{self, Unframeable};

pub use control::{Control, ControlError};
pub(crate) use control::{Words, push_text};
pub use decode::{Decoder, Message, Step, WireError};

/// The protocol's name in the handshake (ALPN, RFC 7301).
pub const PROTOCOL: &[u8] = b"decnet-log/1";

/// Most marks that a receiver tells of before it is ready.
pub const MARKS_MAX: usize = 16;

/// What a control record begins with.
pub(crate) const SIGN: u8 = b'@';

/// Appends the frame, or the two, of a line that is given without its line feed.
///
/// # Errors
/// [`Unframeable`] when it is longer than any frame; nothing is appended then.
pub fn push_line(line: &[u8], out: &mut Vec<u8>) -> Result<(), Unframeable> {
    match line.first() {
        None => Control::Empty.push(out),
        Some(&SIGN) => {
            let before = out.len();
            Control::Line.push(out);
            frame::encode(line, out).inspect_err(|_| out.truncate(before))?;
        }
        Some(_) => frame::encode(line, out)?,
    }
    Ok(())
}
