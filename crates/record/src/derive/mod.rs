//! What one object of the log says: the event, and what is to be learnt of it. No I/O.
//!
//! An object is believed no further than its line: everything else in it was made from that, and is
//! made again here by the one decoder. A line that does not decode is no event, and no error either.

mod credential;
mod finding;
mod fingerprint;
mod identity;
mod object;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod text;

use std::net::IpAddr;

use decnet_event::{
    Boot, SessionId,
    wire::{self, Record},
};

pub(crate) use self::{
    finding::{Artifact, Credential, End, Finding},
    identity::{Digest, identify},
    object::Object,
};
use crate::limits;

impl Object<'_> {
    /// The event that its line tells, which came at `arrival` (microseconds since the Unix epoch);
    /// nothing where the line does not decode.
    pub(crate) fn entry(&self, arrival: i64) -> Option<Entry<'_>> {
        let line = self.raw_line.as_bytes();
        let record = wire::decode(line).ok()?;
        let address = record.field_str("src_ip").and_then(|text| text.parse::<IpAddr>().ok());
        let emitted = emitted(&record);
        Some(Entry {
            time: record.time.map_or(arrival, |time| time.0),
            worker: text::cut(&self.source_worker, limits::WORD),
            decky: text::cut(record.hostname, limits::WORD),
            service: text::cut(record.app_name, limits::WORD),
            kind: text::cut(record.msg_id, limits::WORD),
            address: address.map(|address| address.to_canonical()),
            port: record.field_str("src_port").and_then(|text| text.parse().ok()).unwrap_or(0),
            // What a conversation is called means something within a run of its emitter only.
            session: emitted.and_then(|_| session(&record)),
            emitted,
            line,
            findings: finding::findings(&record),
        })
    }
}

/// An event, as its line tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'o> {
    /// When, in microseconds since the Unix epoch.
    pub(crate) time: i64,
    /// The worker that it came from; empty on one host.
    pub(crate) worker: &'o str,
    /// Who saw it.
    pub(crate) decky: &'o str,
    /// The service or component.
    pub(crate) service: &'o str,
    /// The kind of event.
    pub(crate) kind: &'o str,
    /// The peer's address, by the socket.
    pub(crate) address: Option<IpAddr>,
    /// The peer's port; 0 where there is none.
    pub(crate) port: u16,
    /// Its number, by which it is known when it comes again.
    pub(crate) emitted: Option<Emitted>,
    /// The conversation, as its emitter calls it.
    pub(crate) session: Option<i64>,
    /// The line.
    pub(crate) line: &'o [u8],
    /// What is to be learnt of it.
    pub(crate) findings: Vec<Finding>,
}

/// Which event of which run of its emitter it is. 64 bits are kept as a number with a sign, as
/// databases have no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Emitted {
    /// The run.
    pub(crate) boot: i64,
    /// The number of the event, from 1 on and less than the greatest there is.
    pub(crate) seq: i64,
}

fn emitted(record: &Record<'_>) -> Option<Emitted> {
    let boot: Boot = record.field_str("boot")?.parse().ok()?;
    let seq = record.field_str("seq")?.parse().ok()?;
    (1..i64::MAX).contains(&seq).then_some(Emitted { boot: boot.0.cast_signed(), seq })
}

fn session(record: &Record<'_>) -> Option<i64> {
    let session: SessionId = record.field_str("session")?.parse().ok()?;
    Some(session.0.cast_signed())
}
