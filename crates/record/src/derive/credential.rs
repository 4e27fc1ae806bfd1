//! Secrets that were shown.

use decnet_event::wire::Record;

use super::{
    finding::{Credential, payload},
    identity::identify,
    text::readable,
};

/// A secret that is found in a line, not yet text.
struct Shown<'r> {
    kind: &'static str,
    principal: Option<&'r [u8]>,
    secret: &'r [u8],
}

impl Shown<'_> {
    /// The secret, with further members to tell.
    fn with(&self, members: &[(&'static str, Option<&[u8]>)]) -> Credential {
        let Self { kind, principal, secret } = *self;
        let named: &[u8] = if principal.is_some() { b"named" } else { b"" };
        let mut all = vec![(secret_name(kind), Some(secret)), ("kind", Some(kind.as_bytes()))];
        all.push(("username", principal));
        all.extend(members);
        Credential {
            // Of the values as they came: two that are cut to the same are not the same.
            digest: identify(&[kind.as_bytes(), named, principal.unwrap_or_default(), secret]),
            kind,
            principal: principal.map(|name| readable(name).into_owned()),
            secret: readable(secret).into_owned(),
            payload: payload(&all),
        }
    }
}

/// What a secret of a kind is called where it is told.
fn secret_name(kind: &str) -> &'static str {
    match kind {
        "hash" => "hash",
        "key" => "key_fingerprint",
        "community" => "community",
        _ => "password",
    }
}

/// Of somebody who tried to log in.
pub(super) fn of_attempt(record: &Record<'_>) -> Vec<Credential> {
    let principal = record.field("username").filter(|name| !name.is_empty());
    let mechanism = ("mechanism", record.field("mechanism"));
    let shown = |kind, secret| Shown { kind, principal, secret };
    // No name and no password is nothing at all.
    let password = record.field("password").filter(|password| principal.is_some() || !password.is_empty());
    let hash = record.field("hash").filter(|hash| !hash.is_empty());
    let key = record.field("key_fingerprint").filter(|key| !key.is_empty());
    let key_type = ("key_type", record.field("key_type"));
    let mut all = Vec::new();
    all.extend(password.map(|secret| shown("password", secret).with(&[mechanism])));
    all.extend(hash.map(|secret| shown("hash", secret).with(&[mechanism])));
    all.extend(key.map(|secret| shown("key", secret).with(&[mechanism, key_type])));
    all
}

/// Of a visitor who set a password.
pub(super) fn of_new_password(record: &Record<'_>) -> Option<Credential> {
    let kind = if record.field("hashed") == Some(b"true") { "hash" } else { "password" };
    let principal = record.field("username").filter(|name| !name.is_empty());
    let shown = Shown { kind, principal, secret: record.field("password")? };
    Some(shown.with(&[("program", record.field("program")), ("set_by", Some(b"visitor"))]))
}

/// Of somebody who asked an SNMP agent.
pub(super) fn of_snmp(record: &Record<'_>) -> Option<Credential> {
    let shown = Shown { kind: "community", principal: None, secret: record.field("community")? };
    Some(shown.with(&[("version", record.field("version"))]))
}
