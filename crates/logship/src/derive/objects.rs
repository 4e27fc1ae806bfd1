//! What stands in `master.json`.

use decnet_event::{record, wire};

use crate::spool::Host;

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
