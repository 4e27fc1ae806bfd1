//! Pieces of an artifact, on the same stdout as the events.

use std::io::Write as _;

use super::{CHUNK_MSGID, encode::header};
use crate::{Origin, Severity, Timestamp};

/// Most raw bytes that one chunk record carries.
pub const CHUNK_DATA_MAX: usize = 4_608;

/// A piece of an artifact. Pieces may arrive twice; writing one at its offset is idempotent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Number of the artifact within the run of its emitter.
    pub artifact: u64,
    /// Where the piece begins.
    pub offset: u64,
    /// The bytes, in base64 with padding.
    pub data_base64: &'a str,
    /// For the last piece: SHA-256 (64 hexadecimal digits) and size of the whole.
    pub last: Option<(&'a str, u64)>,
}

/// Appends the line of `chunk` to `out`, without a line feed.
pub fn encode_chunk(time: Timestamp, origin: &Origin, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
    header(Severity::Info, time, origin, CHUNK_MSGID, out);
    let _ = write!(
        out,
        r#" artifact="{}" offset="{}" data="{}""#,
        chunk.artifact, chunk.offset, chunk.data_base64
    );
    if let Some((sha256, size)) = chunk.last {
        let _ = write!(out, r#" sha256="{sha256}" size="{size}""#);
    }
    out.push(b']');
}
