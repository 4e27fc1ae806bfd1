//! The first line of either side (RFC 4253, section 4.2), as OpenSSH's server takes it.

use super::quirks::Quirks;

/// Longest line that is taken, without its end.
pub(super) const LONGEST: usize = 8_192;
/// Bytes of the first line that OpenSSH before 8.0 looks at.
const LONGEST_OF_OLD: usize = 255;

/// What the server says to a line that is no identification, before it closes: each part is a
/// segment of its own.
pub(super) const INVALID: &[&[u8]] = &[b"Invalid SSH identification string.", b"\r\n"];
/// What it says to one of another major version.
pub(super) const OTHER_VERSION: &[&[u8]] = &[b"Protocol major versions differ.", b"\r\n"];
/// The same before 8.0.
const INVALID_OF_OLD: &[&[u8]] = &[b"Protocol mismatch.\n"];
/// The same before 8.0.
const OTHER_VERSION_OF_OLD: &[&[u8]] = &[b"Protocol major versions differ.\n"];

/// What a byte of a client's first line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// The line goes on.
    More,
    /// The line is whole.
    Whole,
    /// No identification has such a byte.
    Invalid,
}

/// A client's first line as it comes.
///
/// Carriage returns are dropped, and nothing but a line feed may follow one; there is no zero
/// byte. Before 8.0 what follows one was read and not looked at.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// What came so far.
    pub(super) line: Vec<u8>,
    after_return: bool,
    is_old: bool,
    count: usize,
}

/// What a whole line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An identification of a protocol that is spoken.
    Accepted(Quirks),
    /// It is answered with this line in parts, and closed.
    Refused(&'static [&'static [u8]]),
    /// A scanner that says so: closed without a word.
    Dropped,
}

impl Scanner {
    /// A line for OpenSSH before 8.0, or for a newer one.
    pub(super) fn new(is_old: bool) -> Self {
        Self { is_old, ..Self::default() }
    }

    /// Takes the next byte.
    pub(super) fn push(&mut self, byte: u8) -> Scan {
        self.count += 1;
        match byte {
            b'\n' => return Scan::Whole,
            b'\r' => self.after_return = true,
            0 if self.is_old => self.after_return = true,
            0 => return Scan::Invalid,
            _ if !self.after_return => self.line.push(byte),
            _ if !self.is_old => return Scan::Invalid,
            _ => {}
        }
        match self.is_old {
            true if self.count >= LONGEST_OF_OLD => Scan::Whole,
            false if self.line.len() > LONGEST => Scan::Invalid,
            _ => Scan::More,
        }
    }

    /// Judges the line when it is whole.
    pub(super) fn judge(&self) -> Verdict {
        let verdict = judge(&self.line);
        match verdict {
            Verdict::Refused(INVALID) if self.is_old => Verdict::Refused(INVALID_OF_OLD),
            Verdict::Refused(OTHER_VERSION) if self.is_old => Verdict::Refused(OTHER_VERSION_OF_OLD),
            verdict => verdict,
        }
    }
}

/// Judges a whole line.
fn judge(line: &[u8]) -> Verdict {
    let Some((major, minor, software)) = versions(line) else { return Verdict::Refused(INVALID) };
    let quirks = Quirks::of(software);
    match (major, minor) {
        (2, _) | (1, 99) if quirks.is_scanner => Verdict::Dropped,
        (2, _) | (1, 99) => Verdict::Accepted(quirks),
        _ => Verdict::Refused(OTHER_VERSION),
    }
}

/// Versions and software, as `sscanf(line, "SSH-%d.%d-%[^\n]")` finds them.
fn versions(line: &[u8]) -> Option<(i32, i32, &[u8])> {
    let (major, rest) = integer(line.strip_prefix(b"SSH-")?)?;
    let (minor, rest) = integer(rest.strip_prefix(b".")?)?;
    let software = rest.strip_prefix(b"-").filter(|rest| !rest.is_empty())?;
    Some((major, minor, software))
}

/// `%d`: blanks, a sign, digits; what does not fit is cut to 32 bits as the C library does.
fn integer(text: &[u8]) -> Option<(i32, &[u8])> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0b' | b'\x0c')).count();
    let text = text.get(blanks..)?;
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = digits.split_at_checked(count).filter(|(number, _)| !number.is_empty())?;
    let magnitude = number.iter().fold(0_i64, |sum, digit| {
        sum.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0')))
    });
    let value = if negative { -magnitude } else { magnitude };
    #[expect(clippy::cast_possible_truncation, reason = "as the C library stores a long in an int")]
    Some((value as i32, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{INVALID, LONGEST, OTHER_VERSION, Scan, Scanner, Verdict, judge};

    fn verdict(bytes: &[u8]) -> Option<Verdict> {
        let mut scanner = Scanner::default();
        let end = bytes.iter().map(|byte| scanner.push(*byte)).find(|scan| *scan != Scan::More)?;
        Some(if end == Scan::Whole { judge(&scanner.line) } else { Verdict::Refused(INVALID) })
    }

    /// As OpenSSH 7.4 has it in its source.
    #[test]
    fn old_servers_take_lines_their_way() {
        let verdict = |bytes: &[u8]| {
            let mut scanner = Scanner::new(true);
            let whole = bytes.iter().any(|byte| scanner.push(*byte) == Scan::Whole);
            whole.then(|| scanner.judge())
        };
        let accepted = |bytes: &[u8]| matches!(verdict(bytes), Some(Verdict::Accepted(_)));
        assert!(accepted(b"SSH-2.0-x\r\n") && accepted(b"SSH-2.0-x\rjunk\n") && accepted(b"SSH-2.0-x\0y\n"));
        assert!(accepted(&[b"SSH-2.0-", "a".repeat(247).as_bytes()].concat()));
        assert_eq!(verdict(&[b"SSH-2.0-", "a".repeat(246).as_bytes()].concat()), None);
        let mismatch: &[&[u8]] = &[b"Protocol mismatch.\n"];
        assert_eq!(verdict(b"GET / HTTP/1.0\r\n"), Some(Verdict::Refused(mismatch)));
        let other: &[&[u8]] = &[b"Protocol major versions differ.\n"];
        assert_eq!(verdict(b"SSH-1.5-x\r\n"), Some(Verdict::Refused(other)));
    }

    fn is_accepted(bytes: &[u8]) -> bool {
        matches!(verdict(bytes), Some(Verdict::Accepted(_)))
    }

    /// All asked of Debian 12's `sshd` on loopback.
    #[test]
    fn lines_are_taken_as_the_real_server_takes_them() {
        let taken: &[&[u8]] = &[
            b"SSH-2.0-x\r\n",
            b"SSH-2.0-x\n",
            b"SSH-1.99-x\r\n",
            b"SSH-2.1-x\r\n",
            b"SSH-2.-5-x\r\n",
            b"SSH- 2. 0-x\r\n",
            b"SSH-+2.0-x\r\n",
            b"SSH-02.00-x\r\n",
            b"SSH-2.0- \r\n",
            b"SSH-2.0--\r\n",
            b"SSH-2.0-a\r\r\n",
            b"SSH-2.0-\xff\xfe\r\n",
            b"SSH-4294967298.0-x\r\n",
        ];
        for line in taken {
            assert!(is_accepted(line), "{}", line.escape_ascii());
        }
        let invalid: &[&[u8]] = &[
            b"SSH-1337\n",
            b"SSH-1337-OpenSSH_9.0\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"\r\n",
            b"SSH-\r\n",
            b"SSH-2.0\r\n",
            b"SSH-2.0-\r\n",
            b"SSH-2.0x-y\r\n",
            b"ssh-2.0-x\r\n",
            b"SSH-0x2.0-x\r\n",
            b"SSH-2.0-a\rb\r\n",
            b"SSH-2.0-a\0b\r\n",
        ];
        for line in invalid {
            assert_eq!(verdict(line), Some(Verdict::Refused(INVALID)), "{}", line.escape_ascii());
        }
        for line in [&b"SSH-1.5-x\r\n"[..], b"SSH-1.98-x\r\n", b"SSH-3.0-x\r\n", b"SSH-99999999999.0-x\r\n"] {
            assert_eq!(verdict(line), Some(Verdict::Refused(OTHER_VERSION)), "{}", line.escape_ascii());
        }
        for line in [&b"SSH-2.0-Probe-1\r\n"[..], b"SSH-2.0-SSH_Version_Mapper\r\n"] {
            assert_eq!(verdict(line), Some(Verdict::Dropped));
        }
    }

    #[test]
    fn a_line_has_a_bound() {
        let longest = [b"SSH-2.0-", "a".repeat(LONGEST - 8).as_bytes()].concat();
        assert_eq!(verdict(&longest), None);
        assert!(is_accepted(&[&longest[..], b"\r\n"].concat()));
        let too_long = [&longest[..], b"a"].concat();
        assert_eq!(verdict(&too_long), Some(Verdict::Refused(INVALID)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes: Vec<u8>) {
            verdict(&bytes);
            judge(&bytes);
        }
    }
}
