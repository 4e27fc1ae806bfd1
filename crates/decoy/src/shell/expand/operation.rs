//! What `${x#…}` and its kin do to a value.

use super::{Field, parameter::Values, pattern::Pattern};
use crate::{caps, shell::language::ast::Which};

/// Changes every value.
pub(super) fn each(values: Values, change: impl Fn(&[u8]) -> Vec<u8>) -> Values {
    match values {
        Values::Unset => Values::Unset,
        Values::One(value) => Values::One(change(&value)),
        Values::Many(values, joined) => {
            Values::Many(values.iter().map(|value| change(value)).collect(), joined)
        }
    }
}

/// Length in characters, or how many values there are.
pub(super) fn length(values: &Values) -> usize {
    match values {
        Values::Unset => 0,
        Values::One(value) => characters(value).len(),
        Values::Many(values, _) => values.len(),
    }
}

/// The characters of a text, as slices of it.
fn characters(text: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.first() {
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        let length = if rest.get(..length).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok()) {
            length
        } else {
            1
        };
        let (character, after) = rest.split_at(length);
        out.push(character);
        rest = after;
    }
    out
}

pub(super) fn strip_prefix(value: &[u8], pattern: &Pattern, long: bool) -> Vec<u8> {
    let ends = pattern.prefixes(value);
    let end = if long { ends.last() } else { ends.first() };
    value.get(end.copied().unwrap_or(0)..).unwrap_or_default().to_vec()
}

pub(super) fn strip_suffix(value: &[u8], pattern: &Pattern, long: bool) -> Vec<u8> {
    let start = pattern.suffix(value, long).unwrap_or(value.len());
    value.get(..start).unwrap_or_default().to_vec()
}

/// Replaces matches; an unquoted `&` stands for the match where bash has it so.
pub(super) fn replace(value: &[u8], pattern: &Pattern, which: Which, by: &Field, ampersand: bool) -> Vec<u8> {
    let put = |out: &mut Vec<u8>, matched: &[u8]| {
        for (byte, quoted) in by.bytes.iter().zip(&by.quoted) {
            if ampersand && *byte == b'&' && !quoted {
                out.extend_from_slice(matched);
            } else {
                out.push(*byte);
            }
        }
    };
    let piece = |start: usize, end: usize| value.get(start..end).unwrap_or_default();
    let mut out = Vec::new();
    match which {
        Which::Prefix => {
            let end = pattern.prefixes(value).last().copied();
            if let Some(end) = end {
                put(&mut out, piece(0, end));
            }
            out.extend_from_slice(piece(end.unwrap_or(0), value.len()));
        }
        Which::Suffix => {
            let start = pattern.suffix(value, true);
            out.extend_from_slice(piece(0, start.unwrap_or(value.len())));
            if let Some(start) = start {
                put(&mut out, piece(start, value.len()));
            }
        }
        Which::First | Which::All => {
            let mut at = 0;
            while at <= value.len() && out.len() <= caps::SHELL_EXPANSION {
                let Some((start, end)) = pattern.find(value, at) else { break };
                if start == end && (start == value.len() && !value.is_empty() || end == 0 && value.is_empty())
                {
                    break;
                }
                out.extend_from_slice(piece(at, start));
                put(&mut out, piece(start, end));
                at = end;
                if start == end {
                    out.extend_from_slice(piece(end, end + 1));
                    at += 1;
                }
                if which == Which::First {
                    break;
                }
            }
            out.extend_from_slice(piece(at, value.len()));
        }
    }
    out
}

/// Changes the case of characters that match, or of all.
pub(super) fn change_case(
    value: &[u8],
    upper: Option<bool>,
    all: bool,
    pattern: Option<&Pattern>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (at, character) in characters(value).into_iter().enumerate() {
        let counts = (all || at == 0) && pattern.is_none_or(|pattern| pattern.matches(character));
        let Some(text) = std::str::from_utf8(character).ok().filter(|_| counts) else {
            out.extend_from_slice(character);
            continue;
        };
        let is_lower = text.chars().next().is_some_and(char::is_lowercase);
        let changed = if upper.unwrap_or(is_lower) { text.to_uppercase() } else { text.to_lowercase() };
        out.extend_from_slice(changed.as_bytes());
    }
    out
}

/// Characters from `from` on; nothing when the end comes before the start.
pub(super) fn slice_text(value: &[u8], from: i64, length: Option<i64>) -> Option<Vec<u8>> {
    let characters = characters(value);
    let (start, end) = bounds(characters.len(), from, length, true)?;
    Some(characters.get(start..end).unwrap_or_default().concat())
}

/// Values from `from` on.
pub(super) fn slice_list(values: Vec<Vec<u8>>, from: i64, length: Option<i64>) -> Option<Vec<Vec<u8>>> {
    let (start, end) = bounds(values.len(), from, length, false)?;
    Some(values.get(start..end).unwrap_or_default().to_vec())
}

fn bounds(size: usize, from: i64, length: Option<i64>, from_end: bool) -> Option<(usize, usize)> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let start = if from < 0 { size.saturating_add(from) } else { from };
    if start < 0 || start > size {
        return Some((0, 0));
    }
    let end = match length {
        None => size,
        Some(length) if length < 0 && !from_end => return None,
        Some(length) if length < 0 => size.saturating_add(length),
        Some(length) => start.saturating_add(length).min(size),
    };
    if end < start {
        return None;
    }
    Some((usize::try_from(start).ok()?, usize::try_from(end).ok()?))
}
