//! Mail addresses, read as leniently as Postfix reads them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address in its plain form, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// What is left of the last `@`.
    pub(super) local: Vec<u8>,
    /// What is right of it.
    pub(super) domain: Option<Vec<u8>>,
}

/// It is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadSyntax;

impl Address {
    /// Reads a word of a command: `<a@b>`, or an address without brackets, with whatever RFC 822
    /// lets stand around it.
    pub(super) fn parse(word: &[u8]) -> Result<Self, BadSyntax> {
        let tokens = scan(word)?;
        let tokens = the_only_one(&tokens)?;
        if tokens.windows(2).any(|pair| pair.iter().all(Token::is_word)) {
            return Err(BadSyntax);
        }
        let at = tokens.iter().rposition(|token| *token == Token::Special(b'@'));
        let local = joined(tokens.get(..at.unwrap_or(tokens.len())).unwrap_or_default());
        let domain = at.map(|at| joined(tokens.get(at + 1..).unwrap_or_default()));
        // A percent sign alone is a route from nobody to nowhere.
        if local.starts_with(b"-") || local == b"%" || domain.as_ref().is_some_and(|d| !is_domain(d)) {
            return Err(BadSyntax);
        }
        Ok(Self { local, domain })
    }

    /// Whether it is the empty address, the sender of bounces.
    pub(super) fn is_null(&self) -> bool {
        self.local.is_empty() && self.domain.is_none()
    }

    /// The plain form.
    pub(super) fn text(&self) -> Vec<u8> {
        match &self.domain {
            Some(domain) => [self.local.as_slice(), b"@", domain].concat(),
            None => self.local.clone(),
        }
    }
}

/// A part of an address (RFC 822, section 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A word, without its quotes.
    Word(Vec<u8>),
    /// `[…]`, with the brackets.
    Literal(Vec<u8>),
    /// One of `<>@,;:.`.
    Special(u8),
}

impl Token {
    fn is_word(&self) -> bool {
        !matches!(self, Self::Special(_))
    }
}

/// Cuts a text into tokens; white space and comments are none.
fn scan(text: &[u8]) -> Result<Vec<Token>, BadSyntax> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' => {
                let (word, after) = enclosed(after, b'"')?;
                tokens.push(Token::Word(word));
                after
            }
            b'[' => {
                let (literal, after) = enclosed(after, b']')?;
                tokens.push(Token::Literal([b"[", literal.as_slice(), b"]"].concat()));
                after
            }
            b'(' => after_comment(after),
            b'<' | b'>' | b'@' | b',' | b';' | b':' | b'.' => {
                tokens.push(Token::Special(*first));
                after
            }
            space if space.is_ascii_whitespace() => after,
            _ => {
                let (word, after) = atom(rest);
                tokens.push(Token::Word(word));
                after
            }
        };
    }
    Ok(tokens)
}

/// What stands before `end`, escapes undone, and what comes after it.
fn enclosed(text: &[u8], end: u8) -> Result<(Vec<u8>, &[u8]), BadSyntax> {
    let mut out = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => out.extend(bytes.next().map(|(_, byte)| *byte)),
            byte if *byte == end => return Ok((out, text.get(at + 1..).unwrap_or_default())),
            byte => out.push(*byte),
        }
    }
    Err(BadSyntax)
}

/// What comes after the comment whose opening was read.
fn after_comment(text: &[u8]) -> &[u8] {
    let mut depth = 1_u32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..).unwrap_or_default();
        }
    }
    b""
}

/// A word without quotes, escapes undone, and what comes after it.
fn atom(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        match (byte, after.split_first()) {
            (b'\\', Some((next, after))) => {
                out.push(*next);
                rest = after;
            }
            (byte, _) if byte.is_ascii_whitespace() || b"<>@,;:.\"[(".contains(byte) => break,
            (byte, _) => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    (out, rest)
}

/// The tokens of the one address among these; more than one is an error, other things are not.
fn the_only_one(tokens: &[Token]) -> Result<&[Token], BadSyntax> {
    let is = |byte: u8| move |token: &Token| *token == Token::Special(byte);
    let Some(open) = tokens.iter().position(is(b'<')) else {
        let end =
            tokens.iter().rposition(|t| !matches!(t, Token::Special(b'>' | b','))).map_or(0, |at| at + 1);
        return one_of_list(tokens.get(..end).unwrap_or_default());
    };
    let inner = tokens.get(open..).unwrap_or_default();
    let start = inner.iter().position(|t| !is(b'<')(t)).unwrap_or(inner.len());
    let inner = inner.get(start..).unwrap_or_default();
    let close = inner.iter().position(is(b'>')).ok_or(BadSyntax)?;
    let (address, after) = inner.split_at(close);
    if after.iter().any(Token::is_word) {
        return Err(BadSyntax);
    }
    one_of_list(address)
}

fn one_of_list(tokens: &[Token]) -> Result<&[Token], BadSyntax> {
    let tokens = without_route(tokens);
    let comma = |token: &Token| matches!(token, Token::Special(b',' | b';'));
    let mut parts = tokens.split(comma).filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    if parts.next().is_some() { Err(BadSyntax) } else { Ok(first) }
}

/// A source route names hosts on the way; they are ignored (RFC 5321, appendix C).
fn without_route(tokens: &[Token]) -> &[Token] {
    let colon = tokens.iter().position(|token| *token == Token::Special(b':'));
    match (tokens.first(), colon) {
        (Some(Token::Special(b'@')), Some(colon)) => tokens.get(colon + 1..).unwrap_or_default(),
        _ => tokens,
    }
}

fn joined(tokens: &[Token]) -> Vec<u8> {
    let mut out = Vec::new();
    for token in tokens {
        match token {
            Token::Word(bytes) | Token::Literal(bytes) => out.extend_from_slice(bytes),
            Token::Special(byte) => out.push(*byte),
        }
    }
    out
}

/// Whether it can be a domain: an address in brackets, or labels with a letter somewhere.
pub(super) fn is_domain(domain: &[u8]) -> bool {
    if let Some(literal) = domain.strip_prefix(b"[").and_then(|d| d.strip_suffix(b"]")) {
        let literal = std::str::from_utf8(literal).unwrap_or_default();
        return match literal.strip_prefix("IPv6:") {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => literal.parse::<Ipv4Addr>().is_ok(),
        };
    }
    let domain = domain.strip_suffix(b".").unwrap_or(domain);
    let label_byte = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || !b.is_ascii();
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label.iter().all(label_byte)
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    };
    domain.split(|b| *b == b'.').all(is_label) && !domain.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(word: &str, expect: Result<&str, BadSyntax>) {
        let text = Address::parse(word.as_bytes()).map(|a| String::from_utf8(a.text()).unwrap());
        assert_eq!(text, expect.map(str::to_owned), "{word}");
    }

    #[test]
    fn addresses_are_read_leniently() {
        check("<a@b.com>", Ok("a@b.com"));
        check("a@b.com", Ok("a@b.com"));
        check("a@b.com>", Ok("a@b.com"));
        check("foo<a@b>", Ok("a@b"));
        check("<(x)a@b>", Ok("a@b"));
        check("< a@b >", Ok("a@b"));
        check("<\"a b\"@c>", Ok("a b@c"));
        check("<\"a@x\"@c>", Ok("a@x@c"));
        check("<@x,@y:a@b>", Ok("a@b"));
        check("<a@@b>", Ok("a@@b"));
        check("<a..b@c>", Ok("a..b@c"));
        check("<root@b.com.>", Ok("root@b.com."));
        check("<a@[1.2.3.4]>", Ok("a@[1.2.3.4]"));
        check("<>", Ok(""));
        check("<ä@ö>", Ok("ä@ö"));
    }

    #[test]
    fn what_is_none_is_refused() {
        let wrong = [
            "<a b@c>",
            "<a@b",
            "<a@b>foo",
            "<a@b>,<c@d>",
            "<a@b;c>",
            "<a@b:c>",
            "<-a@b>",
            "<a@-b>",
            "<root@>",
            "<root@10.99.0.1>",
        ];
        for word in wrong {
            check(word, Err(BadSyntax));
        }
    }

    proptest! {
        #[test]
        fn any_word_is_read(word in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(address) = Address::parse(&word) {
                prop_assert!(address.text().len() <= word.len());
            }
        }
    }
}
