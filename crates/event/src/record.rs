//! The JSON object of a decoded line: one line of `decnet.json`.
//!
//! `{"attacker_ip", "decky", "event_type", "fields", "msg", "raw_line", "service", "timestamp"}`,
//! in the order of their names. Every member is a text but `fields`, an object of texts, in the
//! order of its names; of a name that comes twice it has the last value. A value that is no valid
//! UTF-8 is given as its [`crate::text`], and its name stands in the list `escaped`, which comes
//! behind `decky` where there is one.

use std::borrow::Cow;

use crate::{Timestamp, json::Object, text, wire::Record};

/// Names under which an emitter of another origin may give the address of the peer, best first.
const ADDRESS_FIELDS: [&str; 7] =
    ["src_ip", "src", "client_ip", "remote_ip", "remote_addr", "target_ip", "ip"];

/// Appends the object of `record`, whose line is `raw_line`, to `out`, without a line feed. The
/// members `extra`, names and texts, follow its own.
pub fn write_json(record: &Record<'_>, raw_line: &[u8], extra: &[(&str, &str)], out: &mut Vec<u8>) {
    let fields = Fields::of(record);
    let time = record.time.map(Timestamp::rfc3339);
    out.reserve(2 * raw_line.len() + 512);
    Object::write(out, |object| {
        object.text("attacker_ip", fields.attacker_ip());
        object.text("decky", record.hostname);
        if fields.escaped().next().is_some() {
            object.list("escaped", fields.escaped());
        }
        object.text("event_type", if record.msg_id.is_empty() { "-" } else { record.msg_id });
        object.object("fields", |object| {
            fields.0.iter().for_each(|field| object.text(field.name, &field.text));
        });
        object.text("msg", &readable(record.message));
        object.text("raw_line", &readable(raw_line));
        object.text("service", record.app_name);
        object.text("timestamp", &time.as_ref().map(|time| readable(time)).unwrap_or_default());
        extra.iter().for_each(|(name, text)| object.text(name, text));
    });
}

/// Bytes as text, with a mark in place of what is no UTF-8.
fn readable(bytes: &[u8]) -> Cow<'_, str> {
    // The lossy conversion alone looks at byte after byte.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The fields of a record by name, each name once.
struct Fields<'a>(Vec<Field<'a>>);

struct Field<'a> {
    name: &'a str,
    /// Owned where the value is no UTF-8.
    text: Cow<'a, str>,
}

impl<'a> Field<'a> {
    fn of((name, value): &'a (&'a str, Cow<'a, [u8]>)) -> Self {
        let text = text::readable(value);
        Self { name, text }
    }
}

impl<'a> Fields<'a> {
    fn of(record: &'a Record<'a>) -> Self {
        let mut fields: Vec<_> = record.fields.iter().map(Field::of).collect();
        // Values of one name stay in their order, so that the last of them can be kept.
        fields.sort_by(|one, other| one.name.cmp(other.name));
        fields.dedup_by(|next, kept| {
            let again = next.name == kept.name;
            if again {
                std::mem::swap(next, kept);
            }
            again
        });
        Self(fields)
    }

    /// Names of the values that are no UTF-8.
    fn escaped(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|field| matches!(field.text, Cow::Owned(_))).map(|field| field.name)
    }

    fn attacker_ip(&self) -> &str {
        let text = |name: &&str| self.0.iter().find(|field| field.name == *name).map(|field| &*field.text);
        ADDRESS_FIELDS.iter().filter_map(text).find(|text| !text.is_empty()).unwrap_or("Unknown")
    }
}
