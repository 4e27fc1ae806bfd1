//! Fields in the making: bytes that know whether they were quoted.

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) bytes: Vec<u8>,
    /// Per byte, whether it was quoted.
    pub(crate) quoted: Vec<bool>,
}

impl Field {
    fn push(&mut self, bytes: &[u8], quoted: bool) {
        self.bytes.extend_from_slice(bytes);
        self.quoted.resize(self.bytes.len(), quoted);
    }

    /// Whether it has unquoted bytes that make it a pattern.
    pub(crate) fn is_pattern(&self) -> bool {
        let mut marked = self.bytes.iter().zip(&self.quoted);
        marked.any(|(byte, quoted)| !quoted && matches!(byte, b'*' | b'?' | b'['))
    }
}

/// Fields of one word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    done: Vec<Field>,
    current: Field,
    /// Whether the current field is there even when it is empty.
    present: bool,
    size: usize,
}

impl Fields {
    /// Bytes so far.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Adds bytes to the current field.
    pub(crate) fn push(&mut self, bytes: &[u8], quoted: bool) {
        self.size += bytes.len();
        self.present |= quoted || !bytes.is_empty();
        self.current.push(bytes, quoted);
    }

    /// Lets the current field be, even if empty.
    pub(crate) fn keep(&mut self) {
        self.present = true;
    }

    /// Ends the current field, if it is there.
    pub(crate) fn cut(&mut self) {
        if std::mem::take(&mut self.present) {
            self.size += 16;
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    /// How many fields are done.
    pub(crate) fn count(&self) -> usize {
        self.done.len()
    }

    /// Adds bytes that `separators` split into fields.
    pub(crate) fn push_split(&mut self, bytes: &[u8], separators: &[u8]) {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n') && separators.contains(byte);
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if !separators.contains(first) {
                let length = rest.iter().take_while(|byte| !separators.contains(byte)).count();
                let (word, after) = rest.split_at(length);
                self.push(word, false);
                rest = after;
                continue;
            }
            let spaces = rest.iter().take_while(|byte| is_space(byte)).count();
            rest = rest.get(spaces..).unwrap_or_default();
            let hard = rest.first().is_some_and(|byte| separators.contains(byte));
            if hard {
                rest = rest.get(1..).unwrap_or_default();
                let spaces = rest.iter().take_while(|byte| is_space(byte)).count();
                rest = rest.get(spaces..).unwrap_or_default();
                self.present = true;
            }
            self.cut();
        }
    }

    /// All fields.
    pub(crate) fn finish(mut self) -> Vec<Field> {
        self.cut();
        self.done
    }

    /// All fields as one, with a blank between them.
    pub(crate) fn join(self) -> Field {
        let mut fields = self.finish().into_iter();
        let mut joined = fields.next().unwrap_or_default();
        for field in fields {
            joined.push(b" ", true);
            joined.bytes.extend(field.bytes);
            joined.quoted.extend(field.quoted);
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, separators: &str, expect: &[&str]) {
        let mut fields = Fields::default();
        fields.push_split(text.as_bytes(), separators.as_bytes());
        let fields: Vec<_> =
            fields.finish().into_iter().map(|f| String::from_utf8(f.bytes).unwrap()).collect();
        assert_eq!(fields, expect, "{text:?} {separators:?}");
    }

    #[test]
    fn splitting_is_that_of_posix() {
        check("  a b\n\tc ", " \t\n", &["a", "b", "c"]);
        check("a:b::c:", ":", &["a", "b", "", "c"]);
        check(":a", ":", &["", "a"]);
        check(" a : b ", " :", &["a", "b"]);
        check("a b", "", &["a b"]);
        check("", " ", &[]);
    }

    #[test]
    fn quoted_nothing_is_a_field() {
        let mut fields = Fields::default();
        fields.push(b"", true);
        assert_eq!(fields.finish().len(), 1);
        assert_eq!(Fields::default().finish().len(), 0);
    }
}
