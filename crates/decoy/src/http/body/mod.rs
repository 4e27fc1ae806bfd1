//! The body of a request: read as it is framed, kept as far as it is wanted.
//!
//! The first [`KEPT`] bytes stay in memory, for forms and for the event. A longer body, the
//! body of a PUT, and files in a form go out as artifacts while they come; nothing else of
//! them stays.

mod chunked;
mod form;
mod framing;
mod multipart;
mod receive;
#[cfg(test)]
mod tests;

pub(super) use form::Form;
pub(super) use framing::{Framing, framing};
pub(super) use multipart::{Multipart, Part};
pub(super) use receive::{BodyError, Receiver};

/// Bytes of a body that stay in memory.
pub(super) const KEPT: usize = 64 * 1024;

/// What came of a body.
#[derive(Debug)]
pub(super) struct Received {
    /// How its end is known.
    pub framing: Framing,
    /// Bytes that came, those kept and those not.
    pub size: u64,
    kept: Vec<u8>,
    content_type: Vec<u8>,
}

impl Default for Received {
    fn default() -> Self {
        Self { framing: Framing::None, size: 0, kept: Vec::new(), content_type: Vec::new() }
    }
}

impl Received {
    /// The first bytes.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// The fields of a form.
    pub(super) fn form(&self) -> Form {
        Form::parse(&self.content_type, &self.kept)
    }
}
