//! What is said of a request: the request itself, credentials in it, and attacks.

mod credentials;
mod exploit;
mod marks;
#[cfg(test)]
mod tests;

use decnet_event::Kind;

use super::{
    intake::{Field, Head},
    request::Request,
};
use crate::{Conn, attempt::auth_attempt};

/// Bytes of the body that the event carries when the whole of it went out as a file.
const BODY_SAMPLE: usize = 4_096;
/// Bytes of an attack that its event carries.
const DETAIL: usize = 2_048;

/// Says everything that there is to say of a request that was answered with `status`.
pub(super) fn report(conn: &Conn, request: &Request, status: u16) {
    for credential in credentials::of(request) {
        conn.emit(auth_attempt(credential.mechanism, credential.username, credential.password, false));
    }
    for (technique, detail) in exploit::of(request) {
        let detail = detail.get(..DETAIL).map_or(detail.clone(), <[u8]>::to_vec);
        conn.emit(Kind::ExploitAttempt { technique, detail });
    }
    conn.emit(request_event(request, status));
}

fn request_event(request: &Request, status: u16) -> Kind {
    let head = &request.head;
    let parts = request.parts();
    let target = head.target();
    let path = target.split(|b| *b == b'?').next().unwrap_or_default();
    let version = head.version();
    let kept = request.body.kept();
    let sample =
        if request.body.size > kept.len() as u64 { kept.get(..BODY_SAMPLE).unwrap_or(kept) } else { kept };
    Kind::Request {
        method: head.method().to_vec(),
        path: path.to_vec(),
        query: parts.query.map(<[u8]>::to_vec),
        http_version: Some(format!("HTTP/{}.{}", version.major, version.minor).into_bytes()),
        host: head.get("Host").map(<[u8]>::to_vec),
        user_agent: head.get("User-Agent").map(<[u8]>::to_vec),
        headers: headers_json(head),
        body: (!sample.is_empty()).then(|| sample.to_vec()),
        status,
    }
}

/// All headers as a JSON object in the order received. A name that comes again, in whatever
/// case, makes its value a list in the place of the first; bytes that are no text are escaped
/// as in events.
fn headers_json(head: &Head) -> String {
    let fields: Vec<Field<'_>> = head.fields().collect();
    let mut by_name: Vec<usize> = (0..fields.len()).collect();
    let name_of = |index: usize| fields.get(index).map_or(&b""[..], |field| field.name);
    by_name.sort_by(|a, b| fold(name_of(*a)).cmp(fold(name_of(*b))));
    // Fields of one name, in order, in the place of the first.
    let mut members: Vec<&[usize]> = vec![&[]; fields.len()];
    for same in by_name.chunk_by(|a, b| name_of(*a).eq_ignore_ascii_case(name_of(*b))) {
        if let Some(place) = same.first().and_then(|first| members.get_mut(*first)) {
            *place = same;
        }
    }
    let mut out = String::with_capacity(head.size() + 64);
    out.push('{');
    for same in members.iter().filter(|same| !same.is_empty()) {
        let values = same.iter().filter_map(|index| fields.get(*index)).map(|field| field.value);
        push_member(name_of(same.first().copied().unwrap_or(0)), values, same.len() > 1, &mut out);
    }
    out.push('}');
    out
}

fn fold(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().map(u8::to_ascii_lowercase)
}

fn push_member<'a>(name: &[u8], values: impl Iterator<Item = &'a [u8]>, is_list: bool, out: &mut String) {
    if out.len() > 1 {
        out.push(',');
    }
    push_string(name, out);
    out.push_str(if is_list { ":[" } else { ":" });
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(value, out);
    }
    if is_list {
        out.push(']');
    }
}

fn push_string(bytes: &[u8], out: &mut String) {
    out.push('"');
    let plain = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains(['"', '\\']) && !text.contains(char::is_control));
    match plain {
        Some(text) => out.push_str(text),
        None => out.push_str(&escaped(bytes)),
    }
    out.push('"');
}

/// The text of a value between the quotes of JSON.
fn escaped(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => decnet_event::text::escape(bytes),
    };
    let quoted = serde_json::Value::String(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}
