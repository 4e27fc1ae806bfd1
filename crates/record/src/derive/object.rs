//! The members of an object of the log that are of use, and nothing of the others.
//!
//! An object has a line twice, taken apart and whole, and only the whole one is read. It comes behind
//! the parts, which are passed over: what is in them is not looked at, and need not be right. Behind it
//! are texts only.

use std::borrow::Cow;

use memchr::{memchr2, memmem};

/// What is read of an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Object<'o> {
    pub(super) raw_line: Cow<'o, str>,
    pub(super) source_worker: Cow<'o, str>,
}

/// The member that has the line, and the colon behind it.
const LINE: &[u8] = b"\"raw_line\":";

impl<'o> Object<'o> {
    /// Reads an object; nothing where there is none, or none with a line.
    pub(crate) fn read(bytes: &'o [u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii().strip_prefix(b"{")?;
        // Inside of a string there would be backslashes. A member of a member may be named so; ours
        // come before.
        let (before, behind) = bytes.split_at_checked(memmem::rfind(bytes, LINE)?)?;
        if !matches!(before.trim_ascii_end().last(), None | Some(b',')) {
            return None;
        }
        let mut cursor = Cursor { rest: behind.get(LINE.len()..)? };
        let raw_line = cursor.text()?;
        let mut source_worker = Cow::default();
        while cursor.take(b'}').is_none() {
            cursor.take(b',')?;
            let name = cursor.text()?;
            cursor.take(b':')?;
            let value = cursor.text()?;
            if name == "source_worker" {
                source_worker = value;
            }
        }
        cursor.rest.is_empty().then_some(Self { raw_line, source_worker })
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

    /// Takes a string, and gives what it says.
    fn text(&mut self) -> Option<Cow<'o, str>> {
        self.take(b'"')?;
        let begin = self.rest;
        let mut out = Vec::new();
        loop {
            let (plain, behind) = self.rest.split_at_checked(memchr2(b'"', b'\\', self.rest)?)?;
            let (special, behind) = behind.split_first()?;
            self.rest = behind;
            if *special == b'"' {
                return said(out, plain);
            }
            if out.is_empty() {
                out.reserve(begin.len());
            }
            out.extend_from_slice(plain);
            out.push(match self.rest.split_first()? {
                (byte @ (b'"' | b'\\' | b'/'), _) => *byte,
                (b'b', _) => 0x08,
                (b'f', _) => 0x0c,
                (b'n', _) => b'\n',
                (b'r', _) => b'\r',
                (b't', _) => b'\t',
                // These are rare, and there is more to them.
                (b'u', _) => return self.rare(begin),
                _ => return None,
            });
            self.rest = self.rest.get(1..)?;
        }
    }

    /// Takes the string again that begins behind its quote at `begin`.
    fn rare(&mut self, begin: &'o [u8]) -> Option<Cow<'o, str>> {
        self.rest = begin;
        let mut end = 0;
        loop {
            end += memchr2(b'"', b'\\', begin.get(end..)?)?;
            if begin.get(end) == Some(&b'"') {
                break;
            }
            end += 2;
        }
        self.rest = begin.get(end + 1..)?;
        let string = [b"\"", begin.get(..=end)?].concat();
        serde_json::from_slice(&string).ok().map(Cow::Owned)
    }
}

/// What was undone of escapes, and the plain end behind it.
fn said(mut undone: Vec<u8>, plain: &[u8]) -> Option<Cow<'_, str>> {
    if undone.is_empty() {
        return std::str::from_utf8(plain).ok().map(Cow::Borrowed);
    }
    undone.extend_from_slice(plain);
    String::from_utf8(undone).ok().map(Cow::Owned)
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
            r#""raw_line":"x"}"#,
            r#"{"raw_line":"\x"}"#,
            r#"{"raw_line":"\"#,
            r#"{"raw_line":"\ud800"}"#,
            r#"{"a":{"raw_line":"x"}}"#,
            r#"{"a":"\"raw_line":"x"}"#,
            r#"{"raw_line":"x","a":}"#,
        ];
        for object in none {
            assert_eq!(Object::read(object.as_bytes()), None, "{object}");
        }
        assert_eq!(Object::read(b"{\"raw_line\":\"\xff\"}"), None);
    }

    #[test]
    fn the_line_is_found_whatever_is_before_it() {
        let object = r#" { "a" : [1, {"raw_line":"]}"}, "\"}"] , "raw_line":"\u00fc\"\\\/\n" , "b":"", "source_worker":"w" } "#;
        let object = Object::read(object.as_bytes()).unwrap();
        assert_eq!((&*object.raw_line, &*object.source_worker), ("ü\"\\/\n", "w"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(
            line: String,
            worker: String,
            name in "[\"\\\\a-f]{0,9}|raw_line",
            more in "\\PC*|[\\PC\"]*raw_line\":\"x\"[\\PC\"]*",
        ) {
            // Members are written in the order of their names.
            let mut object = json!({"a": {&name: more.clone()}, "msg": more.clone(), "raw_line": line});
            object["source_worker"] = worker.clone().into();
            prop_assert_eq!(read(&object), Some((line, worker)));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ aur".to_vec()), 0..40)) {
            let _ = Object::read(&bytes);
            let _ = Object::read(&[b"{\"raw_line\":", &*bytes].concat());
        }
    }
}
