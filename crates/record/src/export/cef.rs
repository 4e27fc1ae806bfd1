//! Lines of the Common Event Format, version 0.

use std::net::IpAddr;

use decnet_event::{Severity, text};
use serde_json::Value;

use super::seen::Seen;

/// Which field becomes which key.
pub(super) const KEYS: [(&str, &str); 12] = [
    ("src_port", "spt"),
    ("dst_port", "dpt"),
    ("username", "duser"),
    ("method", "requestMethod"),
    ("path", "request"),
    ("user_agent", "requestClientApplication"),
    ("orig_path", "filePath"),
    ("sha256", "fileHash"),
    ("size", "fsize"),
    ("status", "outcome"),
    ("bytes_in", "in"),
    ("bytes_out", "out"),
];

/// Most bytes of a value, as the format has it.
const VALUE: usize = 1023;

/// Most bytes of the value of a custom string.
const CUSTOM: usize = 4000;

pub(super) fn write(seen: &Seen<'_>, out: &mut Vec<u8>) {
    let record = &seen.record;
    let kind = if record.msg_id.is_empty() { "-" } else { record.msg_id };
    let name = seen.summary().trim_end_matches('.');
    let version = env!("CARGO_PKG_VERSION");
    let head = ["DECNET", "DECNET", version, kind, name, severity(seen)].map(header).join("|");
    let mut line = format!("CEF:0|{head}|");
    let mut pair = |key: &str, value: &str, most: usize| {
        if !value.is_empty() {
            let gap = if line.ends_with('|') { "" } else { " " };
            line.push_str(&format!("{gap}{key}={}", extension(value, most)));
        }
    };
    pair("rt", &seen.time().0.div_euclid(1000).to_string(), VALUE);
    pair("externalId", &seen.id.to_string(), VALUE);
    pair("dvchost", seen.worker, VALUE);
    pair("dhost", record.hostname, VALUE);
    pair("app", record.app_name, VALUE);
    for (field, v4, v6, label) in [
        ("src_ip", "src", "c6a2", "Source IPv6 Address"),
        ("dst_ip", "dst", "c6a3", "Destination IPv6 Address"),
    ] {
        match seen.address(field) {
            Some(IpAddr::V4(address)) => pair(v4, &address.to_string(), VALUE),
            Some(IpAddr::V6(address)) => {
                pair(&format!("{v6}Label"), label, VALUE);
                pair(v6, &address.to_string(), VALUE);
            }
            None => {}
        }
    }
    for (field, key) in KEYS {
        pair(key, &seen.field(field).unwrap_or_default(), VALUE);
    }
    custom(seen, &mut pair);
    out.extend(line.bytes());
    out.push(b'\n');
}

/// The session, and all fields of the kind as one object of JSON.
fn custom(seen: &Seen<'_>, pair: &mut impl FnMut(&str, &str, usize)) {
    if let Some(session) = seen.field("session") {
        pair("cs1Label", "session", VALUE);
        pair("cs1", &session, CUSTOM);
    }
    if let Some(own) = seen.own_fields() {
        pair("cs2Label", "fields", VALUE);
        pair("cs2", &plain_json(&own), CUSTOM);
    }
    if let Some(entry) = seen.ignored() {
        pair("cs3Label", "ignored", VALUE);
        pair("cs3", &entry, CUSTOM);
    }
}

/// A text in the head.
fn header(text: &str) -> String {
    text::escape(text.as_bytes()).replace('|', "\\|")
}

/// A value in the extension: first printable, then cut, then without what would end it or begin another.
fn extension(value: &str, most: usize) -> String {
    let value = printable(value);
    let cut = value.get(..value.floor_char_boundary(most)).unwrap_or_default();
    cut.replace('\\', "\\\\").replace('=', "\\=")
}

/// A text in which what cannot be printed is `\xHH`. A backslash stands for itself: the fields say exactly what it was.
fn printable(value: &str) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut text, c| {
        if c == '\\' {
            text.push(c)
        } else {
            text::escape_into(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut text)
        }
        text
    })
}

/// An object as JSON that can be printed, which JSON alone does not promise.
fn plain_json(own: &Value) -> String {
    own.to_string().chars().fold(String::new(), |mut json, c| {
        let plain = matches!(c, '\\' | '"') || text::is_plain(c.encode_utf8(&mut [0; 4]).as_bytes());
        // All of them are of the basic plane.
        if plain {
            json.push(c)
        } else {
            json.push_str(&format!("\\u{:04x}", u32::from(c)))
        }
        json
    })
}

/// Severity from 0 to 10.
fn severity(seen: &Seen<'_>) -> &'static str {
    match seen.severity() {
        Severity::Info => "3",
        Severity::Error => "5",
        Severity::Warning => "7",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_head_a_pair_or_a_line() {
        assert_eq!(header("a|b\\c"), "a\\|b\\\\c");
        assert_eq!(extension("a=b|c", 99), "a\\=b|c");
        assert_eq!(extension("x\r\ndst=10.0.0.1", 99), "x\\\\x0d\\\\x0adst\\=10.0.0.1");
        assert_eq!(extension("C:\\a", 99), "C:\\\\a");
        assert_eq!(extension("äöü", 3), "ä");
    }

    #[test]
    fn the_object_of_fields_is_read_as_it_was_written() {
        let own = serde_json::json!({"a": "x=\"y\"\\|\r\n\u{85}\u{202e}\u{1f600}"});
        let pair = extension(&plain_json(&own), CUSTOM);
        assert!(text::is_plain(pair.replace('\\', "").as_bytes()));
        let read = pair.replace("\\=", "=").replace("\\\\", "\\");
        assert_eq!(serde_json::from_str::<Value>(&read).unwrap(), own);
    }
}
