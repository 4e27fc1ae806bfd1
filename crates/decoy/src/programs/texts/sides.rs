//! comm, join, split, column.

use super::super::{
    context::{Done, number, size},
    options::Spec,
};
use crate::{
    caps,
    shell::{Exit, Process},
};

fn lines(text: &[u8]) -> Vec<&[u8]> {
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    body.split(|byte| *byte == b'\n').filter(|_| !text.is_empty()).collect()
}

/// The two files that a program compares.
async fn both(process: &mut Process, operands: &[Vec<u8>]) -> Result<(Vec<u8>, Vec<u8>), Exit> {
    let quoted = |process: &Process, name: &[u8]| String::from_utf8_lossy(&process.quote(name)).into_owned();
    let (first, second) = match operands {
        [] => return Err(process.misused("missing operand", 1).await),
        [one] => {
            let text = format!("missing operand after {}", quoted(process, one));
            return Err(process.misused(&text, 1).await);
        }
        [first, second] => (first.clone(), second.clone()),
        [_, _, third, ..] => {
            let text = format!("extra operand {}", quoted(process, third));
            return Err(process.misused(&text, 1).await);
        }
    };
    let mut out = Vec::new();
    for name in [first, second] {
        match process.read_input(&name).await {
            Ok(text) => out.push(text),
            Err(error) => {
                process.trouble(&name, error).await;
                return Err(Exit::FAILURE);
            }
        }
    }
    let second = out.pop().unwrap_or_default();
    Ok((out.pop().unwrap_or_default(), second))
}

pub(in crate::programs) async fn comm(process: &mut Process) -> Done {
    let spec = Spec {
        short: "123z",
        long: &[("check-order", 'k'), ("nocheck-order", 'n'), ("output-delimiter=", 'o'), ("total", 't')],
    };
    let given = process.options(spec, 1).await?;
    let (first, second) = both(process, &given.operands).await?;
    let tab = given.value('o').unwrap_or(b"\t").to_vec();
    let (mut left, mut right) = (lines(&first).into_iter().peekable(), lines(&second).into_iter().peekable());
    let mut out = Vec::new();
    loop {
        let (column, line) = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {
                right.next();
                ('3', left.next())
            }
            (Some(a), Some(b)) if a > b => ('2', right.next()),
            (None, Some(_)) => ('2', right.next()),
            _ => ('1', left.next()),
        };
        if given.has(column) {
            continue;
        }
        let before = ['1', '2'].into_iter().filter(|other| *other < column && !given.has(*other)).count();
        out.extend(tab.repeat(before));
        out.extend_from_slice(line.unwrap_or_default());
        out.push(b'\n');
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

fn fields(line: &[u8], separator: Option<u8>) -> Vec<&[u8]> {
    match separator {
        Some(byte) => line.split(|b| *b == byte).collect(),
        None => line.split(|b| matches!(b, b' ' | b'\t')).filter(|part| !part.is_empty()).collect(),
    }
}

pub(in crate::programs) async fn join(process: &mut Process) -> Done {
    let spec = Spec { short: "a:e:i1:2:j:o:t:v:z", long: &[("ignore-case", 'i'), ("header", 'h')] };
    let given = process.options(spec, 1).await?;
    let (first, second) = both(process, &given.operands).await?;
    let separator = given.value('t').and_then(|text| text.first().copied());
    let place = |letter| {
        let text = given.value(letter).or_else(|| given.value('j'));
        text.and_then(number).map_or(0, |(n, _)| usize::try_from(n).unwrap_or(1).saturating_sub(1))
    };
    let keys = [place('1'), place('2')];
    let rows = |text: &'_ [u8]| lines(text).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (first, second) = (rows(&first), rows(&second));
    let glue = [separator.unwrap_or(b' ')];
    let lone =
        |side: &[u8]| given.options.iter().any(|(l, v)| "av".contains(*l) && v.as_deref() == Some(side));
    let key = |row: &[u8], at: usize| fields(row, separator).get(at).copied().unwrap_or_default().to_vec();
    let mut out = Vec::new();
    let mut used = vec![false; second.len()];
    for row in &first {
        let wanted = key(row, keys[0]);
        let mut paired = false;
        for (other, used) in second.iter().zip(&mut used).filter(|(other, _)| key(other, keys[1]) == wanted) {
            (paired, *used) = (true, true);
            if given.has('v') || out.len() > caps::PROGRAM_INPUT {
                continue;
            }
            let rest = |row: &[u8], at: usize| {
                let parts = fields(row, separator);
                let kept =
                    parts.into_iter().enumerate().filter(|(n, _)| *n != at).map(|(_, part)| part.to_vec());
                kept.collect::<Vec<_>>()
            };
            let parts = [vec![wanted.clone()], rest(row, keys[0]), rest(other, keys[1])].concat();
            out.extend(parts.join(&glue[..]));
            out.push(b'\n');
        }
        if !paired && lone(b"1") {
            out.extend(fields(row, separator).join(&glue[..]));
            out.push(b'\n');
        }
    }
    for (row, _) in second.iter().zip(&used).filter(|(_, used)| !**used && lone(b"2")) {
        out.extend(fields(row, separator).join(&glue[..]));
        out.push(b'\n');
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

/// The ending of a piece of `split`: `aa`, `ab`, …
fn ending(number: usize, width: usize, digits: bool) -> Vec<u8> {
    let base = if digits { 10 } else { 26 };
    let mut rest = number;
    let mut out = Vec::new();
    for _ in 0..width {
        out.push(if digits { b'0' } else { b'a' } + (rest % base) as u8);
        rest /= base;
    }
    out.reverse();
    out
}

pub(in crate::programs) async fn split(process: &mut Process) -> Done {
    let spec = Spec {
        short: "a:b:C:de::l:n:tuvx0123456789",
        long: &[
            ("bytes=", 'b'),
            ("lines=", 'l'),
            ("number=", 'n'),
            ("suffix-length=", 'a'),
            ("numeric-suffixes?", 'd'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let name = given.operands.first().cloned().unwrap_or_else(|| b"-".to_vec());
    let prefix = given.operands.get(1).cloned().unwrap_or_else(|| b"x".to_vec());
    let text = match process.read_input(&name).await {
        Ok(text) => text,
        Err(error) => {
            process.unable_to_read(&name, error).await;
            return Ok(Exit::FAILURE);
        }
    };
    let amount = |letter| given.value(letter).and_then(size).and_then(|n| usize::try_from(n).ok());
    let pieces: Vec<Vec<u8>> = if let Some(count) = amount('n').filter(|n| *n > 0) {
        let each = (text.len() / count.min(1_000)).max(1);
        let mut pieces: Vec<Vec<u8>> = text.chunks(each).map(<[u8]>::to_vec).collect();
        let rest = pieces.split_off(count.min(pieces.len())).concat();
        if let Some(last) = pieces.last_mut() {
            last.extend(rest);
        }
        pieces
    } else if let Some(bytes) = amount('b').or_else(|| amount('C')).filter(|n| *n > 0) {
        text.chunks(bytes).map(<[u8]>::to_vec).collect()
    } else {
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        lines.chunks(amount('l').unwrap_or(1_000).max(1)).map(<[_]>::concat).collect()
    };
    let width = given.value('a').and_then(number).map_or(2, |(n, _)| n.clamp(1, 9) as usize);
    let digits = given.has('d');
    let room = if digits { 10_usize } else { 26 }.pow(width.min(3) as u32);
    for (at, piece) in pieces.into_iter().enumerate() {
        if at >= room {
            return Ok(process.fail("output file suffixes exhausted").await);
        }
        let name = [&prefix[..], &ending(at, width, digits)].concat();
        if let Err(error) = process.files.write(&name, &piece, 0o666) {
            process.trouble(&name, error).await;
            return Ok(Exit::FAILURE);
        }
        tokio::task::yield_now().await;
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn column(process: &mut Process) -> Done {
    let spec = Spec {
        short: "c:dJN:o:s:tx",
        long: &[("table", 't'), ("separator=", 's'), ("output-separator=", 'o')],
    };
    let given = process.options(spec, 1).await?;
    let (text, good) = process.read_inputs(&given.operands).await;
    let rows: Vec<&[u8]> = lines(&text).into_iter().filter(|line| !line.trim_ascii().is_empty()).collect();
    let out = if given.has('t') {
        let separator = given.value('s').and_then(|text| text.first().copied());
        table(&rows, separator, given.value('o').unwrap_or(b"  "))
    } else {
        let names: Vec<(Vec<u8>, usize)> = rows.iter().map(|row| (row.to_vec(), row.len())).collect();
        super::super::listing::in_columns(&names, process.columns(), given.has('x'))
    };
    process.print(out).await?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn table(rows: &[&[u8]], separator: Option<u8>, glue: &[u8]) -> Vec<u8> {
    let rows: Vec<Vec<&[u8]>> = rows.iter().map(|row| fields(row, separator)).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()).min(512), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let mut out = Vec::new();
    for row in rows {
        for (at, width) in widths.iter().enumerate() {
            let cell = row.get(at).copied().unwrap_or_default();
            out.extend_from_slice(cell);
            if at + 1 < widths.len() && out.len() < caps::PROGRAM_INPUT {
                out.resize(out.len() + width.saturating_sub(cell.len()), b' ');
                out.extend_from_slice(glue);
            }
        }
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_named_in_order() {
        assert_eq!(ending(27, 2, false), b"bb");
        assert_eq!(ending(7, 3, true), b"007");
        assert_eq!(table(&[b"a bb", b"ccc d"], None, b"  "), b"a    bb\nccc  d\n");
    }
}
