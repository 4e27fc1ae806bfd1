//! Command lines, cut into words as Postfix cuts them.

/// A command line in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(Vec<Vec<u8>>);

impl Words {
    /// Cuts a line. A word ends at white space or after a colon; what is between `<` and `>` or
    /// between quotes belongs to one word. NUL ends the line.
    pub(super) fn parse(line: &[u8]) -> Self {
        let end = line.iter().position(|b| *b == 0).unwrap_or(line.len());
        let mut rest = line.get(..end).unwrap_or_default();
        let mut words = Vec::new();
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                return Self(words);
            }
            let (word, after) = rest.split_at(word_end(rest));
            words.push(word.to_vec());
            rest = after;
        }
    }

    /// The command in upper case, empty if there is none.
    pub(super) fn verb(&self) -> Vec<u8> {
        self.get(0).to_ascii_uppercase()
    }

    /// How many words there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// A word, empty if there are not that many.
    pub(super) fn get(&self, at: usize) -> &[u8] {
        self.0.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// The words from `at` on.
    pub(super) fn from(&self, at: usize) -> &[Vec<u8>] {
        self.0.get(at..).unwrap_or_default()
    }

    /// The words from `at` on with spaces between.
    pub(super) fn joined(&self, at: usize) -> Vec<u8> {
        self.from(at).join(&b' ')
    }
}

/// Where the word at the start of `text` ends.
fn word_end(text: &[u8]) -> usize {
    let mut closing: Option<u8> = None;
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match closing {
            _ if escaped => escaped = false,
            Some(_) if *byte == b'\\' => escaped = true,
            Some(end) if *byte == end => closing = None,
            Some(_) => {}
            None => match byte {
                b'<' => closing = Some(b'>'),
                b'"' => closing = Some(b'"'),
                b':' => return at + 1,
                space if space.is_ascii_whitespace() => return at,
                _ => {}
            },
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Words;

    #[track_caller]
    fn check(line: &str, expect: &[&str]) {
        let words = Words::parse(line.as_bytes());
        let words: Vec<_> = words.from(0).iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect();
        assert_eq!(words, expect);
    }

    #[test]
    fn lines_are_cut() {
        check("MAIL FROM:<a@b>", &["MAIL", "FROM:", "<a@b>"]);
        check(" mail  from: <a b@c> SIZE=5", &["mail", "from:", "<a b@c>", "SIZE=5"]);
        check("MAIL FROM : <a@b>", &["MAIL", "FROM", ":", "<a@b>"]);
        check("RCPT TO:<\"a b\"@c:d> X", &["RCPT", "TO:", "<\"a b\"@c:d>", "X"]);
        check("RCPT TO:<a b", &["RCPT", "TO:", "<a b"]);
        check("NOOP\0x", &["NOOP"]);
        check("  ", &[]);
    }

    proptest! {
        #[test]
        fn nothing_but_space_is_lost(line in proptest::collection::vec(1u8.., 0..200)) {
            let words = Words::parse(&line);
            let kept: usize = words.from(0).iter().map(Vec::len).sum();
            prop_assert!(kept <= line.len());
            prop_assert!(kept >= line.iter().filter(|b| !b.is_ascii_whitespace()).count());
        }
    }
}
