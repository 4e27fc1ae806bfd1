//! Documents of the Elastic Common Schema, version 8.

use decnet_event::{Severity, text::readable};
use serde_json::{Value, json};

use super::{
    mapping::Mapping,
    object::{Object, text},
    seen::Seen,
};

/// The version of the schema.
pub(super) const VERSION: &str = "8.11.0";

/// Which field of a kind becomes which field of ECS, where the names have one meaning in all kinds.
pub(super) const FIELDS: [(&str, &str); 17] = [
    ("username", "user.name"),
    ("method", "http.request.method"),
    ("http_version", "http.version"),
    ("user_agent", "user_agent.original"),
    ("host", "url.domain"),
    ("query", "url.query"),
    ("tls_version", "tls.version"),
    ("cipher", "tls.cipher"),
    ("sni", "tls.client.server_name"),
    ("alpn", "tls.next_protocol"),
    ("orig_path", "file.path"),
    ("sha256", "file.hash.sha256"),
    ("size", "file.size"),
    ("mail_from", "email.from.address"),
    ("subject", "email.subject"),
    ("error", "error.message"),
    ("reason", "event.reason"),
];

pub(super) fn event(seen: &Seen<'_>) -> Value {
    let object = identity(head(seen), seen);
    let object = FIELDS.iter().fold(object, |object, (field, path)| object.with(path, value(seen, field)));
    let object = kind(object, seen);
    object.with("decnet.fields", seen.own_fields()).with("decnet.ignored", seen.ignored).done()
}

/// What every document says of itself.
fn head(seen: &Seen<'_>) -> Object {
    let record = &seen.record;
    let Mapping { ecs: (category, kind), .. } = seen.mapping();
    let alert = seen.severity() == Severity::Warning;
    Object::default()
        .with("@timestamp", Some(seen.time().to_string()))
        .with("ecs.version", Some(VERSION))
        .with("message", text(&readable(record.message)).or(Some(seen.summary().into())))
        .with("event.kind", Some(if alert { "alert" } else { "event" }))
        .with("event.category", Some(json!([category.word()])))
        .with("event.type", Some(json!([kind])))
        .with("event.action", text(record.msg_id))
        .with("event.id", Some(seen.id.to_string()))
        .with("event.module", Some("decnet"))
        .with("event.dataset", Some("decnet.events"))
        .with("event.provider", text(record.app_name))
        .with("event.severity", Some(record.priority % 8))
        .with("event.sequence", seen.number("seq"))
        .with("event.original", Some(readable(seen.line)))
        .with("event.outcome", outcome(seen))
        .with("host.name", text(record.hostname))
        .with("observer.name", text(seen.worker))
        .with("observer.type", Some("honeypot"))
        .with("observer.product", Some("DECNET"))
        .with("observer.vendor", Some("DECNET"))
}

/// Who spoke with whom.
fn identity(object: Object, seen: &Seen<'_>) -> Object {
    let address = |name| seen.address(name).map(|address| address.to_string());
    let addresses: Vec<_> = [address("src_ip"), address("dst_ip")].into_iter().flatten().collect();
    let list = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
    let users = seen.field("username").into_iter().map(String::from).collect();
    let hashes = seen.field("sha256").into_iter().map(String::from).collect();
    let service = Some(seen.record.app_name).filter(|name| !name.is_empty());
    object
        .with("source.ip", address("src_ip"))
        .with("source.port", seen.number("src_port"))
        .with("source.bytes", seen.number("bytes_in"))
        .with("destination.ip", address("dst_ip"))
        .with("destination.port", seen.number("dst_port"))
        .with("destination.bytes", seen.number("bytes_out"))
        .with("network.protocol", service)
        .with("related.ip", list(addresses))
        .with("related.user", list(users))
        .with("related.hash", list(hashes))
        .with("decnet.session", seen.field("session"))
        .with("decnet.boot", seen.field("boot"))
}

/// A field by its name of ECS: those that are numbers or lists there.
fn value(seen: &Seen<'_>, field: &str) -> Option<Value> {
    match field {
        "size" => seen.number(field).map(Value::from),
        "mail_from" => Some(json!([seen.field(field)?])),
        _ => seen.field(field).map(Value::from),
    }
}

/// What is called otherwise in one kind than in others.
fn kind(object: Object, seen: &Seen<'_>) -> Object {
    let field = |name| seen.field(name).map(String::from);
    match seen.record.msg_id {
        "request" => object
            .with("http.response.status_code", seen.number("status"))
            .with("url.path", field("path"))
            .with("http.request.body.content", field("body")),
        "command" => {
            let line = [field("command"), field("args")].into_iter().flatten().collect::<Vec<_>>().join(" ");
            object.with("process.command_line", Some(line)).with("process.name", field("command"))
        }
        "download_attempt" => object.with("file.path", field("path")),
        "disconnect" => {
            object.with("event.duration", seen.number("duration_ms").map(|ms| ms.saturating_mul(1_000_000)))
        }
        "mail_from" => object.with("email.from.address", field("value").map(|value| json!([value]))),
        "rcpt_to" | "rcpt_denied" | "vrfy" => {
            object.with("email.to.address", field("value").map(|value| json!([value])))
        }
        "message_accepted" => object
            .with("email.to.address", field("rcpt_to").map(|to| json!(to.split(',').collect::<Vec<_>>())))
            .with("email.message_id", field("msg_id")),
        _ => object,
    }
}

/// Whether what was tried succeeded.
pub(super) fn outcome(seen: &Seen<'_>) -> Option<&'static str> {
    let status = seen.field("status")?;
    match (seen.record.msg_id, &*status) {
        ("auth_attempt", "accepted") | ("download_attempt", "sent") => Some("success"),
        ("auth_attempt", "known") => Some("unknown"),
        ("auth_attempt" | "download_attempt" | "outbound_attempt", _) => Some("failure"),
        ("request", status) => Some(if status < "400" { "success" } else { "failure" }),
        _ => None,
    }
}
