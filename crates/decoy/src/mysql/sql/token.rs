//! Statements taken apart into words.

/// A word of a statement, with its place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) what: What,
    /// Where it begins.
    pub(crate) start: usize,
    /// Where it ends.
    pub(crate) end: usize,
}

/// Kinds of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A bare word.
    Word(String),
    /// A name in back quotes.
    Name(String),
    /// A text in quotation marks.
    Text(Vec<u8>),
    /// A number.
    Number(String),
    /// Bytes in hexadecimal.
    Hex(Vec<u8>),
    /// `@name`.
    User(String),
    /// `@@name`, the scope in front of it included.
    System(String),
    /// An operator or a punctuation mark.
    Sign(&'static str),
    /// What no statement has: an open quotation mark, a foreign character.
    Wrong,
}

/// Signs, longer ones first.
const SIGNS: &[&str] = &[
    "<=>", "->>", "<<", ">>", "<=", ">=", "<>", "!=", ":=", "||", "&&", "->", "+", "-", "*", "/", "%", "=",
    "<", ">", "(", ")", ",", ".", ";", "!", "~", "&", "|", "^", "?", "{", "}", ":",
];
/// Words of a statement at most: what is longer is cut, and then does not parse.
const MOST: usize = 60_000;

/// The words of a statement, without comments; `version` (as 101106) decides about those that
/// are for some versions only.
#[cfg(test)]
pub(crate) fn tokens(text: &[u8], version: u32) -> Vec<Token> {
    read(text, version, false)
}

/// The words of the first statement of a text, its semicolon, and the word after that: a text of
/// many statements is not read to its end for each of them.
pub(crate) fn first(text: &[u8], version: u32) -> Vec<Token> {
    read(text, version, true)
}

fn read(text: &[u8], version: u32, first: bool) -> Vec<Token> {
    let mut scanner = Scanner { text, at: 0, version, conditional: false };
    let (mut out, mut over) = (Vec::new(), false);
    while let Some(token) = scanner.next() {
        let last = token.what == What::Wrong || over;
        over = first && token.what == What::Sign(";");
        out.push(token);
        if last || out.len() >= MOST {
            break;
        }
    }
    out
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    version: u32,
    conditional: bool,
}

impl Scanner<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_to(&mut self, end: &[u8]) {
        let found = self.rest().windows(end.len()).position(|window| window == end);
        self.at = found.map_or(self.text.len(), |at| self.at + at + end.len());
    }

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let start = self.at;
        let first = self.peek()?;
        let second = self.text.get(self.at + 1).copied().unwrap_or_default();
        let what = match first {
            b'\'' | b'"' => self.quoted(first).map_or(What::Wrong, What::Text),
            b'`' => self
                .quoted(b'`')
                .map_or(What::Wrong, |name| What::Name(String::from_utf8_lossy(&name).into_owned())),
            b'x' | b'X' if second == b'\'' => self.hex_quoted(),
            b'0' if second == b'x' => self.hex_plain(),
            b'0'..=b'9' => self.number(),
            b'.' if second.is_ascii_digit() && !self.follows_a_name(start) => self.number(),
            b'@' => self.variable(),
            _ if is_word(first) => What::Word(self.word()),
            _ => self.sign(),
        };
        Some(Token { what, start, end: self.at })
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let dashes = rest.starts_with(b"--")
                && rest.get(2).is_none_or(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control());
            match rest.first() {
                Some(byte) if byte.is_ascii_whitespace() || *byte == 0x0b => self.at += 1,
                Some(b'#') => self.skip_to(b"\n"),
                Some(b'-') if dashes => self.skip_to(b"\n"),
                Some(b'/') if rest.starts_with(b"/*!") || rest.starts_with(b"/*M!") => {
                    self.open_conditional()
                }
                Some(b'/') if rest.starts_with(b"/*") => {
                    self.at += 2;
                    self.skip_to(b"*/");
                }
                Some(b'*') if self.conditional && rest.starts_with(b"*/") => {
                    self.conditional = false;
                    self.at += 2;
                }
                _ => return,
            }
        }
    }

    /// `/*!40101 …*/`: read by servers of that version and later.
    fn open_conditional(&mut self) {
        let maria_only = self.rest().starts_with(b"/*M!");
        self.at += if maria_only { 4 } else { 3 };
        let digits: String =
            self.rest().iter().take(6).take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
        self.at += digits.len();
        let wanted = digits.parse().unwrap_or(0);
        let maria = self.version >= 100_000;
        // MariaDB leaves out what is for MySQL 5.7 and 8.
        let foreign = maria && !maria_only && (50_700..=99_999).contains(&wanted);
        if wanted > self.version || (maria_only && !maria) || foreign {
            self.skip_to(b"*/");
        } else {
            self.conditional = true;
        }
    }

    fn follows_a_name(&self, start: usize) -> bool {
        start
            .checked_sub(1)
            .and_then(|before| self.text.get(before))
            .is_some_and(|b| is_word(*b) || *b == b'`')
    }

    fn quoted(&mut self, mark: u8) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if byte == mark {
                if self.peek() != Some(mark) {
                    return Some(out);
                }
                self.at += 1;
                out.push(mark);
            } else if byte == b'\\' && mark != b'`' {
                let escaped = self.peek()?;
                self.at += 1;
                match escaped {
                    b'n' => out.push(b'\n'),
                    b't' => out.push(b'\t'),
                    b'r' => out.push(b'\r'),
                    b'0' => out.push(0),
                    b'b' => out.push(8),
                    b'Z' => out.push(26),
                    b'%' | b'_' => out.extend_from_slice(&[b'\\', escaped]),
                    other => out.push(other),
                }
            } else {
                out.push(byte);
            }
        }
    }

    fn hex_quoted(&mut self) -> What {
        self.at += 1;
        match self.quoted(b'\'').map(|digits| unhex(&digits)) {
            Some(Some(bytes)) => What::Hex(bytes),
            _ => What::Wrong,
        }
    }

    fn hex_plain(&mut self) -> What {
        let from = self.at;
        self.at += 2;
        let digits: Vec<u8> = self.rest().iter().copied().take_while(u8::is_ascii_hexdigit).collect();
        let after = self.text.get(self.at + digits.len()).copied().unwrap_or_default();
        if digits.is_empty() || is_word(after) {
            self.at = from;
            return What::Word(self.word());
        }
        self.at += digits.len();
        let padded = if digits.len() % 2 == 1 { [b"0".as_slice(), &digits].concat() } else { digits };
        unhex(&padded).map_or(What::Wrong, What::Hex)
    }

    fn number(&mut self) -> What {
        let from = self.at;
        let mut seen_dot = false;
        while let Some(byte) = self.peek() {
            let exponent = matches!(byte, b'e' | b'E')
                && self.text.get(self.at + 1).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-'));
            match byte {
                b'0'..=b'9' => self.at += 1,
                b'.' if !seen_dot => {
                    seen_dot = true;
                    self.at += 1;
                }
                _ if exponent => self.at += 2,
                _ if is_word(byte) && !seen_dot => {
                    // Names may begin with digits.
                    self.at = from;
                    return What::Word(self.word());
                }
                _ => break,
            }
        }
        What::Number(String::from_utf8_lossy(self.text.get(from..self.at).unwrap_or_default()).into_owned())
    }

    fn variable(&mut self) -> What {
        self.at += 1;
        let system = self.peek() == Some(b'@');
        if system {
            self.at += 1;
        }
        let name = match self.peek() {
            Some(mark @ (b'`' | b'\'' | b'"')) => {
                self.quoted(mark).map(|name| String::from_utf8_lossy(&name).into_owned())
            }
            _ => {
                let from = self.at;
                while self.peek().is_some_and(|byte| is_word(byte) || byte == b'.') {
                    self.at += 1;
                }
                Some(String::from_utf8_lossy(self.text.get(from..self.at).unwrap_or_default()).into_owned())
            }
        };
        match name {
            None => What::Wrong,
            Some(name) if system => What::System(name),
            Some(name) => What::User(name),
        }
    }

    fn word(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        String::from_utf8_lossy(self.text.get(from..self.at).unwrap_or_default()).into_owned()
    }

    fn sign(&mut self) -> What {
        let found = SIGNS.iter().find(|sign| self.rest().starts_with(sign.as_bytes()));
        self.at += found.map_or(1, |sign| sign.len());
        found.map_or(What::Wrong, |sign| What::Sign(sign))
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Bytes from hexadecimal digits.
pub(crate) fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: &[&str]) {
        let shown = |token: &Token| match &token.what {
            What::Word(text) | What::Name(text) | What::Number(text) => text.clone(),
            What::Text(text) | What::Hex(text) => format!("'{}'", String::from_utf8_lossy(text)),
            What::User(name) => format!("@{name}"),
            What::System(name) => format!("@@{name}"),
            What::Sign(sign) => (*sign).to_owned(),
            What::Wrong => "?!".to_owned(),
        };
        assert_eq!(tokens(text.as_bytes(), 101_106).iter().map(shown).collect::<Vec<_>>(), expect, "{text}");
    }

    #[test]
    fn statements_are_taken_apart() {
        check("select `a``b`, 'it''s\\n' -- x\n from t", &["select", "a`b", ",", "'it's\n'", "from", "t"]);
        check("/*!40101 SET NAMES utf8 */ 1", &["SET", "NAMES", "utf8", "1"]);
        check("/*!999999 no */ 1 /* x */ # y", &["1"]);
        check(
            "@a:=@@global.x 0x41 x'42' 1.5e3 .5 t.5",
            &["@a", ":=", "@@global.x", "'A'", "'B'", "1.5e3", ".5", "t", ".", "5"],
        );
        check("a<=>b 1--1", &["a", "<=>", "b", "1", "-", "-", "1"]);
        check("'open", &["?!"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart(bytes: Vec<u8>) {
            for token in tokens(&bytes, 80_040) {
                prop_assert!(token.start <= token.end && token.end <= bytes.len());
            }
        }
    }
}
