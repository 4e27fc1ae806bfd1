//! In which order names come.

use std::cmp::Ordering;

use super::{Row, View};
use crate::{
    machine::{Metadata, Time},
    programs::{context::number, options::Parsed},
};

/// Names as `ls` orders them in a UTF-8 locale: letters first, punctuation hardly counts.
pub(super) fn collate(a: &[u8], b: &[u8]) -> Ordering {
    let key = |name: &[u8]| -> Vec<u8> {
        name.iter().filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80).map(u8::to_ascii_lowercase).collect()
    };
    let (x, y) = (key(a), key(b));
    // Of two that differ in case alone, the lower one comes first.
    x.cmp(&y).then_with(|| if a.len() == b.len() && !x.is_empty() { b.cmp(a) } else { a.cmp(b) })
}

/// Names as `sort -V` orders them.
pub(in crate::programs) fn versions(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (Some((n, rest)), Some((m, other))) = (number(a), number(b)) else { return a.cmp(b) };
                if n != m {
                    return n.cmp(&m);
                }
                (a, b) = (rest, other);
            }
            (Some(x), Some(y)) => {
                if x != y {
                    return x.cmp(y);
                }
                (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
            }
        }
    }
}

pub(super) fn sort(rows: &mut [Row], view: &View) {
    let given = &view.given;
    let word = match given.value('@') {
        Some(b"time") => Some('t'),
        Some(b"size") => Some('S'),
        Some(b"none") => Some('U'),
        Some(b"extension") => Some('X'),
        Some(b"version") => Some('v'),
        _ => None,
    };
    let how = given.last_of("tSUXvf").or(word);
    if matches!(how, Some('U' | 'f')) {
        return;
    }
    let extension = |name: &[u8]| {
        name.iter().rposition(|b| *b == b'.').and_then(|at| name.get(at..)).unwrap_or_default().to_vec()
    };
    rows.sort_by(|a, b| {
        let order = match how {
            Some('t') => moment(given, &b.metadata).cmp(&moment(given, &a.metadata)),
            Some('S') => b.metadata.size.cmp(&a.metadata.size),
            Some('X') => extension(&a.name).cmp(&extension(&b.name)),
            Some('v') => versions(&a.name, &b.name),
            _ => Ordering::Equal,
        };
        let order =
            order.then_with(|| if view.plain { a.name.cmp(&b.name) } else { collate(&a.name, &b.name) });
        if given.has('r') { order.reverse() } else { order }
    });
    if given.has('&') {
        rows.sort_by_key(|row| !row.metadata.is_directory());
    }
}

/// The time that is shown and sorted by.
pub(super) fn moment(given: &Parsed, metadata: &Metadata) -> Time {
    match given.last_of("cu") {
        Some('c') => metadata.changed,
        Some(_) => metadata.accessed,
        None => metadata.modified,
    }
}
