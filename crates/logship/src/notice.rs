//! A gap as an event, for who reads lines and nothing else.

use std::sync::Arc;

use decnet_event::{Boot, Event, Kind, Origin, Timestamp, wire};

use crate::position::Gap;

/// Who tells of a gap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teller<'a> {
    /// The host whose log it is.
    pub(crate) host: &'a str,
    /// APP-NAME.
    pub(crate) service: &'static str,
}

/// A gap as a line of its own, with its line feed: the same one whenever it is told for `time`.
pub(crate) fn gap_line(gap: &Gap, teller: Teller<'_>, time: Timestamp) -> Vec<u8> {
    let origin =
        Origin { decky: teller.host.to_owned(), service: teller.service.to_owned(), boot: run_of(gap) };
    let event = Event {
        time,
        origin: Arc::new(origin),
        seq: 1,
        session: None,
        kind: Kind::TransportGap {
            generation: gap.generation.to_string(),
            from: gap.from,
            to: gap.to,
            why: gap.why.word(),
        },
    };
    let mut line = Vec::new();
    // No field of it is long enough to be cut.
    wire::encode(&event, &mut line);
    line.push(b'\n');
    line
}

/// Each gap is a run of its own, named by what it is, so that no counter has to survive.
fn run_of(gap: &Gap) -> Boot {
    let [head, _] = gap.generation.0.as_chunks::<8>().0 else { return Boot(0) };
    Boot(u64::from_be_bytes(*head) ^ gap.from ^ gap.to.rotate_left(32))
}
