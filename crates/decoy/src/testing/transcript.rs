//! Conversations with real servers, written down, to be held again with ours.
//!
//! A transcript is a text of lines, told apart by their start:
//! - `# ` a remark;
//! - `> ` a line that the client sends;
//! - `>~ ` bytes that it sends without a line end;
//! - `< ` a line of the server's answer, `<~ ` a pattern for one in which `*` is anything;
//! - `@ ` and `@+ ` a command with a data connection, for services that have them; after `|` what
//!   the client sends over it;
//! - `= ` and `=~ ` a line that came over the data connection;
//! - `! closed` the server closes.
//!
//! `\xNN`, `\r`, `\n`, `\t`, `\0` and `\\` stand for bytes.

/// A line that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Exactly this.
    Line(Vec<u8>),
    /// Anything where a `*` is.
    Pattern(Vec<u8>),
}

impl Expect {
    /// Whether `line` is as expected.
    pub fn matches(&self, line: &[u8]) -> bool {
        match self {
            Self::Line(expected) => expected == line,
            Self::Pattern(pattern) => matches_pattern(pattern, line),
        }
    }
}

/// What the client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Connects and waits.
    Connect,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Gives a command that has a data connection, and sends a payload if there is one.
    Transfer(Vec<u8>, Option<Vec<u8>>),
}

/// One step of a conversation.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the client does.
    pub action: Action,
    /// Lines that the server answers.
    pub answer: Vec<Expect>,
    /// Lines that come over the data connection.
    pub data: Vec<Expect>,
}

/// A conversation.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// Its steps.
    pub steps: Vec<Step>,
    /// Whether the server closes in the end.
    pub closed: bool,
}

impl Transcript {
    /// Reads a transcript; a line that is none of the known ones is a mistake.
    ///
    /// # Panics
    /// When the text is no transcript.
    pub fn parse(text: &str) -> Self {
        let mut out = Self::default();
        out.push(Action::Connect);
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
            match mark {
                ">" => out.push(Action::Send([unescape(rest).as_slice(), b"\r\n"].concat())),
                ">~" => out.push(Action::Send(unescape(rest))),
                "@" => out.push(Action::Transfer(unescape(rest), None)),
                "@+" => {
                    let (command, payload) = rest.split_once('|').unwrap_or((rest, ""));
                    out.push(Action::Transfer(unescape(command), Some(unescape(payload))));
                }
                "<" => out.last().answer.push(Expect::Line(unescape(rest))),
                "<~" => out.last().answer.push(Expect::Pattern(unescape(rest))),
                "=" => out.last().data.push(Expect::Line(unescape(rest))),
                "=~" => out.last().data.push(Expect::Pattern(unescape(rest))),
                "!" => out.closed = true,
                _ => unreachable!("no line of a transcript: {line:?}"),
            }
        }
        out
    }

    fn push(&mut self, action: Action) {
        self.steps.push(Step { action, answer: Vec::new(), data: Vec::new() });
    }

    fn last(&mut self) -> &mut Step {
        if self.steps.is_empty() {
            self.push(Action::Connect);
        }
        self.steps.last_mut().unwrap_or_else(|| unreachable!("there is a step"))
    }

    /// Whether any step has a data connection.
    pub fn has_transfers(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, Action::Transfer(..)))
    }

    /// All that the client sends.
    pub fn input(&self) -> Vec<u8> {
        let sent = self.steps.iter().map(|step| match &step.action {
            Action::Connect => &[][..],
            Action::Send(bytes) | Action::Transfer(bytes, _) => bytes,
        });
        sent.collect::<Vec<_>>().concat()
    }

    /// Compares all that the server sent with what is expected of it.
    ///
    /// # Errors
    /// Says where they part.
    pub fn compare(&self, output: &[u8]) -> Result<(), String> {
        let mut lines = lines(output).into_iter();
        for step in &self.steps {
            for expect in &step.answer {
                let line = lines.next().unwrap_or_default();
                check(step, expect, &line)?;
            }
        }
        match lines.next() {
            Some(line) => Err(format!("too much: {:?}", String::from_utf8_lossy(&line))),
            None => Ok(()),
        }
    }
}

/// Compares one line.
///
/// # Errors
/// Says what was expected.
pub fn check(step: &Step, expect: &Expect, line: &[u8]) -> Result<(), String> {
    if expect.matches(line) {
        return Ok(());
    }
    let line = String::from_utf8_lossy(line);
    Err(format!("after {}\nexpected {}\n     got {line:?}", shown(&step.action), wanted(expect)))
}

fn shown(action: &Action) -> String {
    match action {
        Action::Connect => "connecting".to_owned(),
        Action::Send(bytes) | Action::Transfer(bytes, _) => format!("{:?}", String::from_utf8_lossy(bytes)),
    }
}

fn wanted(expect: &Expect) -> String {
    match expect {
        Expect::Line(line) => format!("{:?}", String::from_utf8_lossy(line)),
        Expect::Pattern(pattern) => format!("~ {:?}", String::from_utf8_lossy(pattern)),
    }
}

/// Splits at CR LF; what comes after the last one is a line too, if it is anything.
pub fn lines(output: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut bytes = output.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' && bytes.peek() == Some(&b'\n') {
            bytes.next();
            lines.push(Vec::new());
        } else if let Some(line) = lines.last_mut() {
            line.push(byte);
        }
    }
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

/// The bytes that a text with escapes stands for.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(rest.get(..at).unwrap_or_default().as_bytes());
        rest = rest.get(at + 1..).unwrap_or_default();
        let (byte, length) = match rest.as_bytes().first() {
            Some(b'r') => (b'\r', 1),
            Some(b'n') => (b'\n', 1),
            Some(b't') => (b'\t', 1),
            Some(b'0') => (0, 1),
            Some(b'x') => {
                let hex = rest.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                (hex.unwrap_or_default(), 3)
            }
            _ => (b'\\', 1),
        };
        out.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Whether the pieces between the stars of `pattern` stand in `line` in that order.
fn matches_pattern(pattern: &[u8], line: &[u8]) -> bool {
    let mut pieces: Vec<&[u8]> = pattern.split(|b| *b == b'*').collect();
    let last = pieces.pop().unwrap_or_default();
    let mut rest = line;
    for (at, piece) in pieces.iter().enumerate() {
        let found = if at == 0 {
            rest.starts_with(piece).then_some(0)
        } else {
            (0..=rest.len()).find(|from| rest.get(*from..).is_some_and(|r| r.starts_with(piece)))
        };
        match found {
            Some(from) => rest = rest.get(from + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    if pieces.is_empty() { rest == last } else { rest.ends_with(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_in_order() {
        let check = |pattern: &str, line: &str| matches_pattern(pattern.as_bytes(), line.as_bytes());
        assert!(check("a*b*", "axxbyy"));
        assert!(check("*", ""));
        assert!(!check("a*b*c", "acb"));
        assert!(!check("a*", "ba"));
        assert!(!check("a", "ab"));
    }

    #[test]
    fn transcripts_are_read() {
        let text = "< hello\n# remark\n> A \\x41\\r\n<~ a*\n@+ STOR x|y\\n\n= z\n! closed\n";
        let transcript = Transcript::parse(text);
        assert_eq!(transcript.input(), b"A A\r\r\nSTOR x");
        assert!(transcript.closed && transcript.has_transfers());
        assert_eq!(transcript.compare(b"hello\r\nabc\r\n"), Ok(()));
        assert!(transcript.compare(b"hello\r\nabc\r\nmore\r\n").is_err());
        assert!(transcript.compare(b"hello\r\nxbc\r\n").is_err());
    }
}
