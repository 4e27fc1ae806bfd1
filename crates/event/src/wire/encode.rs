//! [`Event`] to line.

use std::io::Write as _;

use sha2::{Digest as _, Sha256};

use super::{FACILITY, MAX_LINE, SD_ID};
use crate::{Event, Origin, Severity, Timestamp, text};

/// A value that did not fit its line: the whole of it goes out as an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Name of the field.
    pub field: &'static str,
    /// The value, whole.
    pub value: Vec<u8>,
    /// Its SHA-256, as 64 hexadecimal digits; the line carries it as `<field>.sha256`.
    pub sha256: String,
}

/// A value with the room it may take.
struct Param {
    name: &'static str,
    value: Vec<u8>,
    /// What stands between the quotes of the line.
    escaped: String,
    cut: bool,
}

/// Appends the line of `event` to `out`, without a line feed, and returns the values that
/// had to be cut so that the line is at most [`MAX_LINE`] bytes.
///
/// A cut value is followed by `<field>.len` (its full length in bytes) and
/// `<field>.sha256`. The longest values are cut first.
pub fn encode(event: &Event, out: &mut Vec<u8>) -> Vec<Cut> {
    let start = out.len();
    header(event.kind.severity(), event.time, &event.origin, event.kind.name(), out);
    identity(event, out);
    let fixed = out.len() - start + 1;

    let mut params = Vec::new();
    event.kind.for_each_field(|name, value| {
        params.push(Param { name, value: value.to_vec(), escaped: escape(value), cut: false });
    });
    shrink(&mut params, MAX_LINE.saturating_sub(fixed));

    let mut cuts = Vec::new();
    for param in params {
        write_param(out, param.name, &param.escaped);
        if param.cut {
            let sha256 = hex(&Sha256::digest(&param.value));
            let _ = write!(out, r#" {0}.len="{1}" {0}.sha256="{2}""#, param.name, param.value.len(), sha256);
            cuts.push(Cut { field: param.name, value: param.value, sha256 });
        }
    }
    out.push(b']');
    cuts
}

/// Appends everything up to and including the structured-data id.
pub(super) fn header(severity: Severity, time: Timestamp, origin: &Origin, msgid: &str, out: &mut Vec<u8>) {
    time_and_host(severity as u8, time, &origin.decky, out);
    token(&origin.service, 48, out);
    let _ = write!(out, " - {msgid} [{SD_ID} boot=\"{}\"", origin.boot);
}

/// Appends what every line begins with, up to and including the space before APP-NAME.
pub(super) fn time_and_host(severity: u8, time: Timestamp, host: &str, out: &mut Vec<u8>) {
    let _ = write!(out, "<{}>1 ", FACILITY * 8 + severity);
    time.write_rfc3339(out);
    out.push(b' ');
    token(host, 255, out);
    out.push(b' ');
}

fn identity(event: &Event, out: &mut Vec<u8>) {
    let _ = write!(out, r#" seq="{}""#, event.seq);
    if let Some(session) = &event.session {
        let _ = write!(
            out,
            r#" session="{}" src_ip="{}" src_port="{}" dst_ip="{}" dst_port="{}""#,
            session.id,
            session.src.ip().to_canonical(),
            session.src.port(),
            session.dst.ip().to_canonical(),
            session.dst.port(),
        );
    }
}

/// A header token: printable ASCII without spaces, `-` when empty (RFC 5424, section 6).
pub(super) fn token(value: &str, max: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend(value.bytes().filter(u8::is_ascii_graphic).take(max));
    if out.len() == start {
        out.push(b'-');
    }
}

pub(super) fn write_param(out: &mut Vec<u8>, name: &str, escaped: &str) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    out.extend_from_slice(escaped.as_bytes());
    out.push(b'"');
}

/// The value as its text, with the escapes of RFC 5424, section 6.3.3.
fn escape(value: &[u8]) -> String {
    let plain = text::escape(value);
    if !plain.contains(['"', '\\', ']']) {
        return plain;
    }
    let mut out = String::with_capacity(plain.len() + 8);
    for character in plain.chars() {
        if matches!(character, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Cuts the longest values until all params fit into `room` bytes.
fn shrink(params: &mut [Param], room: usize) {
    while let Some(excess) = total(params).checked_sub(room).filter(|excess| *excess > 0) {
        let Some(longest) = params.iter_mut().max_by_key(|p| p.escaped.len()) else { return };
        let length = longest.escaped.len();
        if length == 0 {
            return;
        }
        // The first cut of a value also pays for its two marks.
        let marks = if longest.cut { 0 } else { mark_len(longest) };
        cut_to(longest, length.saturating_sub(excess + marks));
    }
}

fn total(params: &[Param]) -> usize {
    params.iter().map(|p| p.name.len() + p.escaped.len() + 4 + if p.cut { mark_len(p) } else { 0 }).sum()
}

/// Bytes of ` <name>.len="…" <name>.sha256="…"`.
fn mark_len(param: &Param) -> usize {
    let length_digits = param.value.len().to_string().len();
    (param.name.len() + ".len".len() + 4 + length_digits) + (param.name.len() + ".sha256".len() + 4 + 64)
}

/// Keeps the longest prefix of the value whose escaped form has at most `max` bytes and
/// does not end within a character.
fn cut_to(param: &mut Param, max: usize) {
    let mut keep = 0;
    let mut length = 0;
    'chunks: for chunk in param.value.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut bytes = [0; 4];
            length += escape(character.encode_utf8(&mut bytes).as_bytes()).len();
            if length > max {
                break 'chunks;
            }
            keep += character.len_utf8();
        }
        for byte in chunk.invalid() {
            length += escape(&[*byte]).len();
            if length > max {
                break 'chunks;
            }
            keep += 1;
        }
    }
    param.escaped = escape(param.value.get(..keep).unwrap_or_default());
    param.cut = true;
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
