//! What nginx takes for a head.
//!
//! The request line is judged byte by byte, so that a wrong byte is refused before the line
//! ends. Header names with odd characters pass but are ignored, lines may end with a bare
//! line feed, and limits are those of `client_header_buffer_size` and
//! `large_client_header_buffers` as shipped.

use super::{
    Progress, Refusal,
    head::{Head, Version},
};

/// Size of the first buffer.
const FIRST_BUFFER: usize = 1_024;
/// Size of each further buffer; a line must fit into one.
const BUFFER: usize = 8_192;
/// How many further buffers there are.
const BUFFERS: usize = 4;

/// What the next byte of the request line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Method,
    BeforeTarget,
    Scheme,
    SchemeSlash,
    SchemeSecondSlash,
    HostStart,
    Host,
    HostLiteral,
    HostEnd,
    Port,
    Path,
    AfterTarget,
    /// So many bytes of `HTTP/` have come.
    Protocol(usize),
    FirstMajorDigit,
    MajorDigit,
    FirstMinorDigit,
    MinorDigit,
    AfterVersion,
    AlmostDone,
    Done,
}

/// Where a head of nginx's stands.
#[derive(Debug)]
pub(super) struct Rules {
    state: State,
    version: Version,
    in_fields: bool,
    filled: usize,
    buffers: usize,
    /// Whether spaces and control characters may stand in targets and names.
    lenient: bool,
}

impl Rules {
    /// For a release that is as lenient as those before 1.21.1, or not.
    pub(super) fn new(lenient: bool) -> Self {
        Self {
            state: State::Start,
            version: Version::HTTP_0_9,
            in_fields: false,
            filled: 0,
            buffers: 0,
            lenient,
        }
    }

    /// One line with its line feed.
    pub(super) fn line(&mut self, line: &[u8], head: &mut Head) -> Progress {
        if !self.in_fields {
            return self.request_line(line, head);
        }
        if !self.fits(line.len()) {
            return Progress::Refused(Refusal::FieldTooLarge);
        }
        field_line(line, self.lenient, head)
    }

    /// A line without end so far, of which `looked_at` bytes are known already.
    pub(super) fn unfinished(&mut self, line: &[u8], looked_at: usize) -> Progress {
        if !self.in_fields {
            let fresh = line.get(looked_at..).unwrap_or_default();
            if let Err(refusal) = self.advance(fresh) {
                return Progress::Refused(refusal);
            }
        }
        match (line.len() >= BUFFER, self.in_fields) {
            (false, _) => Progress::Incomplete,
            (true, false) => Progress::Refused(Refusal::LineTooLong),
            (true, true) => Progress::Refused(Refusal::FieldTooLarge),
        }
    }

    fn request_line(&mut self, line: &[u8], head: &mut Head) -> Progress {
        // The state knows the part of the line that was looked at before; running over it
        // again from the start gives the same state.
        self.state = State::Start;
        if let Err(refusal) = self.advance(line) {
            return Progress::Refused(refusal);
        }
        if self.state == State::Start {
            return Progress::Incomplete;
        }
        if line.len() > BUFFER || !self.fits(line.len()) {
            return Progress::Refused(Refusal::LineTooLong);
        }
        let method = line.split(|b| *b == b' ').next().unwrap_or_default();
        let rest = line.get(method.len()..).unwrap_or_default();
        head.set_request_line(method, target(rest, self.version), self.version);
        self.in_fields = true;
        match self.version.is_headless() {
            true if method != b"GET" => Progress::Refused(Refusal::Malformed),
            true => Progress::Complete,
            false => Progress::Incomplete,
        }
    }

    fn advance(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        for byte in bytes {
            self.state = self.next(*byte)?;
        }
        Ok(())
    }

    /// The state after `byte`.
    fn next(&mut self, byte: u8) -> Result<State, Refusal> {
        use State::*;
        Ok(match (self.state, byte) {
            (Start, b'\r' | b'\n') => Start,
            (Start | Method, b'A'..=b'Z' | b'_' | b'-') => Method,
            (Method, b' ') | (BeforeTarget, b' ') => BeforeTarget,
            (BeforeTarget, b'/') => Path,
            (BeforeTarget, b'a'..=b'z' | b'A'..=b'Z') => Scheme,
            (Scheme, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.') => Scheme,
            (Scheme, b':') => SchemeSlash,
            (SchemeSlash, b'/') => SchemeSecondSlash,
            (SchemeSecondSlash, b'/') => HostStart,
            (HostStart, b'[') => HostLiteral,
            (HostStart | Host, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-') => Host,
            (HostLiteral, b']') => HostEnd,
            (HostLiteral, b'!'..=b'~') if byte != b'/' && byte != b'?' => HostLiteral,
            (Host | HostEnd, b':') => Port,
            (Port, b'0'..=b'9') => Port,
            (Host | HostEnd | Port, b'/' | b'?') => Path,
            (Host | HostEnd | Port | Path | AfterTarget, b' ') => AfterTarget,
            (Path | AfterTarget, b'\r') => self.headless(AlmostDone),
            (Path | AfterTarget, b'\n') => self.headless(Done),
            (Path, byte) if byte >= 0x20 && byte != 0x7f => Path,
            (AfterTarget, b'H') => Protocol(1),
            (Path | AfterTarget, 1..) if self.lenient => Path,
            (Protocol(at), byte) if b"HTTP/".get(at) == Some(&byte) => {
                if at == 4 {
                    FirstMajorDigit
                } else {
                    Protocol(at + 1)
                }
            }
            (FirstMajorDigit, b'1'..=b'9') | (MajorDigit, b'0'..=b'9') => self.major_digit(byte)?,
            (MajorDigit, b'.') => FirstMinorDigit,
            (FirstMinorDigit | MinorDigit, b'0'..=b'9') => self.minor_digit(byte)?,
            (MinorDigit | AfterVersion, b'\r') => AlmostDone,
            (MinorDigit | AfterVersion | AlmostDone, b'\n') => Done,
            (MinorDigit | AfterVersion, b' ') => AfterVersion,
            _ => return Err(Refusal::Malformed),
        })
    }

    fn headless(&mut self, next: State) -> State {
        self.version = Version::HTTP_0_9;
        next
    }

    fn major_digit(&mut self, digit: u8) -> Result<State, Refusal> {
        let before = if self.state == State::FirstMajorDigit { 0 } else { self.version.major };
        self.version.major = before * 10 + u16::from(digit - b'0');
        if self.version.major > 1 { Err(Refusal::Version) } else { Ok(State::MajorDigit) }
    }

    fn minor_digit(&mut self, digit: u8) -> Result<State, Refusal> {
        let before = if self.state == State::FirstMinorDigit { 0 } else { self.version.minor };
        if before > 99 {
            return Err(Refusal::Malformed);
        }
        self.version.minor = before * 10 + u16::from(digit - b'0');
        Ok(State::MinorDigit)
    }

    /// Accounts for a line: one that does not fit into what is left of a buffer moves to the
    /// next one.
    fn fits(&mut self, length: usize) -> bool {
        let size = if self.buffers == 0 { FIRST_BUFFER } else { BUFFER };
        if self.filled + length <= size {
            self.filled += length;
            return true;
        }
        self.buffers += 1;
        self.filled = length;
        self.buffers <= BUFFERS && length <= BUFFER
    }
}

/// The target in what follows the method: up to the version, or to the end of the line.
fn target(rest: &[u8], version: Version) -> &[u8] {
    let rest = trim_spaces(trim_returns(rest.strip_suffix(b"\n").unwrap_or(rest)));
    if version.is_headless() {
        return rest;
    }
    let end = rest.windows(6).rposition(|window| window == b" HTTP/").unwrap_or(rest.len());
    trim_spaces(rest.get(..end).unwrap_or_default())
}

fn field_line(line: &[u8], lenient: bool, head: &mut Head) -> Progress {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let bare = trim_returns(text);
    if bare.is_empty() && text.len() <= 1 {
        return Progress::Complete;
    }
    if bare.contains(&b'\r') || bare.contains(&0) {
        return Progress::Refused(Refusal::Malformed);
    }
    let colon = bare.iter().position(|b| *b == b':').unwrap_or(bare.len());
    let (name, value) = (bare.get(..colon).unwrap_or_default(), bare.get(colon + 1..).unwrap_or_default());
    let strange = name.is_empty() || name.iter().any(|b| *b <= b' ' || *b == 0x7f);
    if strange && !lenient {
        return Progress::Refused(Refusal::Malformed);
    }
    let honoured = !strange && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    head.add_field(name, trim_spaces(value), honoured);
    Progress::Incomplete
}

/// A line may end with any number of carriage returns.
fn trim_returns(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_suffix(b"\r") {
        text = rest;
    }
    text
}

/// Only spaces are taken off a value, tabs stay.
fn trim_spaces(mut value: &[u8]) -> &[u8] {
    while let Some(rest) = value.strip_prefix(b" ") {
        value = rest;
    }
    while let Some(rest) = value.strip_suffix(b" ") {
        value = rest;
    }
    value
}
