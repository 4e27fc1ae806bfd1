//! RFC 5424 lines: the only encoder and the only decoder.
//!
//! `<PRI>1 TIME DECKY SERVICE - KIND [relay@55555 boot="…" seq="…" …]`, facility local0,
//! one structured-data element. A value is written as its [`crate::text`], and that text
//! with the three escapes of RFC 5424, section 6.3.3.

mod chunk;
mod decode;
mod diagnostic;
mod encode;

pub use chunk::{CHUNK_DATA_MAX, Chunk, encode_chunk};
pub use decode::{DecodeError, Record, decode};
pub use diagnostic::{Diagnostic, Urgency, encode_diagnostic};
pub use encode::{Cut, encode};

/// The structured-data id of every element that DECNET writes.
pub const SD_ID: &str = "relay@55555";

/// Longest line in bytes, without its line feed. Container engines cut at 16 KiB.
pub const MAX_LINE: usize = 8 * 1024;

/// MSGID of the records that carry pieces of an artifact; they never reach a log.
pub const CHUNK_MSGID: &str = "artifact_chunk";

/// Facility local0 of RFC 5424, section 6.2.1.
const FACILITY: u8 = 16;
