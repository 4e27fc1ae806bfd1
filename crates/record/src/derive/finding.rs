//! What is to be learnt of an event, by its kind.

use std::borrow::Cow;

use decnet_event::wire::Record;
use decnet_proto::mac::Mac;

use super::{credential, fingerprint, identity::Digest, text::readable};

/// Something that an event tells beyond that it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A secret was shown.
    Credential(Credential),
    /// A client can be told from others.
    Fingerprint(Fingerprint),
    /// The peer gave a command.
    Command,
    /// A file was captured.
    Artifact(Artifact),
    /// The conversation ended.
    End(End),
    /// The peer is in, under this name.
    Login(String),
    /// The peer answered from its address, so that it was not made up.
    Proven,
    /// The Ethernet address of who did it.
    Machine(Mac),
}

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    /// Of its kind, user name and secret.
    pub(crate) digest: Digest,
    /// `password`, `hash`, `key` or `community`.
    pub(crate) kind: &'static str,
    /// The user name.
    pub(crate) principal: Option<String>,
    /// The secret.
    pub(crate) secret: String,
    /// What is told of it, a JSON object.
    pub(crate) payload: String,
}

/// How a client can be told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Of its type and value.
    pub(crate) digest: Digest,
    /// What is told of it, a JSON object.
    pub(crate) payload: String,
}

/// A file that was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// SHA-256 of its content, 64 hexadecimal digits.
    pub(crate) sha256: String,
    /// Its size in bytes.
    pub(crate) size: i64,
    /// The name that the peer gave it.
    pub(crate) name: String,
    /// How it came.
    pub(crate) source: String,
    /// Whether its end is missing.
    pub(crate) truncated: bool,
}

/// The end of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Who ended it.
    pub(crate) reason: String,
    /// Bytes received.
    pub(crate) bytes_in: i64,
    /// Bytes sent.
    pub(crate) bytes_out: i64,
}

/// Names of the kinds that are looked at here.
#[cfg(test)]
pub(super) const KINDS: [&str; 10] = [
    "auth_attempt",
    "password_set",
    "snmp_request",
    "request",
    "ssh_client",
    "client_attributes",
    "telnet_client",
    "command",
    "file_captured",
    "address_conflict",
];

/// Everything that is to be learnt of an event.
pub(super) fn findings(record: &Record<'_>) -> Vec<Finding> {
    match record.msg_id {
        "connect" => vec![Finding::Proven],
        "disconnect" => end(record).into_iter().collect(),
        "command" => vec![Finding::Command],
        "file_captured" => artifact(record).into_iter().collect(),
        "auth_attempt" => {
            let login = login(record).into_iter();
            credential::of_attempt(record).into_iter().map(Finding::Credential).chain(login).collect()
        }
        "password_set" => credential::of_new_password(record).map(Finding::Credential).into_iter().collect(),
        "address_conflict" => machine(record).into_iter().collect(),
        "snmp_request" => credential::of_snmp(record).map(Finding::Credential).into_iter().collect(),
        _ => fingerprint::fingerprints(record).into_iter().map(Finding::Fingerprint).collect(),
    }
}

/// A JSON object of what is there of `members`, in the order of their names.
pub(super) fn payload(members: &[(&'static str, Option<&[u8]>)]) -> String {
    let mut members: Vec<_> = members.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    let mut out = String::with_capacity(128);
    for (name, value) in members {
        out.push_str(if out.is_empty() { "{\"" } else { ",\"" });
        out.push_str(name);
        out.push_str("\":");
        out.push_str(&serde_json::to_string(&readable(value)).unwrap_or_default());
    }
    out.push('}');
    out
}

/// A field as text.
fn field<'r>(record: &'r Record<'_>, name: &str) -> Option<Cow<'r, str>> {
    record.field(name).map(readable)
}

/// A field that is a number of at least 0.
fn number(record: &Record<'_>, name: &str) -> i64 {
    record.field_str(name).and_then(|text| text.parse().ok()).map_or(0, |number: i64| number.max(0))
}

fn login(record: &Record<'_>) -> Option<Finding> {
    let is_accepted = record.field("status") == Some(b"accepted");
    field(record, "username").filter(|_| is_accepted).map(|name| Finding::Login(name.into_owned()))
}

fn end(record: &Record<'_>) -> Option<Finding> {
    Some(Finding::End(End {
        reason: field(record, "reason")?.into_owned(),
        bytes_in: number(record, "bytes_in"),
        bytes_out: number(record, "bytes_out"),
    }))
}

fn machine(record: &Record<'_>) -> Option<Finding> {
    record.field_str("mac")?.parse().ok().map(Finding::Machine)
}

fn artifact(record: &Record<'_>) -> Option<Finding> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let sha256 = record.field_str("sha256").filter(|text| text.len() == 64 && text.bytes().all(is_digit))?;
    Some(Finding::Artifact(Artifact {
        sha256: sha256.to_owned(),
        size: number(record, "size"),
        name: field(record, "orig_path").unwrap_or_default().into_owned(),
        source: field(record, "source").unwrap_or_default().into_owned(),
        truncated: record.field("truncated") == Some(b"true"),
    }))
}
