//! Credentials in a request, wherever clients put them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::super::{body::Form, request::Request, target::find};

/// What a peer tried to log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) mechanism: &'static str,
    pub(super) username: Option<Vec<u8>>,
    pub(super) password: Option<Vec<u8>>,
}

/// Names of fields that hold a user, and of those that hold a password, in log-in forms at
/// large.
const USERS: &[&str] = &[
    "log",
    "pma_username",
    "username",
    "user",
    "login",
    "email",
    "user_name",
    "userid",
    "uname",
    "usr",
    "name",
    "j_username",
    "user_login",
    "account",
    "os_username",
];
const PASSWORDS: &[&str] = &[
    "pwd",
    "pma_password",
    "password",
    "pass",
    "passwd",
    "passwort",
    "psw",
    "j_password",
    "user_password",
    "os_password",
    "user_pass",
    "secret",
];

/// All credentials of a request.
pub(super) fn of(request: &Request) -> Vec<Credential> {
    let headers = ["Authorization", "Proxy-Authorization"];
    let mut found: Vec<_> =
        headers.iter().flat_map(|name| request.head.all(name)).filter_map(header).collect();
    if request.body.size > 0 {
        found.extend(form(&request.body.form()));
        found.extend(xml_rpc(request.body.kept()));
    }
    if let Some(query) = request.parts().query {
        found.extend(form(&Form::parse(b"", query)));
    }
    found
}

fn header(value: &[u8]) -> Option<Credential> {
    let at = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
    let (scheme, rest) = (value.get(..at)?, value.get(at..)?.trim_ascii());
    match scheme.to_ascii_lowercase().as_slice() {
        b"basic" => Some(basic(rest)),
        b"digest" => Some(digest(rest)),
        b"bearer" | b"token" => {
            Some(Credential { mechanism: "bearer", username: None, password: Some(rest.to_vec()) })
        }
        b"ntlm" | b"negotiate" => {
            Some(Credential { mechanism: "ntlm", username: None, password: Some(rest.to_vec()) })
        }
        _ => None,
    }
}

/// User and password, or what stands there if it is no Base64 (RFC 7617).
fn basic(value: &[u8]) -> Credential {
    let pair = STANDARD.decode(value).unwrap_or_else(|_| value.to_vec());
    let at = pair.iter().position(|b| *b == b':').unwrap_or(pair.len());
    Credential {
        mechanism: "basic",
        username: pair.get(..at).map(<[u8]>::to_vec),
        password: pair.get(at + 1..).map(<[u8]>::to_vec),
    }
}

/// The user; the password of a digest is not there, its proof is (RFC 7616).
fn digest(value: &[u8]) -> Credential {
    let parameter = |name: &[u8]| {
        value.split(|b| *b == b',').map(<[u8]>::trim_ascii).find_map(|item| {
            let quoted = item.strip_prefix(name)?.strip_prefix(b"=")?;
            let bare = quoted.strip_prefix(b"\"").and_then(|q| q.strip_suffix(b"\"")).unwrap_or(quoted);
            Some(bare.to_vec())
        })
    };
    Credential { mechanism: "digest", username: parameter(b"username"), password: parameter(b"response") }
}

fn form(form: &Form) -> Option<Credential> {
    let first = |names: &[&str]| {
        form.fields().find(|(name, _)| names.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes())))
    };
    let (_, password) = first(PASSWORDS)?;
    let username = first(USERS).map(|(_, value)| value.to_vec());
    Some(Credential { mechanism: "form", username, password: Some(password.to_vec()) })
}

/// The first two strings of calls that log in (`wp.getUsersBlogs` and its kin), also of many
/// calls in one.
fn xml_rpc(body: &[u8]) -> Vec<Credential> {
    const CALLS: [&[u8]; 4] = [b"wp.", b"metaWeblog.", b"blogger.", b"mt."];
    const ATTEMPTS: usize = 100;
    if find(body, b"<methodName>").is_none() || !CALLS.iter().any(|call| find(body, call).is_some()) {
        return Vec::new();
    }
    let mut rest = body;
    let mut strings = Vec::new();
    while let Some(at) = find(rest, b"<string>").filter(|_| strings.len() < 2 * ATTEMPTS) {
        let after = rest.get(at + 8..).unwrap_or_default();
        let end = find(after, b"</string>").unwrap_or(after.len());
        let value = after.get(..end).unwrap_or_default();
        // Names of the calls within a multicall are strings too.
        if !CALLS.iter().any(|call| value.starts_with(call)) {
            strings.push(value.to_vec());
        }
        rest = after.get(end..).unwrap_or_default();
    }
    strings
        .chunks_exact(2)
        .filter_map(|pair| {
            let (username, password) = (pair.first()?.clone(), pair.get(1)?.clone());
            Some(Credential { mechanism: "xmlrpc", username: Some(username), password: Some(password) })
        })
        .collect()
}
