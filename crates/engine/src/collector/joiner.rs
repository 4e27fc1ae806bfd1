//! Entries back into lines: engines break long lines and mix two streams.

use super::source::{Channel, Entry};

/// Longest line that is put together, in bytes; what is longer becomes several lines.
const MAX_JOINED: usize = 256 * 1024;

/// What is waiting for the end of its line, per stream.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Joiner {
    /// Takes the next entry and calls `line` with the line that it ends, if it ends one.
    pub(super) fn push<R>(&mut self, entry: &Entry, line: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let waiting = match entry.stream {
            Channel::Out => &mut self.out,
            Channel::Err => &mut self.err,
        };
        if waiting.is_empty() && entry.ends_line {
            return Some(line(&entry.bytes));
        }
        waiting.extend_from_slice(&entry.bytes);
        if !entry.ends_line && waiting.len() < MAX_JOINED {
            return None;
        }
        let whole = std::mem::take(waiting);
        Some(line(&whole))
    }

    /// Whether no line is open.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty() && self.err.is_empty()
    }
}
