//! The JSON object of a decoded line: one line of `decnet.json`.
//!
//! `{"timestamp", "decky", "service", "event_type", "attacker_ip", "fields", "msg", "raw_line"}`.
//! Every member is a string but `fields`, an object of strings. A value that is no valid
//! UTF-8 is given as its [`crate::text`], and its name stands in the list `escaped`.

use serde_json::{Map, Value};

use crate::{text, wire::Record};

/// Names under which an emitter of another origin may give the address of the peer, best first.
const ADDRESS_FIELDS: [&str; 7] =
    ["src_ip", "src", "client_ip", "remote_ip", "remote_addr", "target_ip", "ip"];

/// The JSON object of `record`, whose line is `raw_line`.
pub fn to_json(record: &Record<'_>, raw_line: &[u8]) -> Value {
    let mut fields = Map::new();
    let mut escaped = Vec::new();
    for (name, value) in &record.fields {
        let text = match std::str::from_utf8(value) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                escaped.push(Value::from(*name));
                text::escape(value)
            }
        };
        fields.insert((*name).to_owned(), text.into());
    }

    let mut object = Map::new();
    let time = record.time.map(|t| t.to_string()).unwrap_or_default();
    object.insert("timestamp".into(), time.into());
    object.insert("decky".into(), record.hostname.into());
    object.insert("service".into(), record.app_name.into());
    object.insert("event_type".into(), if record.msg_id.is_empty() { "-" } else { record.msg_id }.into());
    object.insert("attacker_ip".into(), attacker_ip(&fields).into());
    object.insert("fields".into(), fields.into());
    object.insert("msg".into(), String::from_utf8_lossy(record.message).into());
    object.insert("raw_line".into(), String::from_utf8_lossy(raw_line).into());
    if !escaped.is_empty() {
        object.insert("escaped".into(), escaped.into());
    }
    object.into()
}

fn attacker_ip(fields: &Map<String, Value>) -> &str {
    ADDRESS_FIELDS
        .iter()
        .find_map(|name| fields.get(*name).and_then(Value::as_str).filter(|ip| !ip.is_empty()))
        .unwrap_or("Unknown")
}
