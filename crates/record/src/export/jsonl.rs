//! The objects of `decnet.json`, with the id and the worker.

use decnet_event::record;

use super::{Exported, seen::Seen};

pub(super) fn write(event: &Exported<'_>, seen: &Seen<'_>, out: &mut Vec<u8>) {
    let id = event.id.to_string();
    record::write_json(&seen.record, event.line, &[("id", &id), ("worker", event.worker)], out);
    out.push(b'\n');
}
