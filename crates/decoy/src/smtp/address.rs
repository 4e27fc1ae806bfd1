//! Mail addresses, read as leniently as Postfix reads them.

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
    /// The empty address, the sender of bounces.
    pub(super) fn null() -> Self {
        Self { local: Vec::new(), domain: None }
    }

    /// Reads a word of a command: `<a@b>`, or an address without brackets.
    pub(super) fn parse(word: &[u8]) -> Result<Self, BadSyntax> {
        let inner = bracketed(word)?;
        let inner = without_comments(inner);
        let mut text = inner.trim_ascii();
        // A source route names hosts on the way; they are ignored (RFC 5321, appendix C).
        if text.starts_with(b"@")
            && let Some(colon) = text.iter().position(|b| *b == b':')
        {
            text = text.get(colon + 1..).unwrap_or_default();
        }
        if text.is_empty() {
            return Ok(Self::null());
        }
        let at = last_at(text);
        let local = unquoted(text.get(..at.unwrap_or(text.len())).unwrap_or_default())?;
        let domain = at.map(|at| text.get(at + 1..).unwrap_or_default().to_vec());
        if local.starts_with(b"-") || domain.as_ref().is_some_and(|d| !is_domain(d)) {
            return Err(BadSyntax);
        }
        Ok(Self { local, domain })
    }

    /// Whether it is the empty address.
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

/// What is between the brackets, or the whole word if it has none.
fn bracketed(word: &[u8]) -> Result<&[u8], BadSyntax> {
    let Some(open) = word.iter().position(|b| *b == b'<') else {
        return Ok(word.strip_suffix(b">").unwrap_or(word));
    };
    let close = word.iter().rposition(|b| *b == b'>').filter(|close| *close > open).ok_or(BadSyntax)?;
    let inner = word.get(open + 1..close).unwrap_or_default();
    let after = word.get(close + 1..).unwrap_or_default();
    if !after.trim_ascii().is_empty() || inner.iter().any(|b| matches!(b, b'<' | b'>')) {
        return Err(BadSyntax);
    }
    Ok(inner)
}

fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut depth = 0_u32;
    let keep = |byte: &&u8| match byte {
        b'(' => {
            depth += 1;
            false
        }
        b')' if depth > 0 => {
            depth -= 1;
            false
        }
        _ => depth == 0,
    };
    text.iter().filter(keep).copied().collect()
}

/// The last `@` that is not within quotes.
fn last_at(text: &[u8]) -> Option<usize> {
    let quote_end = text.iter().rposition(|b| *b == b'"').unwrap_or(0);
    text.iter().rposition(|b| *b == b'@').filter(|at| *at >= quote_end)
}

/// A local part without its quotes.
fn unquoted(local: &[u8]) -> Result<Vec<u8>, BadSyntax> {
    if let Some(inner) = local.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        let mut out = Vec::with_capacity(inner.len());
        let mut bytes = inner.iter();
        while let Some(byte) = bytes.next() {
            out.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
        }
        return Ok(out);
    }
    let special = |b: &u8| b.is_ascii_whitespace() || b.is_ascii_control() || b";:,\"\\()<>[]".contains(b);
    if local.iter().any(special) { Err(BadSyntax) } else { Ok(local.to_vec()) }
}

/// Whether it can be a domain: an address in brackets, or labels with a letter somewhere.
fn is_domain(domain: &[u8]) -> bool {
    if domain.starts_with(b"[") && domain.ends_with(b"]") {
        return domain.len() > 2;
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
