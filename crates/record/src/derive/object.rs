//! The members of an object of the log that are of use, and nothing of the others.
//!
//! An object has a line twice, taken apart and whole, and only the whole one is read. So the rest is
//! passed over from quote to quote: what is in it is not looked at, and need not be right.

use std::borrow::Cow;

use memchr::memchr2;

/// What is read of an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Object<'o> {
    pub(super) raw_line: Cow<'o, str>,
    pub(super) source_worker: Cow<'o, str>,
}

impl<'o> Object<'o> {
    /// Reads an object; nothing where there is none, or none with a line.
    pub(crate) fn read(bytes: &'o [u8]) -> Option<Self> {
        let mut cursor = Cursor { rest: bytes };
        let (mut raw_line, mut source_worker) = (None, None);
        cursor.take(b'{')?;
        loop {
            let name = cursor.string()?;
            cursor.take(b':')?;
            let place = match name {
                b"raw_line" => Some(&mut raw_line),
                b"source_worker" => Some(&mut source_worker),
                _ => None,
            };
            match place {
                Some(place @ None) => *place = Some(text(cursor.string()?)?),
                // Twice: who knows which one is meant.
                Some(Some(_)) => return None,
                None => cursor.pass()?,
            }
            if cursor.take(b'}').is_some() {
                break;
            }
            cursor.take(b',')?;
        }
        let is_all = cursor.rest.trim_ascii().is_empty();
        let source_worker = source_worker.unwrap_or_default();
        raw_line.filter(|_| is_all).map(|raw_line| Self { raw_line, source_worker })
    }
}

struct Cursor<'o> {
    rest: &'o [u8],
}

impl<'o> Cursor<'o> {
    /// Takes a byte, and space before it.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.trim_ascii_start().strip_prefix(&[byte])?;
        Some(())
    }

    /// Takes a string, and gives what stands between its quotes.
    fn string(&mut self) -> Option<&'o [u8]> {
        self.take(b'"')?;
        let mut end = 0;
        loop {
            end += memchr2(b'"', b'\\', self.rest.get(end..)?)?;
            if self.rest.get(end) == Some(&b'"') {
                break;
            }
            end += 2;
        }
        let (string, behind) = self.rest.split_at_checked(end)?;
        self.rest = behind.get(1..)?;
        Some(string)
    }

    /// Passes over a value.
    fn pass(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            self.rest = self.rest.trim_ascii_start();
            let byte = *self.rest.first()?;
            match byte {
                b'"' => _ = self.string()?,
                // The end of what the value is in.
                b'}' | b']' | b',' if depth == 0 => return Some(()),
                _ => {
                    match byte {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.rest = self.rest.get(1..)?;
                }
            }
        }
    }
}

/// What a string says that stands between quotes as `raw`.
fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
    let Some(mut at) = memchr::memchr(b'\\', raw) else {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    };
    let (mut out, mut rest) = (Vec::with_capacity(raw.len()), raw);
    loop {
        let (plain, escape) = rest.split_at_checked(at)?;
        out.extend_from_slice(plain);
        let byte = match *escape.get(1)? {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            // These are rare, and there is more to them.
            _ => return serde_json::from_slice(&[b"\"", raw, b"\""].concat()).ok().map(Cow::Owned),
        };
        out.push(byte);
        rest = escape.get(2..)?;
        let Some(next) = memchr::memchr(b'\\', rest) else { break };
        at = next;
    }
    out.extend_from_slice(rest);
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(object: &Value) -> Option<(String, String)> {
        let bytes = serde_json::to_vec(object).unwrap();
        let object = Object::read(&bytes)?;
        Some((object.raw_line.into_owned(), object.source_worker.into_owned()))
    }

    #[test]
    fn what_is_no_object_with_a_line_is_none() {
        let none = [
            "",
            "x",
            "{}",
            "[1]",
            "{",
            r#"{"raw_line"}"#,
            r#"{"raw_line":7}"#,
            r#"{"raw_line":"x"}{"#,
            r#"{"raw_line":"x""#,
            r#"{"raw_line":"x","raw_line":"y"}"#,
            r#"{"raw_line":"\x"}"#,
            r#"{"raw_line":"\"#,
            r#"{"raw_line":"\ud800"}"#,
            r#"{"a":{"raw_line":"x"}}"#,
            r#"{"a":"\"#,
            r#"{"a":[}"#,
        ];
        for object in none {
            assert_eq!(Object::read(object.as_bytes()), None, "{object}");
        }
        assert_eq!(Object::read(b"{\"raw_line\":\"\xff\"}"), None);
    }

    #[test]
    fn members_are_found_whatever_is_between_them() {
        let object = r#" { "a" : [1, {"raw_line": "]}"}, "\"}"] , "raw_line" : "\u00fc\"\\\/\n" , "b":-1.5e3,"c":null } "#;
        let object = Object::read(object.as_bytes()).unwrap();
        assert_eq!((&*object.raw_line, &*object.source_worker), ("ü\"\\/\n", ""));
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(line: String, worker: String, name: String, more: String) {
            let mut object = json!({"raw_line": line, "source_worker": worker});
            if !["raw_line", "source_worker"].contains(&name.as_str()) {
                object[&name] = json!({&name: [more.clone(), more.clone()], &more: 7});
            }
            prop_assert_eq!(read(&object), Some((line, worker)));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ aur".to_vec()), 0..40)) {
            let _ = Object::read(&bytes);
            let _ = Object::read(&[b"{\"raw_line\":", &*bytes].concat());
        }
    }
}
