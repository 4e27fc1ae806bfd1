//! From text to tokens.

/// A token of awk.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(Vec<u8>),
    Regex(Vec<u8>),
    Name(String),
    /// A name right before `(`.
    Call(String),
    /// An operator or a bracket.
    Sign(&'static str),
    Newline,
    End,
}

const SIGNS: &[&str] = &[
    "**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**",
    "!~", "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":",
    "~", "$", "=",
];

/// All tokens with the number of their line.
pub(super) fn tokens(text: &[u8]) -> Result<Vec<(Token, usize)>, (usize, String)> {
    let mut out: Vec<(Token, usize)> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(byte) = text.get(at).copied() {
        let rest = text.get(at..).unwrap_or_default();
        match byte {
            b' ' | b'\t' | b'\r' => at += 1,
            b'\\' if rest.starts_with(b"\\\n") => {
                at += 2;
                line += 1;
            }
            b'\n' => {
                out.push((Token::Newline, line));
                at += 1;
                line += 1;
            }
            b'#' => at += rest.iter().take_while(|b| **b != b'\n').count(),
            b'"' => {
                let (value, length) = string(rest).ok_or((line, "runaway string constant".to_owned()))?;
                out.push((Token::Text(value), line));
                at += length;
            }
            b'/' if regex_may_follow(out.last().map(|(token, _)| token)) => {
                let (value, length) = regex(rest).ok_or((line, "runaway regular expression".to_owned()))?;
                out.push((Token::Regex(value), line));
                at += length;
            }
            b'0'..=b'9' | b'.' if byte != b'.' || rest.get(1).is_some_and(u8::is_ascii_digit) => {
                let length = number_length(rest);
                let value = std::str::from_utf8(rest.get(..length).unwrap_or_default())
                    .ok()
                    .and_then(|t| t.parse().ok())
                    .unwrap_or(0.0);
                out.push((Token::Number(value), line));
                at += length;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let name = String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned();
                at += length;
                let call = text.get(at) == Some(&b'(');
                out.push((if call { Token::Call(name) } else { Token::Name(name) }, line));
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(sign.as_bytes()));
                let sign = sign.ok_or((line, format!("unexpected character '{}'", char::from(byte))))?;
                out.push((Token::Sign(sign), line));
                at += sign.len();
            }
        }
    }
    out.push((Token::End, line));
    Ok(out)
}

fn regex_may_follow(before: Option<&Token>) -> bool {
    !matches!(
        before,
        Some(
            Token::Number(_)
                | Token::Text(_)
                | Token::Name(_)
                | Token::Regex(_)
                | Token::Sign(")" | "]" | "$" | "++" | "--")
        )
    )
}

/// Length of the number at the beginning.
pub(super) fn number_length(text: &[u8]) -> usize {
    let digits = |from: usize| text.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(0);
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

fn string(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 1;
    loop {
        let byte = *text.get(at)?;
        at += 1;
        match byte {
            b'"' => return Some((out, at)),
            b'\n' => return None,
            b'\\' => {
                let escaped = *text.get(at)?;
                at += 1;
                match escaped {
                    b'n' => out.push(b'\n'),
                    b't' => out.push(b'\t'),
                    b'r' => out.push(b'\r'),
                    b'a' => out.push(7),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'v' => out.push(11),
                    b'\\' | b'"' | b'/' => out.push(escaped),
                    b'\n' => {}
                    b'0'..=b'7' => {
                        let more =
                            text.iter().skip(at).take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                        let digits = text.get(at - 1..at + more).unwrap_or_default();
                        out.push(
                            digits
                                .iter()
                                .fold(0_u32, |value, b| value * 8 + u32::from(b - b'0'))
                                .to_le_bytes()[0],
                        );
                        at += more;
                    }
                    other => out.extend([b'\\', other]),
                }
            }
            byte => out.push(byte),
        }
    }
}

fn regex(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let (mut at, mut in_set) = (1, false);
    loop {
        let byte = *text.get(at)?;
        at += 1;
        match byte {
            b'/' if !in_set => return Some((out, at)),
            b'\n' => return None,
            b'\\' => {
                let escaped = *text.get(at)?;
                at += 1;
                if escaped != b'/' {
                    out.push(b'\\');
                }
                out.push(escaped);
                continue;
            }
            b'[' => in_set = true,
            b']' => in_set = false,
            _ => {}
        }
        out.push(byte);
    }
}
