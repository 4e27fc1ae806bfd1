#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
//! Lines: what goes in comes out, whatever a peer sent.

use std::{net::SocketAddr, sync::Arc};

use decnet_event::{
    Boot, Event, Kind, Origin, Session, SessionId, Timestamp, record, text,
    wire::{self, Diagnostic, MAX_LINE, Urgency, decode, encode_diagnostic},
};
use proptest::prelude::*;

fn event(kind: Kind) -> Event {
    Event {
        time: Timestamp(1_764_154_033_000_042),
        origin: Arc::new(Origin { decky: "web-01".into(), service: "http".into(), boot: Boot(0xabc) }),
        seq: 7,
        session: Some(Session {
            id: SessionId(0x1f),
            src: "10.77.0.9:40000".parse::<SocketAddr>().unwrap(),
            dst: "[::ffff:10.77.0.20]:80".parse::<SocketAddr>().unwrap(),
        }),
        kind,
    }
}

fn command(args: &[u8]) -> Kind {
    Kind::Command { command: b"SET".to_vec(), args: args.to_vec() }
}

/// The JSON object of a line.
fn object(line: &[u8]) -> serde_json::Value {
    let mut json = Vec::new();
    record::write_json(&wire::decode(line).unwrap(), line, &[], &mut json);
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn a_line_is_exactly_this() {
    let mut line = Vec::new();
    assert!(wire::encode(&event(command(b"a \"b\" ] \\ \n\xff")), &mut line).is_empty());
    let expected = concat!(
        r#"<134>1 2025-11-26T10:47:13.000042+00:00 web-01 http - command [relay@55555 boot="0000000000000abc" "#,
        r#"seq="7" session="000000000000001f" src_ip="10.77.0.9" src_port="40000" dst_ip="10.77.0.20" "#,
        r#"dst_port="80" command="SET" args="a \"b\" \] \\\\ \\x0a\\xff"]"#
    );
    assert_eq!(String::from_utf8(line).unwrap(), expected);
}

#[test]
fn every_kind_has_its_own_name_and_short_field_names() {
    let mut names: Vec<_> = Kind::ALL.iter().map(|k| k.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Kind::ALL.len());
    for info in Kind::ALL {
        assert!(info.name.len() <= 32, "{}", info.name);
        // RFC 5424: SD-NAME has at most 32 characters, and a cut adds `.sha256`.
        assert!(info.fields.iter().all(|(name, _)| name.len() + ".sha256".len() <= 32), "{}", info.name);
    }
}

#[test]
fn a_long_value_is_cut_marked_and_handed_back_whole() {
    let mut line = Vec::new();
    let value = "ü]".repeat(9_000).into_bytes();
    let cuts = wire::encode(&event(command(&value)), &mut line);
    assert!(line.len() <= MAX_LINE, "{}", line.len());
    assert!(line.len() > MAX_LINE - 8, "{} wastes room", line.len());
    let record = wire::decode(&line).unwrap();
    assert!(value.starts_with(record.field("args").unwrap()));
    assert_eq!(record.field_str("args.len").unwrap(), value.len().to_string());
    let [cut] = cuts.as_slice() else { panic!("one cut expected") };
    assert_eq!((cut.field, &cut.value), ("args", &value));
    assert_eq!(record.field_str("args.sha256"), Some(cut.sha256.as_str()));
}

#[test]
fn a_record_that_is_not_utf8_says_so() {
    let mut line = Vec::new();
    wire::encode(&event(command(b"\xfe")), &mut line);
    let json = object(&line);
    assert_eq!(json["fields"]["args"], "\\xfe");
    assert_eq!(json["escaped"], serde_json::json!(["args"]));
    assert_eq!(json["attacker_ip"], "10.77.0.9");
    assert_eq!(json["timestamp"], "2025-11-26T10:47:13.000042+00:00");
}

#[test]
fn what_is_no_line_is_refused_with_the_place() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "< expected at byte 0"),
        (b"<192>1 - - - - - -", "priority of at most 191 expected at byte 4"),
        (b"<134>2 - - - - - -", "version 1 expected at byte 5"),
        (b"<134>1 yesterday - - - - -", "RFC 3339 timestamp expected at byte 17"),
        (b"<134>1 - - - - - [a b=\"c]", "escaped ] expected at byte 24"),
        (b"<134>1 - - - - - [a b=\"c", "closing quote expected at byte 24"),
        (b"<134>1 - - - - - -x", "space before the message expected at byte 18"),
    ];
    for (line, expected) in cases {
        assert_eq!(wire::decode(line).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_foreign_line_keeps_its_message_and_its_own_backslashes() {
    let line = b"<38>1 2026-01-01T00:00:00Z host sshd 42 - [x@1 k=\"v\"][relay@55555 p=\"C:\\new\"] \xef\xbb\xbfFailed";
    let record = wire::decode(line).unwrap();
    assert_eq!(record.fields, vec![("p", b"C:\\new".into())]);
    assert_eq!((record.proc_id, record.msg_id, record.message), ("42", "", &b"Failed"[..]));
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..600),
        "\\PC{0,200}".prop_map(String::into_bytes),
        proptest::collection::vec(
            prop_oneof![
                Just(b'"'),
                Just(b'\\'),
                Just(b']'),
                Just(b'\n'),
                Just(0),
                Just(b'x'),
                Just(0x85),
                Just(0xe2)
            ],
            0..9_000
        ),
    ]
}

proptest! {
    #[test]
    fn text_round_trips(value in hostile()) {
        let text = text::escape(&value);
        prop_assert!(!text.chars().any(char::is_control));
        prop_assert_eq!(text::unescape(&text).unwrap(), value.clone());
        prop_assert_eq!(text::is_plain(&value), text.as_bytes() == value.as_slice());
    }

    #[test]
    fn an_event_round_trips_or_is_cut(first in hostile(), second in hostile()) {
        let mut line = Vec::new();
        let kind = Kind::Command { command: first.clone(), args: second.clone() };
        let cuts = wire::encode(&event(kind), &mut line);
        prop_assert!(line.len() <= MAX_LINE);
        prop_assert!(!line.iter().any(|b| *b < 0x20 || *b == 0x7f));
        let record = wire::decode(&line).unwrap();
        for (name, value) in [("command", &first), ("args", &second)] {
            let read = record.field(name).unwrap();
            match cuts.iter().find(|cut| cut.field == name) {
                Some(cut) => prop_assert!(cut.value == *value && value.starts_with(read)),
                None => prop_assert_eq!(read, value.as_slice()),
            }
        }
        object(&line);
    }

    #[test]
    fn decoding_never_panics(line in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = wire::decode(&line);
        let mut forged = b"<134>1 - - - - - ".to_vec();
        forged.extend_from_slice(&line);
        let _ = wire::decode(&forged);
    }
}

#[test]
fn a_diagnostic_is_one_line_whatever_it_says() {
    let mut out = Vec::new();
    let long = "é".repeat(MAX_LINE);
    for message in ["agent ready", "two\nlines \x1b[31m ] \"", long.as_str()] {
        out.clear();
        encode_diagnostic(
            &Diagnostic {
                time: Timestamp(1_700_000_000_000_000),
                urgency: Urgency::Warning,
                host: "lab 1",
                component: "agent",
                pid: 42,
                place: "agent.run",
                message,
            },
            &mut out,
        );
        assert!(out.len() <= MAX_LINE);
        assert!(out.iter().all(|b| *b >= b' '), "a control character ended up in the line");
        let record = decode(&out).unwrap();
        assert_eq!((record.priority, record.hostname, record.app_name), (132, "lab1", "agent"));
        assert_eq!((record.proc_id, record.msg_id, record.fields.len()), ("42", "agent.run", 0));
        assert!(
            message.len() > MAX_LINE
                || text::unescape(std::str::from_utf8(record.message).unwrap()).unwrap()
                    == message.as_bytes()
        );
    }
}
