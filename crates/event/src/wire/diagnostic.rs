//! What a daemon says of itself: the same line format, without structured data.

use std::io::Write as _;

use super::{
    MAX_LINE,
    encode::{time_and_host, token},
};
use crate::{Timestamp, text};

/// Severity of a diagnostic (RFC 5424, section 6.2.1). Events have their own, smaller set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// The process cannot go on.
    Critical = 2,
    /// Something failed.
    Error = 3,
    /// Works, but somebody should look.
    Warning = 4,
    /// What happens in the ordinary course.
    Info = 6,
    /// For developers.
    Debug = 7,
}

/// One line of a daemon about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnostic<'a> {
    /// When.
    pub time: Timestamp,
    /// How urgent.
    pub urgency: Urgency,
    /// Name of the machine; the HOSTNAME of the line.
    pub host: &'a str,
    /// The component that speaks; the APP-NAME of the line, at most 48 bytes.
    pub component: &'a str,
    /// Process id.
    pub pid: u32,
    /// The place in the program that speaks; the MSGID of the line, at most 32 bytes.
    pub place: &'a str,
    /// What it says.
    pub message: &'a str,
}

/// Appends the line of `diagnostic` to `out`, without a line feed. The message is written
/// as its [`crate::text`], so it cannot end the line, and is cut where the line would be
/// longer than [`MAX_LINE`].
pub fn encode_diagnostic(diagnostic: &Diagnostic<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    time_and_host(diagnostic.urgency as u8, diagnostic.time, diagnostic.host, out);
    token(diagnostic.component, 48, out);
    let _ = write!(out, " {} ", diagnostic.pid);
    token(diagnostic.place, 32, out);
    out.extend_from_slice(b" - ");
    let room = MAX_LINE.saturating_sub(out.len() - start);
    let message = text::escape(diagnostic.message.as_bytes());
    out.extend_from_slice(message.get(..message.floor_char_boundary(room)).unwrap_or_default().as_bytes());
}
