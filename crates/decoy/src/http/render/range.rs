//! Which bytes of a file are wanted (RFC 9110, section 14), as each product understands it.

use super::super::product::Product;

/// First and last byte, both included.
pub(super) type Span = (u64, u64);

/// What becomes of a Range header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole file: there is no range, or the product ignores this one.
    Whole,
    /// These parts.
    Parts(Vec<Span>),
    /// No byte of what is wanted exists.
    Unsatisfiable,
}

/// Ranges that Apache serves at once (`MaxRanges`).
const APACHE_RANGES: usize = 200;
/// Overlaps, and steps backwards, that Apache suffers (`MaxRangeOverlaps`, `MaxRangeReversals`).
const APACHE_DISORDER: usize = 20;
/// Ranges that are looked at, whatever the product: a line has room for no more.
const LONGEST_LIST: usize = 4_096;

/// What a Range header asks of a file of `size` bytes.
pub(super) fn wanted(product: Product, header: Option<&[u8]>, size: u64) -> Wanted {
    let list = header.and_then(|h| h.get(..6).filter(|u| u.eq_ignore_ascii_case(b"bytes=")).and(h.get(6..)));
    match (list, product) {
        (None, _) => Wanted::Whole,
        (Some(list), Product::Nginx) => nginx(list, size),
        (Some(list), _) => apache(list, size),
    }
}

/// Anything wrong is ignored; overlapping and neighbouring ranges become one.
fn apache(list: &[u8], size: u64) -> Wanted {
    let specs = list.split(|b| *b == b',').take(LONGEST_LIST);
    let Some(spans) = specs.map(|spec| apache_spec(spec, size)).collect::<Option<Vec<_>>>() else {
        return Wanted::Whole;
    };
    let (mut parts, mut overlaps, mut reversals): (Vec<Span>, usize, usize) = (Vec::new(), 0, 0);
    let asked = spans.len();
    for (first, last) in spans.into_iter().flatten() {
        match parts.last_mut() {
            Some(before) if first >= before.0 && first <= before.1 + 1 => {
                overlaps += 1;
                before.1 = before.1.max(last);
            }
            Some(before) if first < before.0 && last + 1 >= before.0 => {
                (overlaps, reversals) = (overlaps + 1, reversals + 1);
                *before = (first, before.1.max(last));
            }
            Some(before) => {
                reversals += usize::from(first < before.0);
                parts.push((first, last));
            }
            None => parts.push((first, last)),
        }
    }
    if parts.is_empty() {
        Wanted::Unsatisfiable
    } else if asked > APACHE_RANGES || overlaps > APACHE_DISORDER || reversals > APACHE_DISORDER {
        Wanted::Whole
    } else {
        Wanted::Parts(parts)
    }
}

/// One range: `None` if it is none, `Some(None)` if the file has no byte of it.
fn apache_spec(spec: &[u8], size: u64) -> Option<Option<Span>> {
    let dash = spec.iter().position(|b| *b == b'-')?;
    let (first, last) = (spec.get(..dash)?, spec.get(dash + 1..)?);
    if first.is_empty() {
        let count = digits(last).filter(|n| *n > 0)?;
        return Some(size.checked_sub(1).map(|end| (size.saturating_sub(count), end)));
    }
    let first = digits(first)?;
    let last = if last.is_empty() { u64::MAX } else { digits(last)? };
    if last < first {
        return None;
    }
    Some((first < size).then(|| (first, last.min(size - 1))))
}

/// Anything wrong cannot be satisfied; ranges stay as they are, but may not exceed the file
/// in sum.
fn nginx(list: &[u8], size: u64) -> Wanted {
    let mut parts = Vec::new();
    for spec in list.split(|b| *b == b',').take(LONGEST_LIST) {
        match nginx_spec(trim_spaces(spec), size) {
            Some(Some(span)) => parts.push(span),
            Some(None) => {}
            None => return Wanted::Unsatisfiable,
        }
    }
    let total: u64 = parts.iter().map(|(first, last)| last - first + 1).sum();
    match parts.is_empty() {
        true => Wanted::Unsatisfiable,
        false if total > size => Wanted::Whole,
        false => Wanted::Parts(parts),
    }
}

fn nginx_spec(spec: &[u8], size: u64) -> Option<Option<Span>> {
    let dash = spec.iter().position(|b| *b == b'-')?;
    let (first, last) = (trim_spaces(spec.get(..dash)?), trim_spaces(spec.get(dash + 1..)?));
    if first.is_empty() {
        let start = size.saturating_sub(digits(last)?);
        return Some((start < size).then(|| (start, size - 1)));
    }
    let first = digits(first)?;
    let end = if last.is_empty() { size } else { digits(last)?.saturating_add(1).min(size) };
    Some((first < end).then(|| (first, end - 1)))
}

fn trim_spaces(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

fn digits(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok()
}
