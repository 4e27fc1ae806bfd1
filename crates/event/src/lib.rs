//! What attackers do, as typed values and as the one line format that carries them.
//!
//! Every observation of DECNET is an [`Event`]: who saw it ([`Origin`]), in which
//! conversation ([`Session`]), and what happened ([`Kind`], a closed catalogue).
//! [`wire::encode`] is the only encoder of RFC 5424 lines in the product and
//! [`wire::decode`] the only decoder; [`record::write_json`] writes a decoded line as
//! the JSON object of `decnet.json`.
//!
//! Invariants:
//! - A line holds no control character, whatever a peer sent: no byte from the
//!   network can end a line, a field or a structured-data element.
//! - Every value round-trips byte for byte, non-UTF-8 included, unless it had to be
//!   cut; a cut value names its full length and SHA-256.
//! - A line is at most [`wire::MAX_LINE`] bytes, without its line feed.
//! - `(decky, boot, seq)` identifies an event; `seq` has no holes within a boot.
//!
//! This crate does no I/O: it reads no clock, environment, file, socket or random source.

mod catalogue;
mod event;
mod json;
pub mod record;
mod scan;
pub mod text;
mod timestamp;
pub mod wire;

pub use catalogue::{Field, Kind, KindInfo, Severity};
pub use event::{Boot, Event, Origin, Session, SessionId};
pub use timestamp::Timestamp;
