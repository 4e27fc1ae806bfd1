//! Programs that sort and cut lines: cut, sort, uniq, tr, paste, fold, comm, shuf, column, expand.

mod sorting;

pub(super) use sorting::sort;

use super::{
    context::{Done, number},
    options::{Parsed, Spec},
};
use crate::shell::{Exit, Process};

fn end(good: bool) -> Done {
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn lines(all: &[u8]) -> impl Iterator<Item = &[u8]> {
    let body = all.strip_suffix(b"\n").unwrap_or(all);
    body.split(|b| *b == b'\n').filter(move |_| !all.is_empty())
}

/// Ranges of positions from 1, as `1,3-5,7-`.
fn ranges(text: &[u8]) -> Option<Vec<(usize, usize)>> {
    let mut out = Vec::new();
    for part in text.split(|b| matches!(b, b',' | b' ')) {
        let position = |text: &[u8]| {
            number(text)
                .filter(|(n, rest)| *n > 0 && rest.is_empty())
                .and_then(|(n, _)| usize::try_from(n).ok())
        };
        let range = match part.iter().position(|b| *b == b'-') {
            None => (position(part)?, position(part)?),
            Some(at) => {
                let (first, last) = (part.get(..at)?, part.get(at + 1..)?);
                let first = if first.is_empty() { Some(1) } else { position(first) };
                let last = if last.is_empty() { Some(usize::MAX) } else { position(last) };
                (first?, last?)
            }
        };
        if range.1 < range.0 {
            return None;
        }
        out.push(range);
    }
    Some(out)
}

pub(super) async fn cut(process: &mut Process) -> Done {
    let spec = Spec {
        short: "b:c:d:f:nsz",
        long: &[
            ("bytes=", 'b'),
            ("characters=", 'c'),
            ("delimiter=", 'd'),
            ("fields=", 'f'),
            ("only-delimited", 's'),
            ("complement", 'C'),
            ("output-delimiter=", 'O'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let Some(kind) = given.last_of("bcf") else {
        return Ok(process.misused("you must specify a list of bytes, characters, or fields", 1).await);
    };
    let list = given.value(kind).unwrap_or_default().to_vec();
    let delimiter = given.value('d').unwrap_or(b"\t").to_vec();
    if delimiter.len() > 1 {
        return Ok(process.misused("the delimiter must be a single character", 1).await);
    }
    let Some(ranges) = ranges(&list) else {
        let what = if kind == 'f' { "field" } else { "byte/character position" };
        let text = if list.split(|b| *b == b',').any(|p| p == b"0") && kind == 'f' {
            "fields are numbered from 1".to_owned()
        } else {
            format!("invalid {what} {}", String::from_utf8_lossy(&process.quote(&list)))
        };
        return Ok(process.misused(&text, 1).await);
    };
    let (all, good) = process.read_inputs(&given.operands).await;
    let mut out = Vec::new();
    for line in lines(&all) {
        if cut_line(line, kind, &ranges, &delimiter, &given, &mut out) {
            out.push(b'\n');
        }
    }
    process.print(out).await?;
    end(good)
}

fn cut_line(
    line: &[u8],
    kind: char,
    ranges: &[(usize, usize)],
    delimiter: &[u8],
    given: &Parsed,
    out: &mut Vec<u8>,
) -> bool {
    let taken = |position: usize| {
        ranges.iter().any(|(first, last)| (*first..=*last).contains(&position)) != given.has('C')
    };
    if kind != 'f' {
        out.extend(line.iter().enumerate().filter(|(at, _)| taken(at + 1)).map(|(_, b)| *b));
        return true;
    }
    let separator = delimiter.first().copied().unwrap_or(b'\t');
    if !line.contains(&separator) {
        if !given.has('s') {
            out.extend_from_slice(line);
        }
        return !given.has('s');
    }
    let fields: Vec<&[u8]> =
        line.split(|b| *b == separator).enumerate().filter(|(at, _)| taken(at + 1)).map(|(_, f)| f).collect();
    out.extend(fields.join(given.value('O').unwrap_or(delimiter)));
    true
}

pub(super) async fn uniq(process: &mut Process) -> Done {
    let spec = Spec {
        short: "cdDf:is:uw:z",
        long: &[
            ("count", 'c'),
            ("repeated", 'd'),
            ("unique", 'u'),
            ("ignore-case", 'i'),
            ("skip-fields=", 'f'),
            ("skip-chars=", 's'),
            ("check-chars=", 'w'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let names = given.operands.get(..1).unwrap_or_default();
    let (all, good) = process.read_inputs(names).await;
    let amount = |letter| given.value(letter).and_then(number).and_then(|(n, _)| usize::try_from(n).ok());
    let kept = |line: &[u8]| -> Vec<u8> {
        let mut rest = line;
        for _ in 0..amount('f').unwrap_or(0) {
            let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let word = rest.iter().skip(blanks).take_while(|b| !b.is_ascii_whitespace()).count();
            rest = rest.get(blanks + word..).unwrap_or_default();
        }
        let rest = rest.get(amount('s').unwrap_or(0)..).unwrap_or_default();
        let rest = rest.get(..amount('w').unwrap_or(usize::MAX)).unwrap_or(rest);
        if given.has('i') { rest.to_ascii_lowercase() } else { rest.to_vec() }
    };
    let mut groups: Vec<(&[u8], usize)> = Vec::new();
    for line in lines(&all) {
        match groups.last_mut() {
            Some((first, count)) if kept(first) == kept(line) => *count += 1,
            _ => groups.push((line, 1)),
        }
    }
    let mut out = Vec::new();
    for (line, count) in groups {
        if given.has('d') && count < 2 || given.has('u') && count > 1 {
            continue;
        }
        if given.has('c') {
            out.extend(format!("{count:>7} ").into_bytes());
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    match given.operands.get(1) {
        Some(name) => {
            if let Err(error) = process.files.write(name, &out, 0o666) {
                process.trouble(name, error).await;
                return Ok(Exit::FAILURE);
            }
        }
        None => process.print(out).await?,
    }
    end(good)
}

pub(super) async fn paste(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "d:sz", long: &[("delimiters=", 'd'), ("serial", 's')] }, 1).await?;
    let delimiters = given.value('d').map_or(vec![b'\t'], super::translate::set);
    let mut inputs = Vec::new();
    let mut good = true;
    for name in if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands.clone() } {
        let (all, fine) = process.read_inputs(&[name]).await;
        good &= fine;
        inputs.push(lines(&all).map(<[u8]>::to_vec).collect::<Vec<_>>());
    }
    let glue = |at: usize| delimiters.get(at % delimiters.len().max(1)).copied();
    let mut out = Vec::new();
    let joined = |parts: &[&[u8]], out: &mut Vec<u8>| {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.extend(glue(at - 1));
            }
            out.extend_from_slice(part);
        }
        out.push(b'\n');
    };
    if given.has('s') {
        for input in &inputs {
            joined(&input.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut out);
        }
    } else {
        for row in 0..inputs.iter().map(Vec::len).max().unwrap_or(0) {
            let parts: Vec<&[u8]> =
                inputs.iter().map(|input| input.get(row).map(Vec::as_slice).unwrap_or_default()).collect();
            joined(&parts, &mut out);
        }
    }
    process.print(out).await?;
    end(good)
}

pub(super) async fn fold(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "bsw:", long: &[("width=", 'w')] }, 1).await?;
    let width = given
        .value('w')
        .and_then(number)
        .and_then(|(n, _)| usize::try_from(n).ok())
        .filter(|n| *n > 0)
        .unwrap_or(80);
    let (all, good) = process.read_inputs(&given.operands).await;
    let mut out = Vec::new();
    for line in all.split_inclusive(|b| *b == b'\n') {
        let (body, tail) = line.strip_suffix(b"\n").map_or((line, &b""[..]), |body| (body, b"\n"));
        out.extend(body.chunks(width).collect::<Vec<_>>().join(&b'\n'));
        out.extend_from_slice(tail);
    }
    process.print(out).await?;
    end(good)
}

pub(super) async fn shuf(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec { short: "en:i:z", long: &[("head-count=", 'n'), ("echo", 'e'), ("input-range=", 'i')] },
            1,
        )
        .await?;
    let (all, good) = match (given.value('i'), given.has('e')) {
        (Some(range), _) => {
            let text = String::from_utf8_lossy(range).into_owned();
            let (first, last) = text.split_once('-').unwrap_or(("1", "1"));
            let (first, last): (u64, u64) = (first.parse().unwrap_or(1), last.parse().unwrap_or(1));
            ((first..=last).take(20_000).map(|n| format!("{n}\n")).collect::<String>().into_bytes(), true)
        }
        (None, true) => (given.operands.iter().flat_map(|o| [o.as_slice(), b"\n"].concat()).collect(), true),
        (None, false) => process.read_inputs(&given.operands).await,
    };
    let mut mixed: Vec<&[u8]> = lines(&all).collect();
    mixed.sort_by_cached_key(|_| {
        let mut bytes = [0; 8];
        let _ = getrandom::fill(&mut bytes);
        u64::from_le_bytes(bytes)
    });
    let count =
        given.value('n').and_then(number).and_then(|(n, _)| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let out: Vec<u8> = mixed.into_iter().take(count).flat_map(|line| [line, b"\n"].concat()).collect();
    process.print(out).await?;
    end(good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::translate::set;

    #[test]
    fn sets_and_ranges_are_read() {
        assert_eq!(set(b"a-c\\n[:digit:]"), b"abc\n0123456789");
        assert_eq!(set(b"\\055a"), b"-a");
        assert_eq!(ranges(b"1,3-5,7-"), Some(vec![(1, 1), (3, 5), (7, usize::MAX)]));
        assert_eq!(ranges(b"0"), None);
        assert_eq!(ranges(b"5-3"), None);
    }
}
