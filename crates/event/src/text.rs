//! Bytes as printable text, without loss.
//!
//! A value of an event is any sequence of bytes. Its text is the value itself where it
//! is printable UTF-8; a control character, a byte that is no UTF-8 and the bidirectional
//! and line separators of Unicode become `\xHH` per byte, and a backslash becomes `\\`.
//! The result holds no control character and reads back to the same bytes.

use std::borrow::Cow;

/// Appends the text of `value` to `out`.
pub fn escape_into(value: &[u8], out: &mut String) {
    for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                c if needs_escape(c) => {
                    let mut bytes = [0; 4];
                    c.encode_utf8(&mut bytes).bytes().for_each(|b| push_hex(b, out));
                }
                c => out.push(c),
            }
        }
        chunk.invalid().iter().for_each(|b| push_hex(*b, out));
    }
}

/// The text of `value`.
pub fn escape(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    escape_into(value, &mut out);
    out
}

/// A value as records, searches and exports show it: itself where it is UTF-8, else its text.
pub fn readable(value: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(value).map_or_else(|_| escape(value).into(), Cow::Borrowed)
}

/// The bytes that `text` stands for, or `None` where a backslash is not followed by
/// a backslash or by `x` and two hexadecimal digits.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match rest.next()? {
            b'\\' => out.push(b'\\'),
            b'x' => out.push(hex_digit(rest.next()?)? << 4 | hex_digit(rest.next()?)?),
            _ => return None,
        }
    }
    Some(out)
}

/// Whether `value` is the same as its text, so that it can be shown as it is.
pub fn is_plain(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|s| !s.chars().any(|c| c == '\\' || needs_escape(c)))
}

/// Control characters (C0, DEL, C1), line and paragraph separators and bidirectional
/// overrides: what could end a line or reorder it on a screen.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push_hex(byte: u8, out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push_str("\\x");
    for nibble in [byte >> 4, byte & 15] {
        out.extend(DIGITS.get(usize::from(nibble)));
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}
