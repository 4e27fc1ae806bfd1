//! Line to [`Record`], for any RFC 5424 line.

use std::borrow::Cow;

use thiserror::Error;

use super::{MAX_LINE, SD_ID};
use crate::{Timestamp, scan::Special, text};

/// Longest line that is read: twice what the encoder writes, for lines of other origin.
const MAX_READ: usize = 2 * MAX_LINE;

/// What does not stand for itself in a value.
const SPECIAL: Special<3> = Special { these: [b'"', b'\\', b']'], controls: false };

/// More fields than most lines have: room for them is taken at once.
const USUAL_FIELDS: usize = 16;

/// A line, taken apart. Borrowed parts point into the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Facility times eight plus severity, 0 to 191.
    pub priority: u8,
    /// When, if the line says so.
    pub time: Option<Timestamp>,
    /// HOSTNAME, empty when nil.
    pub hostname: &'a str,
    /// APP-NAME, empty when nil.
    pub app_name: &'a str,
    /// PROCID, empty when nil.
    pub proc_id: &'a str,
    /// MSGID, empty when nil.
    pub msg_id: &'a str,
    /// Names and values of our structured-data element, in order; empty when there is none. A value
    /// is borrowed where the line has it without escapes.
    pub fields: Vec<(&'a str, Cow<'a, [u8]>)>,
    /// What follows the structured data, without the byte order mark.
    pub message: &'a [u8],
}

impl<'a> Record<'a> {
    /// Takes one line apart; one that follows no grammar is a message as a whole.
    pub fn of(line: &'a [u8]) -> Self {
        decode(line).unwrap_or(Record {
            priority: 0,
            time: None,
            hostname: "",
            app_name: "",
            proc_id: "",
            msg_id: "",
            fields: Vec::new(),
            message: line,
        })
    }

    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_ref())
    }

    /// The first value of a field, where it is valid UTF-8.
    pub fn field_str(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(|value| std::str::from_utf8(value).ok())
    }
}

/// Why a line is no RFC 5424 line.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// The line is longer than anything we read.
    #[error("line of {length} bytes is longer than {MAX_READ}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The part that was expected is missing or malformed.
    #[error("{expected} expected at byte {at}")]
    Malformed {
        /// What should have been there.
        expected: &'static str,
        /// Offset in bytes from the start of the line.
        at: usize,
    },
}

/// Takes one line, without its line feed, apart.
///
/// # Errors
/// [`DecodeError`] when the line does not follow the grammar of RFC 5424, section 6.
pub fn decode(line: &[u8]) -> Result<Record<'_>, DecodeError> {
    if line.len() > MAX_READ {
        return Err(DecodeError::TooLong { length: line.len() });
    }
    let mut cursor = Cursor { line, at: 0 };
    let priority = cursor.priority()?;
    cursor.literal(b"1 ", "version 1")?;
    let time = cursor.token("timestamp")?;
    let time = match time {
        "" => None,
        text => Some(Timestamp::parse_rfc3339(text).ok_or(cursor.error("RFC 3339 timestamp"))?),
    };
    Ok(Record {
        priority,
        time,
        hostname: cursor.token("hostname")?,
        app_name: cursor.token("app-name")?,
        proc_id: cursor.token("procid")?,
        msg_id: cursor.token("msgid")?,
        fields: cursor.structured_data()?,
        message: cursor.message()?,
    })
}

type Param<'a> = (&'a str, Cow<'a, [u8]>);

struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn error(&self, expected: &'static str) -> DecodeError {
        DecodeError::Malformed { expected, at: self.at }
    }

    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn literal(&mut self, literal: &[u8], expected: &'static str) -> Result<(), DecodeError> {
        if !self.rest().starts_with(literal) {
            return Err(self.error(expected));
        }
        self.at += literal.len();
        Ok(())
    }

    /// Takes bytes while `keep` holds, as text.
    fn take(&mut self, expected: &'static str, keep: impl Fn(u8) -> bool) -> Result<&'a str, DecodeError> {
        let rest = self.rest();
        let length = rest.iter().position(|b| !keep(*b)).unwrap_or(rest.len());
        let text = rest.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text = text.filter(|t| !t.is_empty()).ok_or(self.error(expected))?;
        self.at += length;
        Ok(text)
    }

    fn priority(&mut self) -> Result<u8, DecodeError> {
        self.literal(b"<", "<")?;
        let digits = self.take("priority", |b| b.is_ascii_digit())?;
        let priority = digits.parse().ok().filter(|p| *p <= 191 && digits.len() <= 3);
        let priority = priority.ok_or(self.error("priority of at most 191"))?;
        self.literal(b">", ">")?;
        Ok(priority)
    }

    /// A header token and the space behind it; the nil value reads as empty.
    fn token(&mut self, expected: &'static str) -> Result<&'a str, DecodeError> {
        let text = self.take(expected, |b| b.is_ascii_graphic())?;
        self.literal(b" ", "space")?;
        Ok(if text == "-" { "" } else { text })
    }

    fn structured_data(&mut self) -> Result<Vec<Param<'a>>, DecodeError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
            return Ok(Vec::new());
        }
        if self.peek() != Some(b'[') {
            return Err(self.error("structured data"));
        }
        let mut fields = Vec::with_capacity(USUAL_FIELDS);
        while self.peek() == Some(b'[') {
            self.at += 1;
            let ours = self.take("structured-data id", is_name_byte)? == SD_ID;
            while self.peek() == Some(b' ') {
                self.at += 1;
                let name = self.take("parameter name", is_name_byte)?;
                self.literal(b"=\"", "=\"")?;
                let value = self.value()?;
                if ours {
                    fields.push((name, value));
                }
            }
            self.literal(b"]", "]")?;
        }
        Ok(fields)
    }

    /// A parameter value up to and including its closing quote.
    fn value(&mut self) -> Result<Cow<'a, [u8]>, DecodeError> {
        let (start, mut is_escaped) = (self.at, false);
        loop {
            let special = SPECIAL.find(self.rest());
            self.at = special.map_or(self.line.len(), |ahead| self.at + ahead);
            match self.peek().ok_or(self.error("closing quote"))? {
                b'"' => break,
                b']' => return Err(self.error("escaped ]")),
                _ => {
                    is_escaped = true;
                    self.at += 1;
                    self.peek().ok_or(self.error("escaped character"))?;
                    self.at += 1;
                }
            }
        }
        let raw = self.line.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(if is_escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) })
    }

    fn message(&mut self) -> Result<&'a [u8], DecodeError> {
        if self.rest().is_empty() {
            return Ok(&[]);
        }
        self.literal(b" ", "space before the message")?;
        let message = self.rest();
        Ok(message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message))
    }
}

/// The value that stands between quotes as `raw`: the escapes of RFC 5424, section 6.3.3, are undone,
/// then those of [`crate::text`], if it is one.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (plain, escape) = rest.split_at(at);
        out.extend_from_slice(plain);
        rest = match escape {
            [_, next @ (b'"' | b'\\' | b']'), behind @ ..] => {
                out.push(*next);
                behind
            }
            // Before anything else a backslash stands for itself.
            [backslash, behind @ ..] => {
                out.push(*backslash);
                behind
            }
            [] => break,
        };
    }
    out.extend_from_slice(rest);
    if !out.contains(&b'\\') {
        return out;
    }
    std::str::from_utf8(&out).ok().and_then(text::unescape).unwrap_or(out)
}

/// SD-NAME of RFC 5424, section 6.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'=' | b']' | b'"')
}
