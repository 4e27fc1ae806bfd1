//! sort: keys, orders, and what is merged or checked.

use std::cmp::Ordering;

use super::{
    super::{
        context::{Done, number},
        options::{Parsed, Spec},
    },
    lines,
};
use crate::{
    machine::Open,
    shell::{Exit, Process},
};

/// A key of `sort -k`: first field and character, last field and character, and its letters.
type Key = (usize, usize, usize, usize, String);

fn key(text: &[u8]) -> Option<Key> {
    let (first, rest) = number(text)?;
    let mut key = (usize::try_from(first).ok()?, 1, 0, 0, String::new());
    let position = |rest: &mut &[u8], key: &mut Key, start: bool| {
        if let Some((value, after)) = rest.strip_prefix(b".").and_then(number) {
            let value = usize::try_from(value).unwrap_or(usize::MAX);
            if start {
                key.1 = value
            } else {
                key.3 = value
            }
            *rest = after;
        }
        let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        key.4.extend(rest.iter().take(letters).map(|b| char::from(*b)));
        *rest = rest.get(letters..).unwrap_or_default();
    };
    let mut rest = rest;
    position(&mut rest, &mut key, true);
    if let Some((last, after)) = rest.strip_prefix(b",").and_then(number) {
        key.2 = usize::try_from(last).ok()?;
        rest = after;
        position(&mut rest, &mut key, false);
    }
    (first > 0 && rest.is_empty()).then_some(key)
}

struct Order {
    keys: Vec<Key>,
    separator: Option<u8>,
    letters: String,
}

impl Order {
    /// Where fields begin and end; blanks belong to the field after them.
    fn fields(&self, line: &[u8]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let mut start = 0;
        if let Some(separator) = self.separator {
            for field in line.split(|b| *b == separator) {
                out.push((start, start + field.len()));
                start += field.len() + 1;
            }
            return out;
        }
        while start < line.len() || out.is_empty() {
            let rest = line.get(start..).unwrap_or_default();
            let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let word = rest.iter().skip(blanks).take_while(|b| !b.is_ascii_whitespace()).count();
            out.push((start, start + blanks + word));
            start += blanks + word;
            if blanks + word == 0 {
                break;
            }
        }
        out
    }

    fn part<'a>(&self, line: &'a [u8], key: &Key) -> &'a [u8] {
        let fields = self.fields(line);
        let (mut start, _) = fields.get(key.0 - 1).copied().unwrap_or((line.len(), line.len()));
        if key.4.contains('b') || key.1 > 1 && self.separator.is_none() {
            start +=
                line.get(start..).unwrap_or_default().iter().take_while(|b| b.is_ascii_whitespace()).count();
        }
        start += key.1.saturating_sub(1);
        let end = match key.2 {
            0 => line.len(),
            last => fields
                .get(last - 1)
                .map_or(line.len(), |(from, to)| if key.3 > 0 { (from + key.3).min(*to) } else { *to }),
        };
        line.get(start.min(line.len())..end.min(line.len())).unwrap_or_default()
    }

    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        for key in &self.keys {
            let letters = if key.4.chars().any(|c| c != 'b') { &key.4 } else { &self.letters };
            let order = by(letters, self.part(a, key), self.part(b, key));
            let order = if letters.contains('r') { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        if self.keys.is_empty() {
            let order = by(&self.letters, a, b);
            if order != Ordering::Equal {
                return if self.letters.contains('r') { order.reverse() } else { order };
            }
        }
        if self.letters.contains('s') || self.letters.contains('u') {
            return Ordering::Equal;
        }
        let order = a.cmp(b);
        if self.letters.contains('r') { order.reverse() } else { order }
    }
}

fn by(letters: &str, a: &[u8], b: &[u8]) -> Ordering {
    let value = |text: &[u8]| -> f64 {
        let text = text.trim_ascii_start();
        let sign = usize::from(text.starts_with(b"-"));
        let digits = text.iter().skip(sign).take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        std::str::from_utf8(text.get(..sign + digits).unwrap_or_default())
            .ok()
            .and_then(|t| t.parse().ok())
            .unwrap_or(0.0)
    };
    let scaled = |text: &[u8]| {
        let unit =
            text.iter().rev().find(|b| !b.is_ascii_whitespace()).map_or(0, |b| {
                b"KMGTPEZY".iter().position(|u| u.eq_ignore_ascii_case(b)).map_or(0, |at| at + 1)
            });
        (unit, value(text))
    };
    if letters.contains('h') {
        return scaled(a).partial_cmp(&scaled(b)).unwrap_or(Ordering::Equal);
    }
    if letters.contains('n') || letters.contains('g') {
        return value(a).partial_cmp(&value(b)).unwrap_or(Ordering::Equal);
    }
    if letters.contains('V') {
        return super::super::listing::versions(a, b);
    }
    let prepared = |text: &[u8]| -> Vec<u8> {
        let text = if letters.contains('b') { text.trim_ascii_start() } else { text };
        let kept = text
            .iter()
            .filter(|b| !letters.contains('d') || b.is_ascii_alphanumeric() || b.is_ascii_whitespace());
        if letters.contains('f') {
            kept.map(u8::to_ascii_uppercase).collect()
        } else {
            kept.copied().collect()
        }
    };
    prepared(a).cmp(&prepared(b))
}

pub(in crate::programs) async fn sort(process: &mut Process) -> Done {
    let spec = Spec {
        short: "bcCdfghik:mMnNo:rRsS:t:T:uVz",
        long: &[
            ("unique", 'u'),
            ("reverse", 'r'),
            ("numeric-sort", 'n'),
            ("key=", 'k'),
            ("field-separator=", 't'),
            ("human-numeric-sort", 'h'),
            ("version-sort", 'V'),
            ("output=", 'o'),
            ("ignore-case", 'f'),
            ("random-sort", 'R'),
            ("stable", 's'),
            ("check", 'c'),
        ],
    };
    let given = process.options(spec, 2).await?;
    let mut keys = Vec::new();
    for (_, value) in given.options.iter().filter(|(letter, _)| *letter == 'k') {
        let text = value.clone().unwrap_or_default();
        match key(&text) {
            Some(key) => keys.push(key),
            None => {
                let text = [
                    b"invalid number at field start: invalid count at start of ".to_vec(),
                    process.quote(&text),
                ]
                .concat();
                process.fail(text).await;
                return Ok(Exit::Code(2));
            }
        }
    }
    let letters: String = given.options.iter().map(|(letter, _)| *letter).collect();
    let separator =
        given.value('t').map(|t| if t == b"\\0" { 0 } else { t.first().copied().unwrap_or(b'\t') });
    let order = Order { keys, separator, letters };
    let (all, good) = sorted_inputs(process, &given).await;
    if !good {
        return Ok(Exit::Code(2));
    }
    let mut sorted: Vec<&[u8]> = lines(&all).collect();
    if given.has('R') {
        sorted.sort_by_key(|line| process.machine.number(&String::from_utf8_lossy(line), 1 << 40));
    } else {
        sorted.sort_by(|a, b| order.compare(a, b));
    }
    if given.has('u') {
        sorted.dedup_by(|a, b| order.compare(a, b) == Ordering::Equal);
    }
    let mut out = Vec::with_capacity(all.len());
    for line in sorted {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    if let Some(name) = given.value('o') {
        if let Err(error) =
            process.files.open(name, Open::writing(0o666)).and_then(|mut handle| handle.write(&out))
        {
            let text = [b"open failed: ", name, b": ", error.text().as_bytes()].concat();
            process.fail(text).await;
            return Ok(Exit::Code(2));
        }
        return Ok(Exit::SUCCESS);
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

/// All inputs; each ends with the end of a line.
async fn sorted_inputs(process: &Process, given: &Parsed) -> (Vec<u8>, bool) {
    let mut good = true;
    let mut all = Vec::new();
    for name in if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands.clone() } {
        match process.read_input(&name).await {
            Ok(bytes) => {
                all.extend(bytes);
                if all.last().is_some_and(|b| *b != b'\n') {
                    all.push(b'\n');
                }
            }
            Err(error) => {
                good = false;
                let text =
                    [b"sort: cannot read: ", name.as_slice(), b": ", error.text().as_bytes(), b"\n"].concat();
                process.complain(text).await;
            }
        }
    }
    (all, good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        assert_eq!(key(b"2,2nr"), Some((2, 1, 2, 0, "nr".into())));
        assert_eq!(key(b"x"), None);
    }

    #[test]
    fn lines_are_ordered_as_sort_orders_them() {
        let order = Order { keys: vec![key(b"2n").unwrap()], separator: None, letters: String::new() };
        assert_eq!(order.compare(b"a 10", b"b 9"), Ordering::Greater);
        let order = Order { keys: Vec::new(), separator: None, letters: "h".into() };
        assert_eq!(order.compare(b"2K", b"1M"), Ordering::Less);
    }
}
