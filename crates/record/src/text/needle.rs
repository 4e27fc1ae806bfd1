//! A text that is looked for in lines.

use memchr::memchr2_iter;

use super::{Line, words::lower};

/// A text that is looked for in lines, in capitals or not, from the beginning of a word on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needle(String);

impl Needle {
    /// Looks for `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self(lower(text).into_owned())
    }

    /// Whether `line` says it.
    pub(crate) fn is_in(&self, line: &Line<'_>) -> bool {
        line.any_text(|text| self.is_said(text))
    }

    /// Whether a line that is ASCII, and has nothing escaped, may say it: what its parts say stands there.
    pub(crate) fn may_be_in(&self, line: &[u8]) -> bool {
        self.is_said_ascii(line)
    }

    /// Whether `text` says it.
    pub(crate) fn is_said(&self, text: &str) -> bool {
        if text.is_ascii() { self.is_said_ascii(text.as_bytes()) } else { self.is_said_lower(&lower(text)) }
    }

    fn is_said_ascii(&self, text: &[u8]) -> bool {
        let needle = self.0.as_bytes();
        let Some(first) = needle.first() else { return true };
        memchr2_iter(*first, first.to_ascii_uppercase(), text).any(|at| {
            let (before, behind) = text.split_at_checked(at).unwrap_or_default();
            let is_there = behind.get(..needle.len()).is_some_and(|there| there.eq_ignore_ascii_case(needle));
            is_there
                && (!first.is_ascii_alphanumeric() || !before.last().is_some_and(u8::is_ascii_alphanumeric))
        })
    }

    fn is_said_lower(&self, text: &str) -> bool {
        let Some(first) = self.0.chars().next() else { return true };
        let mut from = 0;
        while let Some(ahead) = text.get(from..).and_then(|rest| rest.find(&self.0)) {
            let at = from + ahead;
            let before = text.get(..at).unwrap_or_default();
            if !first.is_alphanumeric() || !before.ends_with(char::is_alphanumeric) {
                return true;
            }
            from = at + first.len_utf8();
        }
        false
    }
}
