//! Reads what one-liners in scripting languages do, as far as it matters: pure, and of any text.

/// Statements of a text: at ends of lines and at `;`, outside of quotes and brackets.
pub(super) fn statements(text: &str) -> Vec<&str> {
    const MOST: usize = 512;
    let (mut out, mut start, mut quote, mut depth, mut escaped) = (Vec::new(), 0, None, 0_usize, false);
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (_, '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '\n' | ';') if depth == 0 => {
                out.extend(text.get(start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
        if out.len() >= MOST {
            return out;
        }
    }
    out.extend(text.get(start..));
    out
}

/// What stands between the brackets of the first call of `name`.
pub(super) fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = text.find(name)? + name.len();
    let rest = text.get(at..)?.trim_start().strip_prefix('(')?;
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') if depth == 0 => return rest.get(..at),
            (None, ')' | ']') => depth -= 1,
            (None, _) => {}
        }
    }
    Some(rest)
}

/// Texts in quotes, in order, with the usual escapes.
pub(super) fn literals(text: &str) -> Vec<String> {
    const MOST: usize = 32;
    let mut out = Vec::new();
    let mut rest = text.chars();
    while let Some(open) = rest.by_ref().find(|c| matches!(c, '"' | '\'')) {
        let mut literal = String::new();
        while let Some(c) = rest.next() {
            match c {
                c if c == open => break,
                '\\' => match rest.next() {
                    Some('n') => literal.push('\n'),
                    Some('t') => literal.push('\t'),
                    Some('x') => {
                        let digits: String = rest.by_ref().take(2).collect();
                        literal.extend(u8::from_str_radix(&digits, 16).ok().map(char::from));
                    }
                    Some(c) => literal.push(c),
                    None => break,
                },
                c => literal.push(c),
            }
        }
        out.push(literal);
        if out.len() >= MOST {
            break;
        }
    }
    out
}

/// The first address of the web in a text.
pub(super) fn url(text: &str) -> Option<&str> {
    let at = ["http://", "https://", "ftp://"].iter().filter_map(|scheme| text.find(scheme)).min()?;
    let rest = text.get(at..)?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'<>),;".contains(c)).unwrap_or(rest.len());
    rest.get(..end)
}

/// Host and port that a socket is connected to.
pub(super) fn endpoint(text: &str) -> Option<(String, u16)> {
    let host = literals(text).into_iter().next()?;
    if let Some((host, port)) = host.split_once(':') {
        return Some((host.to_owned(), port.parse().ok()?));
    }
    let after = text.get(text.find(&host)? + host.len()..)?;
    let digits: String =
        after.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    Some((host, digits.parse().ok()?))
}

/// The value of sums and products of whole numbers.
pub(super) fn arithmetic(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() || text.len() > 64 || !text.chars().all(|c| c.is_ascii_digit() || "+-*".contains(c)) {
        return None;
    }
    let mut sum = 0_i64;
    for (sign, term) in terms(&text) {
        let mut product = 1_i64;
        for factor in term.split('*') {
            product = product.checked_mul(factor.parse().ok()?)?;
        }
        sum = sum.checked_add(sign * product)?;
    }
    Some(sum)
}

fn terms(text: &str) -> Vec<(i64, &str)> {
    let (mut out, mut start, mut sign) = (Vec::new(), 0, 1);
    for (at, c) in text.char_indices() {
        if matches!(c, '+' | '-') {
            if at > start {
                out.extend(text.get(start..at).map(|term| (sign, term)));
                sign = 1;
            }
            sign *= if c == '-' { -1 } else { 1 };
            start = at + 1;
        }
    }
    out.extend(text.get(start..).map(|term| (sign, term)));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_liners_are_understood() {
        let code = "import pty; pty.spawn(\"/bin/bash\")";
        assert_eq!(statements(code), ["import pty", " pty.spawn(\"/bin/bash\")"]);
        assert_eq!(call(code, "pty.spawn"), Some("\"/bin/bash\""));
        assert_eq!(literals("['/bin/sh', \"-i\"]"), ["/bin/sh", "-i"]);
        assert_eq!(url("wget('http://198.51.100.7/a.sh')"), Some("http://198.51.100.7/a.sh"));
        assert_eq!(endpoint("(\"198.51.100.7\", 4444)"), Some(("198.51.100.7".to_owned(), 4_444)));
        assert_eq!(endpoint("'198.51.100.7:443'"), Some(("198.51.100.7".to_owned(), 443)));
        assert_eq!(arithmetic("2 + 3*4-1"), Some(13));
        assert_eq!(arithmetic("2**x"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            for statement in statements(&text) {
                let _ = (call(statement, "system"), literals(statement), url(statement));
                let _ = (endpoint(statement), arithmetic(statement));
            }
        }
    }
}
