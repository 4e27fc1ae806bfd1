//! What stands in `master.json`, and how a gap is told.

use std::sync::Arc;

use decnet_event::{Boot, Event, Kind, Origin, record, wire};

use crate::{
    position::Gap,
    spool::{Host, Record},
};

/// APP-NAME of what is told here.
const LISTENER: &str = "listener";

/// Appends an object for each of `lines` that decodes, and says how many lines there were, and how
/// many of them do.
pub(super) fn push(lines: &[u8], host: &Host, out: &mut Vec<u8>) -> (u64, u64) {
    let uuid = host.id.to_string();
    let origin = [("host_uuid", uuid.as_str()), ("source_worker", host.name.as_str())];
    let (mut count, mut decoded, mut begin) = (0, 0, 0);
    for end in memchr::memchr_iter(b'\n', lines) {
        let line = lines.get(begin..end).unwrap_or_default();
        begin = end + 1;
        count += 1;
        if let Ok(record) = wire::decode(line) {
            decoded += 1;
            record::write_json(&record, line, &origin, out);
            out.push(b'\n');
        }
    }
    (count, decoded)
}

/// A gap as a line of its own: the same one whenever it is derived.
pub(super) fn gap_line(record: &Record<'_>, gap: &Gap) -> Vec<u8> {
    let origin = Origin {
        decky: record.host.name.as_str().to_owned(),
        service: LISTENER.to_owned(),
        boot: run_of(gap),
    };
    let event = Event {
        time: record.time,
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
