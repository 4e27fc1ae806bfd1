//! Events of the Open Cybersecurity Schema Framework, version 1.3.

use std::net::IpAddr;

use decnet_event::{Severity, text::readable};
use serde_json::{Value, json};

use super::{
    ecs,
    mapping::{self, Activity, Class},
    object::{Object, text},
    seen::Seen,
};

/// The version of the schema.
pub(super) const VERSION: &str = "1.3.0";

pub(super) fn event(seen: &Seen<'_>) -> Value {
    let (class, _) = seen.mapping().ocsf;
    let object = of_class(head(seen, class), seen, class);
    object.with("unmapped", seen.own_fields()).with("unmapped.ignored", seen.ignored()).done()
}

/// What every class has.
fn head(seen: &Seen<'_>, class: Class) -> Object {
    let (activity, name) = match seen.mapping().ocsf.1 {
        Activity::Is(number, name) => (number, name),
        Activity::Method => mapping::method(&seen.field("method").unwrap_or_default()),
    };
    let (severity_id, severity) = severity(seen);
    let status = ecs::outcome(seen).map(|outcome| match outcome {
        "success" => (1, "Success"),
        "failure" => (2, "Failure"),
        _ => (0, "Unknown"),
    });
    Object::default()
        .with("class_uid", Some(class.uid()))
        .with("class_name", Some(class.name()))
        .with("category_uid", Some(class.uid() / 1000))
        .with("activity_id", Some(activity))
        .with("activity_name", Some(name))
        .with("type_uid", Some(class.uid() * 100 + activity))
        .with("time", Some(seen.time().0.div_euclid(1000)))
        .with("severity_id", Some(severity_id))
        .with("severity", Some(severity))
        .with("status_id", status.map(|(id, _)| id))
        .with("status", status.map(|(_, name)| name))
        .with("message", Some(seen.summary()))
        .with("raw_data", Some(readable(seen.line)))
        .with("metadata", Some(metadata(seen)))
}

fn metadata(seen: &Seen<'_>) -> Value {
    Object::default()
        .with("version", Some(VERSION))
        .with("uid", Some(seen.id.to_string()))
        .with("event_code", text(seen.record.msg_id))
        .with("log_name", text(seen.record.app_name))
        .with("log_provider", text(seen.worker))
        .with("sequence", seen.number("seq"))
        .with("product", Some(product()))
        .done()
}

fn product() -> Value {
    json!({"name": "DECNET", "vendor_name": "DECNET", "version": env!("CARGO_PKG_VERSION")})
}

/// What the class of an event asks for.
fn of_class(object: Object, seen: &Seen<'_>, class: Class) -> Object {
    match class {
        Class::FileSystemActivity => on_device(object, seen).with("file", Some(file(seen))),
        Class::ProcessActivity => on_device(object, seen).with("process", Some(process(seen))),
        Class::DetectionFinding => finding(object, seen),
        Class::AccountChange => ends(object, seen).with("user", Some(user(seen))),
        Class::Authentication => authentication(ends(object, seen), seen),
        Class::NetworkActivity | Class::SshActivity => network(ends(object, seen), seen),
        Class::HttpActivity => http(ends(object, seen), seen),
        Class::EmailActivity => email(ends(object, seen), seen),
        Class::ApplicationLifecycle => object.with("app", Some(product())).with("device", Some(device(seen))),
    }
}

/// Both ends of a conversation.
fn ends(object: Object, seen: &Seen<'_>) -> Object {
    object.with("src_endpoint", peer(seen)).with("dst_endpoint", Some(decky(seen)))
}

fn peer(seen: &Seen<'_>) -> Option<Value> {
    let ip = seen.address("src_ip")?.to_string();
    Some(Object::default().with("ip", Some(ip)).with("port", seen.number("src_port")).done())
}

fn decky(seen: &Seen<'_>) -> Value {
    Object::default()
        .with("ip", seen.address("dst_ip").map(|ip| ip.to_string()))
        .with("port", seen.number("dst_port"))
        .with("hostname", text(seen.record.hostname))
        .with("svc_name", text(seen.record.app_name))
        .done()
}

/// The decky as a machine on which something happens.
fn device(seen: &Seen<'_>) -> Value {
    Object::default()
        .with("hostname", text(seen.record.hostname))
        .with("ip", seen.address("dst_ip").map(|ip| ip.to_string()))
        .with("type_id", Some(99))
        .with("type", Some("Decoy"))
        .done()
}

/// What a visitor does on a decky. Who he is is known by his session and his address only.
fn on_device(object: Object, seen: &Seen<'_>) -> Object {
    let name = seen.address("src_ip").map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
    object
        .with("device", Some(device(seen)))
        .with("actor.session.uid", seen.field("session"))
        .with("actor.user.name", Some(name))
        .with("observables", seen.address("src_ip").map(observable))
}

fn observable(address: IpAddr) -> Value {
    json!([{"name": "actor.user.name", "type": "IP Address", "type_id": 2, "value": address.to_string()}])
}

fn file(seen: &Seen<'_>) -> Value {
    let path = seen.field("orig_path").or_else(|| seen.field("path")).unwrap_or_default().into_owned();
    let name =
        path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or("unknown").to_owned();
    let hash = seen
        .field("sha256")
        .map(|value| json!([{"algorithm_id": 3, "algorithm": "SHA-256", "value": value}]));
    Object::default()
        .with("name", Some(name))
        .with("path", Some(path).filter(|path| !path.is_empty()))
        .with("type_id", Some(1))
        .with("size", seen.number("size"))
        .with("hashes", hash)
        .done()
}

fn process(seen: &Seen<'_>) -> Value {
    let words = [seen.field("command"), seen.field("args")].into_iter().flatten().collect::<Vec<_>>();
    Object::default()
        .with("name", seen.field("command"))
        .with("cmd_line", Some(words.join(" ")).filter(|line| !line.is_empty()))
        .done()
}

fn finding(object: Object, seen: &Seen<'_>) -> Object {
    let evidence = Object::default().with("src_endpoint", peer(seen)).with("dst_endpoint", Some(decky(seen)));
    object
        .with("finding_info.title", Some(seen.summary().trim_end_matches('.')))
        .with("finding_info.uid", Some(seen.id.to_string()))
        .with("finding_info.types", Some(json!([seen.record.msg_id])))
        .with("evidences", Some(json!([evidence.done()])))
}

fn user(seen: &Seen<'_>) -> Value {
    let name = seen.field("username").map_or_else(|| "unknown".to_owned(), String::from);
    json!({"name": name, "type_id": 0})
}

fn authentication(object: Object, seen: &Seen<'_>) -> Object {
    object
        .with("user", Some(user(seen)))
        .with("auth_protocol_id", Some(99))
        .with("auth_protocol", seen.field("mechanism"))
        .with("is_remote", Some(true))
        .with("logon_type_id", Some(3))
        .with("service.name", Some(seen.record.app_name))
        .with("session.uid", seen.field("session"))
}

fn network(object: Object, seen: &Seen<'_>) -> Object {
    let duration = seen.number("duration_ms");
    object
        .with("app_name", Some(seen.record.app_name))
        .with("connection_info.direction_id", Some(1))
        .with("connection_info.uid", seen.field("session"))
        .with("duration", duration)
        .with("traffic.bytes_in", seen.number("bytes_in"))
        .with("traffic.bytes_out", seen.number("bytes_out"))
        .with("tls.version", seen.field("tls_version"))
        .with("tls.cipher", seen.field("tls_version").and_then(|_| seen.field("cipher")))
        .with("tls.sni", seen.field("sni"))
        .with("status_detail", seen.field("error"))
}

fn http(object: Object, seen: &Seen<'_>) -> Object {
    let path = seen.field("path");
    network(object, seen)
        .with("http_request.http_method", seen.field("method"))
        .with("http_request.user_agent", seen.field("user_agent"))
        .with("http_request.version", seen.field("http_version"))
        .with("http_request.url.path", path)
        .with("http_request.url.query_string", seen.field("query"))
        .with("http_request.url.hostname", seen.field("host"))
        .with("http_response.code", seen.number("status"))
}

fn email(object: Object, seen: &Seen<'_>) -> Object {
    let to = seen.field("rcpt_to").unwrap_or_default().split(',').map(str::to_owned).collect::<Vec<_>>();
    object
        .with("direction_id", Some(1))
        .with("protocol_name", Some("SMTP"))
        .with("email.from", seen.field("mail_from"))
        .with("email.to", Some(to))
        .with("email.subject", seen.field("subject"))
        .with("email.size", seen.number("body_bytes"))
        .with("email.uid", seen.field("msg_id"))
}

/// Severity of OCSF. What any contact leaves behind asks for nothing, what is clearly hostile for a look, and a
/// failure of ours for more than that.
pub(super) fn severity(seen: &Seen<'_>) -> (u32, &'static str) {
    match seen.severity() {
        Severity::Info => (1, "Informational"),
        Severity::Warning => (3, "Medium"),
        Severity::Error => (4, "High"),
    }
}
