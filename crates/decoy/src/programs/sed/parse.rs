//! From script to commands.

use crate::programs::regex::{Regex, Syntax};

/// Where a command applies.
#[derive(Clone, Debug)]
pub(super) enum Address {
    Line(u64),
    Step(u64, u64),
    Last,
    Match(Option<Box<Regex>>),
    /// `+N` after a first address.
    More(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) from: Option<Address>,
    pub(super) to: Option<Address>,
    pub(super) negated: bool,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// One letter without argument.
    Plain(u8),
    /// `a`, `i`, `c` with their text.
    Text(u8, Vec<u8>),
    /// `s`
    Substitute(Box<Substitute>),
    /// `y`
    Translate(Vec<u8>, Vec<u8>),
    /// `{`: where its end is.
    Open(usize),
    Close,
    /// `b`, `t`, `T` and where they go.
    Jump(u8, Vec<u8>),
    Label(Vec<u8>),
    /// `r`, `w` with their file.
    File(u8, Vec<u8>),
    /// `q`, `Q` with their status.
    Quit(u8, u8),
}

#[derive(Clone, Debug)]
pub(super) struct Substitute {
    pub(super) regex: Option<Regex>,
    pub(super) replacement: Vec<u8>,
    pub(super) global: bool,
    pub(super) number: usize,
    pub(super) print: bool,
    pub(super) execute: bool,
    pub(super) file: Option<Vec<u8>>,
}

/// Where and why a script is wrong.
pub(super) type Fault = (usize, String);

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    syntax: Syntax,
}

/// Reads a script.
pub(super) fn parse(text: &[u8], syntax: Syntax) -> Result<Vec<Command>, Fault> {
    let mut parser = Parser { text, at: 0, syntax };
    let mut out: Vec<Command> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        parser.skip(|b| b.is_ascii_whitespace() || b == b';');
        if parser.peek().is_none() {
            break;
        }
        if parser.peek() == Some(b'#') {
            parser.skip(|b| b != b'\n');
            continue;
        }
        let command = parser.command()?;
        match command.what {
            What::Open(_) => open.push(out.len()),
            What::Close => {
                let Some(start) = open.pop() else { return Err(parser.fault("unexpected `}'")) };
                let end = out.len();
                if let Some(Command { what: What::Open(target), .. }) = out.get_mut(start) {
                    *target = end;
                }
            }
            _ => {}
        }
        out.push(command);
        if out.len() > 2_000 {
            return Err(parser.fault("memory exhausted"));
        }
    }
    if open.is_empty() { Ok(out) } else { Err((0, "unmatched `{'".into())) }
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn skip(&mut self, test: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&test) {
            self.at += 1;
        }
    }

    fn fault(&self, text: &str) -> Fault {
        (self.at, text.to_owned())
    }

    fn number(&mut self) -> u64 {
        let mut value = 0_u64;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            value = value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        value
    }

    fn address(&mut self) -> Result<Option<Address>, Fault> {
        Ok(match self.peek() {
            Some(b'0'..=b'9') => {
                let line = self.number();
                if self.peek() == Some(b'~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(line, self.number())));
                }
                Some(Address::Line(line))
            }
            Some(b'$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some(b'+') => {
                self.at += 1;
                Some(Address::More(self.number()))
            }
            Some(b'/' | b'\\') => {
                if self.peek() == Some(b'\\') {
                    self.at += 1;
                }
                let delimiter = self.next().unwrap_or(b'/');
                let text =
                    self.until(delimiter, true).ok_or_else(|| self.fault("unterminated address regex"))?;
                let ignore = self.peek() == Some(b'I');
                self.at += usize::from(ignore);
                Some(Address::Match(self.regex(&text, ignore)?.map(Box::new)))
            }
            _ => None,
        })
    }

    fn regex(&self, text: &[u8], ignore: bool) -> Result<Option<Regex>, Fault> {
        if text.is_empty() {
            return Ok(None);
        }
        Regex::new(text, self.syntax, ignore).map(Some).map_err(|error| self.fault(error))
    }

    /// Text up to a delimiter; behind a backslash the delimiter means itself.
    fn until(&mut self, delimiter: u8, regex: bool) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut in_set = false;
        loop {
            let byte = self.next()?;
            match byte {
                b'\\' => {
                    let escaped = self.next()?;
                    if escaped == delimiter && !(regex && b"().*[]^$+?{}|".contains(&delimiter)) {
                        out.push(escaped);
                    } else if escaped == b'n' && regex {
                        out.push(b'\n');
                    } else {
                        out.extend([b'\\', escaped]);
                    }
                    continue;
                }
                b'[' if regex && !in_set => {
                    in_set = self.text.get(self.at..).is_some_and(|rest| rest.contains(&b']'))
                }
                b']' => in_set = false,
                byte if byte == delimiter && !(in_set && regex && delimiter != b'/') => return Some(out),
                _ => {}
            }
            out.push(byte);
        }
    }

    fn command(&mut self) -> Result<Command, Fault> {
        let from = self.address()?;
        let mut to = None;
        if from.is_some() {
            self.skip(|b| b == b' ');
            if self.peek() == Some(b',') {
                self.at += 1;
                self.skip(|b| b == b' ');
                to = self.address()?;
                if to.is_none() {
                    self.at += 1;
                    return Err(self.fault("unexpected `,'"));
                }
            }
        }
        self.skip(|b| b.is_ascii_whitespace());
        let negated = self.peek() == Some(b'!');
        if negated {
            self.at += 1;
            self.skip(|b| b == b' ');
        }
        let Some(letter) = self.next() else { return Err(self.fault("missing command")) };
        let what = self.what(letter)?;
        Ok(Command { from, to, negated, what })
    }

    fn what(&mut self, letter: u8) -> Result<What, Fault> {
        Ok(match letter {
            b'{' => What::Open(0),
            b'}' => {
                self.end()?;
                What::Close
            }
            b'=' | b'd' | b'D' | b'g' | b'G' | b'h' | b'H' | b'n' | b'N' | b'p' | b'P' | b'x' | b'z'
            | b'l' => {
                self.end()?;
                What::Plain(letter)
            }
            b'q' | b'Q' => {
                self.skip(|b| b == b' ');
                let status = self.number().to_le_bytes()[0];
                self.end()?;
                What::Quit(letter, status)
            }
            b'a' | b'i' | b'c' => What::Text(letter, self.added()?),
            b':' => What::Label(self.word(false)),
            b'b' | b't' | b'T' => What::Jump(letter, self.word(true)),
            b'r' | b'w' => What::File(letter, self.line()),
            b's' => self.substitute()?,
            b'y' => self.translate()?,
            other => return Err(self.fault(&format!("unknown command: `{}'", char::from(other)))),
        })
    }

    /// Nothing but the end of the command may follow.
    fn end(&mut self) -> Result<(), Fault> {
        self.skip(|b| b == b' ' || b == b'\t');
        match self.peek() {
            None | Some(b';' | b'\n' | b'}' | b'#') => Ok(()),
            Some(_) => {
                self.at += 1;
                Err(self.fault("extra characters after command"))
            }
        }
    }

    fn word(&mut self, ends: bool) -> Vec<u8> {
        self.skip(|b| b == b' ');
        let start = self.at;
        self.skip(|b| b != b'\n' && b != b';' && !(ends && b == b'}') && !(b == b' ' && ends));
        self.text.get(start..self.at).unwrap_or_default().trim_ascii().to_vec()
    }

    fn line(&mut self) -> Vec<u8> {
        self.skip(|b| b == b' ');
        let start = self.at;
        self.skip(|b| b != b'\n');
        self.text.get(start..self.at).unwrap_or_default().to_vec()
    }

    fn added(&mut self) -> Result<Vec<u8>, Fault> {
        self.skip(|b| b == b' ');
        if self.peek() == Some(b'\\') {
            self.at += 1;
            self.skip(|b| b == b' ');
            if self.peek() == Some(b'\n') {
                self.at += 1;
            }
        }
        if self.peek().is_none() {
            return Err(self.fault("expected \\ after `a', `c' or `i'"));
        }
        let mut out = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b'\n' => break,
                b'\\' => out.extend(self.next()),
                byte => out.push(byte),
            }
        }
        out.push(b'\n');
        Ok(out)
    }

    fn substitute(&mut self) -> Result<What, Fault> {
        let delimiter = self.next().ok_or_else(|| self.fault("unterminated `s' command"))?;
        let pattern = self.until(delimiter, true).ok_or_else(|| self.fault("unterminated `s' command"))?;
        let replacement =
            self.until(delimiter, false).ok_or_else(|| self.fault("unterminated `s' command"))?;
        let mut out = Substitute {
            regex: None,
            replacement,
            global: false,
            number: 1,
            print: false,
            execute: false,
            file: None,
        };
        let mut ignore = false;
        loop {
            match self.peek() {
                Some(b'g') => out.global = true,
                Some(b'p') => out.print = true,
                Some(b'i' | b'I') => ignore = true,
                Some(b'm' | b'M') => {}
                Some(b'e') => out.execute = true,
                Some(b'0'..=b'9') => {
                    let number = self.number();
                    if number == 0 {
                        return Err(self.fault("number option to `s' command may not be zero"));
                    }
                    out.number = usize::try_from(number).unwrap_or(usize::MAX);
                    continue;
                }
                Some(b'w') => {
                    self.at += 1;
                    out.file = Some(self.line());
                    break;
                }
                None | Some(b';' | b'\n' | b'}' | b'#' | b' ') => break,
                Some(_) => {
                    self.at += 1;
                    return Err(self.fault("unknown option to `s'"));
                }
            }
            self.at += 1;
        }
        self.end()?;
        out.regex = self.regex(&pattern, ignore)?;
        Ok(What::Substitute(Box::new(out)))
    }

    fn translate(&mut self) -> Result<What, Fault> {
        let delimiter = self.next().ok_or_else(|| self.fault("unterminated `y' command"))?;
        let from = self.until(delimiter, false).ok_or_else(|| self.fault("unterminated `y' command"))?;
        let to = self.until(delimiter, false).ok_or_else(|| self.fault("unterminated `y' command"))?;
        if from.len() != to.len() {
            return Err(self.fault("strings for `y' command are different lengths"));
        }
        self.end()?;
        Ok(What::Translate(from, to))
    }
}
