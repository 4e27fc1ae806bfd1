//! The objects of `decnet.json`, with the id and the worker.

use decnet_event::record;

use super::{Exported, seen::Seen};

pub(super) fn write(event: &Exported<'_>, seen: &Seen<'_>, out: &mut Vec<u8>) {
    let id = event.id.to_string();
    let ignored = seen.ignored();
    let more: Vec<_> = [Some(("id", id.as_str())), ignored.as_deref().map(|entry| ("ignored", entry))]
        .into_iter()
        .flatten()
        .chain([("worker", event.worker)])
        .collect();
    record::write_json(&seen.record, event.line, &more, out);
    out.push(b'\n');
}
