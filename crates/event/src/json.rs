//! JSON (RFC 8259), written straight into bytes: objects of texts, lists of texts and objects.

use crate::scan::Special;

/// What does not stand for itself in a text.
const SPECIAL: Special<2> = Special { these: [b'"', b'\\'], controls: true };

/// An object that is being written.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
}

impl Object<'_> {
    /// Appends an object of what `fill` puts into it.
    pub(crate) fn write(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        out.push(b'{');
        fill(&mut Object { out });
        out.push(b'}');
    }

    /// Adds a member that is a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        string(text, self.out);
    }

    /// Adds a member that is an object of what `fill` puts into it.
    pub(crate) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        Object::write(self.out, fill);
    }

    /// Adds a member that is a list of texts.
    pub(crate) fn list<'t>(&mut self, name: &str, texts: impl Iterator<Item = &'t str>) {
        self.name(name);
        self.out.push(b'[');
        for (at, text) in texts.enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            string(text, self.out);
        }
        self.out.push(b']');
    }

    fn name(&mut self, name: &str) {
        // No member ends with a brace that opens.
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        string(name, self.out);
        self.out.push(b':');
    }
}

/// Appends `text` between quotes.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = SPECIAL.find(rest) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, behind)) = special.split_first() else { break };
        escape(*byte, out);
        rest = behind;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([byte >> 4, byte & 15].iter().filter_map(|nibble| HEX.get(usize::from(*nibble))));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn objects_lists_and_commas_stand_where_they_should() {
        let mut out = b"> ".to_vec();
        Object::write(&mut out, |object| {
            object.object("none", |_| {});
            object.text("a\"", "{");
            object.list("empty", std::iter::empty());
            object.list("list", ["x", "{"].into_iter());
            object.object("more", |more| more.text("{", "\u{1}\u{1f}\u{7f}\u{8}\u{c}\r\n\t\\/ü"));
        });
        let expected = concat!(
            r#"> {"none":{},"a\"":"{","empty":[],"list":["x","{"],"#,
            r#""more":{"{":"\u0001\u001f"#,
            "\u{7f}",
            r#"\b\f\r\n\t\\/ü"}}"#
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_others_write_it(text in any::<String>()) {
            let mut out = Vec::new();
            string(&text, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }
}
