#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
//! The JSON object of a line, beside one that is built member by member.

use decnet_event::{
    record::write_json,
    text,
    wire::{Record, decode},
};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// What the object must be: maps of `serde_json` are in the order of their names, and keep the last
/// value of a name.
fn model(record: &Record<'_>, raw_line: &[u8]) -> Map<String, Value> {
    let (mut fields, mut escaped) = (Map::new(), Map::new());
    for (name, value) in &record.fields {
        let readable = std::str::from_utf8(value).map(str::to_owned);
        escaped.insert((*name).to_owned(), readable.is_err().into());
        fields.insert((*name).to_owned(), readable.unwrap_or_else(|_| text::escape(value)).into());
    }
    let mut object = Map::new();
    object.insert("timestamp".into(), record.time.map(|t| t.to_string()).unwrap_or_default().into());
    object.insert("decky".into(), record.hostname.into());
    object.insert("service".into(), record.app_name.into());
    object.insert("event_type".into(), if record.msg_id.is_empty() { "-" } else { record.msg_id }.into());
    object.insert("attacker_ip".into(), attacker_ip(&fields).into());
    object.insert("fields".into(), fields.into());
    object.insert("msg".into(), String::from_utf8_lossy(record.message).into());
    object.insert("raw_line".into(), String::from_utf8_lossy(raw_line).into());
    let escaped: Vec<_> = escaped.into_iter().filter(|(_, escaped)| *escaped == true).collect();
    if !escaped.is_empty() {
        object.insert("escaped".into(), escaped.into_iter().map(|(name, _)| name).collect());
    }
    object
}

fn attacker_ip(fields: &Map<String, Value>) -> &str {
    ["src_ip", "src", "client_ip", "remote_ip", "remote_addr", "target_ip", "ip"]
        .iter()
        .find_map(|name| fields.get(*name).and_then(Value::as_str).filter(|ip| !ip.is_empty()))
        .unwrap_or("Unknown")
}

/// The object of a line as text, behind something that stood there before.
fn written(line: &[u8], extra: &[(&str, &str)]) -> String {
    let mut out = b"before ".to_vec();
    write_json(&decode(line).unwrap(), line, extra, &mut out);
    String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
}

fn check(line: &[u8]) {
    let expected = Value::from(model(&decode(line).unwrap(), line)).to_string();
    assert_eq!(written(line, &[]), expected);
    let extra = [("host_uuid", "a \"b\""), ("source_worker", "w1")];
    let with_extra =
        format!(r#"{},"host_uuid":"a \"b\"","source_worker":"w1"}}"#, &expected[..expected.len() - 1]);
    assert_eq!(written(line, &extra), with_extra);
}

#[test]
fn an_object_is_exactly_this() {
    let line = concat!(
        r#"<134>1 2025-11-26T10:47:13.000042+00:00 web-01 http - command [relay@55555 boot="1" src_ip="10.0.0.9" "#,
        r#"args="a \"b\" \\xff"] said"#
    );
    let expected = concat!(
        r#"{"attacker_ip":"10.0.0.9","decky":"web-01","escaped":["args"],"event_type":"command","#,
        r#""fields":{"args":"a \"b\" \\xff","boot":"1","src_ip":"10.0.0.9"},"msg":"said","raw_line":"#,
        r#""<134>1 2025-11-26T10:47:13.000042+00:00 web-01 http - command [relay@55555 boot=\"1\" "#,
        r#"src_ip=\"10.0.0.9\" args=\"a \\\"b\\\" \\\\xff\"] said","service":"http","#,
        r#""timestamp":"2025-11-26T10:47:13.000042+00:00"}"#
    );
    assert_eq!(written(line.as_bytes(), &[]), expected);
}

#[test]
fn a_name_that_comes_twice_has_its_last_value() {
    let line = br#"<134>1 - - - - - [relay@55555 ip="1" a="\\xff" ip="2" a="x"]"#;
    assert!(written(line, &[]).starts_with(
        r#"{"attacker_ip":"2","decky":"","event_type":"-","fields":{"a":"x","ip":"2"},"msg":"","#
    ));
    check(line);
    check(br#"<134>1 - - - - - [relay@55555 a="1" a="\\xff" a="2" a="\\xfe"]"#);
}

/// A structured-data element of ours: names that may come twice, values with everything in them.
fn element() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        "[!#-<>-\\\\^-~]{1,3}",
        proptest::sample::select(&["src_ip", "src", "ip", "remote_addr", "line"][..]).prop_map(str::to_owned),
    ];
    let byte = prop_oneof![
        4 => any::<u8>().prop_map(|byte| vec![if b"\"\\]".contains(&byte) { b'.' } else { byte }]),
        2 => proptest::sample::select(&[r#"\""#, r"\\", r"\]", r"\\xff", r"\\x0a", "ü", r"\n"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let value = proptest::collection::vec(byte, 0..30).prop_map(|bytes| bytes.concat());
    proptest::collection::vec((name, value), 0..30).prop_map(|fields| {
        let mut out = b"[relay@55555".to_vec();
        for (name, value) in fields {
            out.extend([b" ", name.as_bytes(), b"=\"", &value, b"\""].concat());
        }
        out.push(b']');
        out
    })
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let time = prop_oneof![Just("-"), Just("2025-11-26T10:47:13.000042+00:00"), Just("2025-11-26T10:47:13Z")];
    let token = || "-|[!-~]{1,8}";
    (time, token(), token(), element(), proptest::collection::vec(any::<u8>(), 0..40)).prop_map(
        |(time, host, id, element, message)| {
            let head = format!("<134>1 {time} {host} http - {id} ");
            [head.as_bytes(), &element, b" ", &message].concat()
        },
    )
}

proptest! {
    #[test]
    fn every_object_is_what_it_must_be(line in line()) {
        check(&line);
    }
}
