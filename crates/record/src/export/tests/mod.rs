//! Every kind of event in every format, as files say that it should be.

use std::{collections::BTreeSet, fs, path::PathBuf};

use decnet_event::{Kind, KindInfo, Severity};
use proptest::prelude::*;
use serde_json::Value;

use super::{Export, Exported, Format, cef, document::document, ecs, mapping::MAPPINGS};

/// A value for a field: one that its name makes likely, with what is hard to write where anything is possible.
fn sample(name: &str) -> &'static str {
    match name {
        "status" | "status_code" => "200",
        "method" => "POST",
        "username" => "ro,ot",
        "password" => "=1+1|x=\\\"y\\]",
        "path" | "orig_path" => "/var/www/a b.php",
        "rcpt_to" => "a@example.org,b@example.org",
        "mail_from" | "value" => "c@example.org",
        "headers" | "attributes" => "{\\\"a\\\": \\\"b\\\"}",
        "sha256" | "stored_as" => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "detail" | "body" | "data" => "\\\\xff\\\\x0a<script>",
        "port" | "target" => "445",
        "ip" => "192.0.2.7",
        name if name.contains("bytes") || name.contains("seq") || name.ends_with("_ms") => "1234",
        "size" | "received" | "count" | "days_left" | "from" | "to" | "key_bits" | "charset" => "7",
        "truncated" | "hashed" | "answered" => "false",
        _ => "sample",
    }
}

/// The line of a kind with all of its fields.
fn line(kind: &KindInfo) -> String {
    let priority = 128 + kind.severity as u8;
    let status = |name: &str| match (kind.name, name) {
        ("auth_attempt", "status") => "accepted",
        ("download_attempt", "status") => "sent",
        ("outbound_attempt", "status") => "unreachable",
        _ => sample(name),
    };
    let fields: String =
        kind.fields.iter().map(|(name, _)| format!(" {name}=\"{}\"", status(name))).collect();
    let session = " session=\"00000000000000aa\" src_ip=\"203.0.113.9\" src_port=\"40000\" dst_ip=\"2001:db8::3\" dst_port=\"22\"";
    let session = if kind.severity == Severity::Error { "" } else { session };
    format!(
        "<{priority}>1 2025-11-26T10:47:13.987654+00:00 decky-03 ssh - {} [relay@55555 boot=\"00000000000000bb\" seq=\"5\"{session}{fields}]",
        kind.name
    )
}

fn export<'e>(format: Format, lines: impl IntoIterator<Item = &'e [u8]>) -> String {
    let mut export = Export::begin(format, Vec::new()).unwrap();
    for (at, line) in lines.into_iter().enumerate() {
        export.event(&Exported { id: at as i64 + 1, worker: "edge-1", ignored: None, line }).unwrap();
    }
    String::from_utf8(export.end().unwrap()).unwrap()
}

fn golden(format: Format) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/export/golden")).join(format.word())
}

fn every_kind(format: Format) -> String {
    let lines: Vec<_> = Kind::ALL.iter().map(line).collect();
    export(format, lines.iter().map(|line| line.as_bytes()))
}

fn reference() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/exports.md"))
}

#[test]
fn every_kind_is_what_the_files_say() {
    for format in Format::ALL {
        let expect = fs::read_to_string(golden(format)).unwrap();
        let found = every_kind(format);
        for (found, expect) in found.lines().zip(expect.lines()) {
            assert_eq!(found, expect, "{format:?}");
        }
        assert_eq!(found, expect, "{format:?}");
    }
}

/// Writes the files anew: what has changed is then to be looked at as code is.
#[test]
#[ignore = "it writes files"]
fn write_the_files() {
    for format in Format::ALL {
        fs::write(golden(format), every_kind(format)).unwrap();
    }
    fs::write(reference(), document()).unwrap();
}

#[test]
fn every_kind_of_the_catalogue_has_a_mapping() {
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name).collect();
    let mapped: Vec<_> = MAPPINGS.iter().map(|mapping| mapping.kind).collect();
    assert_eq!(mapped, kinds);
}

#[test]
fn every_field_that_is_mapped_is_one_of_the_catalogue() {
    let fields: BTreeSet<_> = Kind::ALL.iter().flat_map(|kind| kind.fields).map(|(name, _)| *name).collect();
    let identity = ["src_port", "dst_port"];
    let mapped = ecs::FIELDS.iter().chain(&cef::KEYS).map(|(field, _)| *field);
    for field in mapped.filter(|field| !identity.contains(field)) {
        assert!(fields.contains(field), "{field}");
    }
}

#[test]
fn the_reference_is_that_of_the_code() {
    assert_eq!(fs::read_to_string(reference()).unwrap(), document());
}

#[test]
fn formats_have_their_words() {
    for format in Format::ALL {
        assert_eq!(Format::of_word(format.word()), Some(format));
    }
    assert_eq!(Format::of_word("xml"), None);
}

#[test]
fn what_is_required_by_ocsf_is_there() {
    for text in every_kind(Format::Ocsf).lines() {
        let event: Value = serde_json::from_str(text).unwrap();
        for required in ["class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "time"] {
            assert!(event[required].is_u64(), "{required}: {text}");
        }
        let (class, activity) =
            (event["class_uid"].as_u64().unwrap(), event["activity_id"].as_u64().unwrap());
        assert_eq!(event["type_uid"].as_u64().unwrap(), class * 100 + activity);
        assert!(event["metadata"]["version"].is_string() && event["metadata"]["product"].is_object());
        let required: &[&str] = match class {
            1001 => &["/actor", "/device/type_id", "/file/name", "/file/type_id"],
            1007 => &["/actor", "/device/type_id", "/process/cmd_line"],
            2004 => &["/finding_info/title", "/finding_info/uid"],
            3001 | 3002 => &["/user/name", "/dst_endpoint/hostname"],
            4002 => &["/dst_endpoint/hostname", "/http_request/url", "/http_response/code"],
            4001 | 4007 => &["/dst_endpoint/hostname", "/src_endpoint/ip"],
            4009 => &["/email/from", "/email/to/1", "/direction_id"],
            6002 => &["/app/name"],
            _ => panic!("class {class}"),
        };
        assert!(required.iter().all(|path| event.pointer(path).is_some()), "{text}");
    }
}

#[test]
fn what_is_ones_own_doing_says_so_in_every_format() {
    let line = line(&Kind::ALL[6]);
    let expect =
        ["\"ignored\":\"7\"", ",7\r\n", "\"ignored\":7", "\"ignored\":\"7\"", "cs3Label=ignored cs3=7"];
    for (format, expect) in Format::ALL.into_iter().zip(expect) {
        let mut export = Export::begin(format, Vec::new()).unwrap();
        let event = Exported { id: 1, worker: "edge-1", ignored: Some(7), line: line.as_bytes() };
        export.event(&event).unwrap();
        let text = String::from_utf8(export.end().unwrap()).unwrap();
        assert!(text.contains(expect), "{format:?}: {text}");
    }
}

proptest! {
    #[test]
    fn any_line_is_one_line_of_every_format(line: Vec<u8>, value in "[\\PC\\r\\n]{0,40}") {
        let mut event = b"<134>1 - h a - request [relay@55555 path=\"".to_vec();
        event.extend(value.replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]").bytes());
        event.extend(b"\"]");
        for format in [Format::JsonLines, Format::Ecs, Format::Ocsf, Format::Cef] {
            let text = export(format, [line.as_slice(), &event]);
            prop_assert_eq!(text.lines().count(), 2, "{:?}", format);
            if format != Format::Cef {
                prop_assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
            }
        }
        let _ = export(Format::Csv, [line.as_slice(), &event]);
    }
}
