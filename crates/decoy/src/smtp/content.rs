//! The content of a message, as it streams past: where it ends, how large it is, what its
//! headers say.

/// Header bytes that are looked at.
const HEADERS: usize = 16 * 1_024;
/// Longest subject that is kept.
const SUBJECT: usize = 1_024;

/// Finds the end of DATA and takes the doubled dots out (RFC 5321, section 4.5.2).
#[derive(Debug)]
pub(super) struct Dots {
    at: At,
    /// Whether only CR LF ends a line that may be the last, as since Postfix 3.9.
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The start of a line.
    LineStart,
    /// After a dot at the start of a line, and so many carriage returns.
    Dot(u8),
    /// Inside a line; whether a carriage return came last.
    Inside { carriage_return: bool },
}

impl Dots {
    pub(super) fn new(strict: bool) -> Self {
        Self { at: At::LineStart, strict }
    }

    /// Appends the content in `input` to `out`. When the end was found, says how many bytes of
    /// `input` belong to the message, its end counted.
    pub(super) fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        for (index, byte) in input.iter().enumerate() {
            if self.step(*byte, out) {
                return Some(index + 1);
            }
        }
        None
    }

    /// Takes one byte; true if it was the last.
    fn step(&mut self, byte: u8, out: &mut Vec<u8>) -> bool {
        self.at = match (self.at, byte) {
            (At::LineStart, b'.') => At::Dot(0),
            (At::Dot(returns), b'\n') if !self.strict || returns == 1 => return true,
            (At::Dot(returns), b'\r') if returns < u8::MAX => At::Dot(returns + 1),
            (At::Dot(returns), byte) => {
                out.extend(std::iter::repeat_n(b'\r', usize::from(returns)));
                out.push(byte);
                self.after(byte, returns > 0)
            }
            (at, byte) => {
                out.push(byte);
                self.after(byte, at == At::Inside { carriage_return: true })
            }
        };
        false
    }

    fn after(&self, byte: u8, carriage_return: bool) -> At {
        match byte {
            b'\n' if !self.strict || carriage_return => At::LineStart,
            byte => At::Inside { carriage_return: byte == b'\r' },
        }
    }
}

/// What is known of a message's content without keeping it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Bytes, as the server counts them: lines without their ends, and two for each end.
    size: u64,
    /// Bytes of the line that is not over, and carriage returns at its end.
    line: u64,
    returns: u64,
    header: Header,
}

impl Facts {
    /// Takes more of the content.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    self.size += self.line + 2;
                    (self.line, self.returns) = (0, 0);
                }
                b'\r' => self.returns += 1,
                _ => {
                    self.line += self.returns + 1;
                    self.returns = 0;
                }
            }
        }
        self.header.add(bytes);
    }

    /// Size so far; a line that is not over counts as if it were.
    pub(super) fn size(&self) -> u64 {
        let open = self.line + self.returns;
        self.size + if open > 0 { self.line + 2 } else { 0 }
    }

    /// The Subject header.
    pub(super) fn subject(&self) -> Option<Vec<u8>> {
        self.header.subject()
    }

    /// How many Received headers there are.
    pub(super) fn hops(&self) -> usize {
        self.header.lines().filter(|line| starts_with(line, b"received:")).count()
    }
}

fn starts_with(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// The start of a message, until its headers end.
#[derive(Debug, Default)]
struct Header {
    bytes: Vec<u8>,
    complete: bool,
}

impl Header {
    fn add(&mut self, bytes: &[u8]) {
        if self.complete {
            return;
        }
        let from = self.bytes.len().saturating_sub(2);
        let room = HEADERS - self.bytes.len();
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        let fresh = self.bytes.get(from..).unwrap_or_default();
        let ended = fresh.windows(2).any(|w| w == b"\n\n") || fresh.windows(3).any(|w| w == b"\n\r\n");
        self.complete = ended || self.bytes.len() == HEADERS;
    }

    /// Lines until the first empty one.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.take_while(|line| !line.is_empty())
    }

    /// The subject with its continuation lines.
    fn subject(&self) -> Option<Vec<u8>> {
        let mut lines = self.lines().skip_while(|line| !starts_with(line, b"subject:"));
        let mut subject = lines.next()?.get(b"subject:".len()..)?.trim_ascii().to_vec();
        for line in lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
            subject.push(b' ');
            subject.extend_from_slice(line.trim_ascii());
        }
        subject.truncate(SUBJECT);
        Some(subject)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Content and rest of `input`; `None` if the end is not in it.
    fn read(input: &[u8], strict: bool, step: usize) -> Option<(Vec<u8>, usize)> {
        let (mut dots, mut out, mut at) = (Dots::new(strict), Vec::new(), 0);
        for piece in input.chunks(step) {
            if let Some(count) = dots.feed(piece, &mut out) {
                return Some((out, at + count));
            }
            at += piece.len();
        }
        None
    }

    #[track_caller]
    fn check(input: &str, strict: bool, content: Option<&str>) {
        for step in [1, 2, 3, 1_000] {
            let read = read(input.as_bytes(), strict, step);
            let found = read.map(|(out, _)| String::from_utf8(out).unwrap());
            assert_eq!(found.as_deref(), content, "{input:?} in steps of {step}");
        }
    }

    #[test]
    fn the_end_is_a_dot_alone() {
        check("a\r\n.\r\nNOOP\r\n", false, Some("a\r\n"));
        check(".\r\n", false, Some(""));
        check("..a\r\n...\r\n.\r\n", false, Some(".a\r\n..\r\n"));
        check(".a\r\n.\r\n", false, Some("a\r\n"));
        check("a\r.\r\n.\r\n", false, Some("a\r.\r\n"));
        check("a\r\n. \r\n", false, None);
    }

    #[test]
    fn bare_line_feeds_end_lines_until_3_9() {
        check("a\n.\nb", false, Some("a\n"));
        check("a\n.\r\nb", false, Some("a\n"));
        check("a\r\n.\nb\r\n.\r\n", false, Some("a\r\n"));
        check("a\n.\nb\r\n.\r\n", true, Some("a\n.\nb\r\n"));
        check("a\r\n.\nb\r\n.\r\n", true, Some("a\r\n\nb\r\n"));
    }

    #[test]
    fn sizes_count_two_for_each_line_end() {
        let size = |text: &str| {
            let mut facts = Facts::default();
            facts.add(text.as_bytes());
            facts.size()
        };
        assert_eq!(size("Hello worlB"), 13);
        assert_eq!(size("abcde\n"), 7);
        assert_eq!(size("abcde\r\n"), 7);
        assert_eq!(size(""), 0);
    }

    #[test]
    fn headers_are_read_until_they_end() {
        let mut facts = Facts::default();
        for byte in
            b"Received: a\r\nSUBJECT: one\r\n two\r\nReceived: b\r\n\r\nSubject: body\r\nReceived: c\r\n"
        {
            facts.add(&[*byte]);
        }
        assert_eq!(facts.subject().as_deref(), Some(&b"one two"[..]));
        assert_eq!(facts.hops(), 2);
        facts.add(&vec![b'x'; 100_000]);
        assert!(facts.header.bytes.len() <= HEADERS);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(input in "[a.\r\n]{0,60}", step in 1usize..10, strict: bool) {
            prop_assert_eq!(read(input.as_bytes(), strict, step), read(input.as_bytes(), strict, 1_000));
        }

        #[test]
        fn what_was_stuffed_comes_back(lines in proptest::collection::vec("[a.]{0,5}", 0..10), strict: bool) {
            let content: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
            let stuff = |l: &String| if l.starts_with('.') { format!(".{l}\r\n") } else { format!("{l}\r\n") };
            let sent: String = lines.iter().map(stuff).chain([".\r\n".to_owned()]).collect();
            prop_assert_eq!(read(sent.as_bytes(), strict, 7), Some((content.into_bytes(), sent.len())));
        }
    }
}
