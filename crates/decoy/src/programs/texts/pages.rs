//! pr: texts laid out for a printer, in pages and columns.

use super::super::{
    context::{Done, number},
    options::{Parsed, Spec},
};
use crate::{
    machine::calendar,
    shell::{Exit, Process},
};

/// How many columns and lines a page may have.
const COLUMNS: usize = 128;
const LINES: u64 = 10_000;

#[derive(Clone, Debug)]
struct Style {
    columns: usize,
    across: bool,
    merged: bool,
    double: bool,
    /// The character after a number and the width of numbers.
    numbered: Option<(u8, usize)>,
    separator: Option<Vec<u8>>,
    margin: usize,
    width: usize,
    /// Lines of the body, and whether there are a header and a trailer.
    body: usize,
    framed: bool,
    header: Option<Vec<u8>>,
}

/// Blanks from one column to another, as tabs where those do.
fn advance(out: &mut Vec<u8>, mut from: usize, to: usize) {
    while from < to {
        let stop = from / 8 * 8 + 8;
        if stop <= to && to - from > 1 {
            out.push(b'\t');
            from = stop;
        } else {
            out.push(b' ');
            from += 1;
        }
    }
}

/// Cells side by side.
fn row(cells: &[Vec<u8>], style: &Style, out: &mut Vec<u8>) {
    out.resize(out.len() + style.margin, b' ');
    if style.columns == 1 {
        out.extend(cells.iter().flatten());
        return;
    }
    if let Some(separator) = &style.separator {
        out.extend(cells.join(separator.as_slice()));
        return;
    }
    let each = style.width.saturating_sub(style.columns - 1) / style.columns;
    let mut at = 0;
    for (place, cell) in cells.iter().enumerate() {
        if cell.is_empty() {
            continue;
        }
        advance(out, at, place * (each + 1));
        let cell = cell.get(..each).unwrap_or(cell);
        out.extend_from_slice(cell);
        at = place * (each + 1) + cell.len();
    }
}

/// The rows of a page: `cells` in the order in which they came.
fn rows(cells: &[Vec<u8>], style: &Style, last: bool) -> Vec<Vec<Vec<u8>>> {
    let columns = style.columns;
    if columns == 1 {
        return cells.iter().map(|cell| vec![cell.clone()]).collect();
    }
    if style.across {
        return cells.chunks(columns).map(<[Vec<u8>]>::to_vec).collect();
    }
    let (each, extra) = if last { (cells.len() / columns, cells.len() % columns) } else { (style.body, 0) };
    let mut out: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut at = 0;
    for column in 0..columns {
        let length = each + usize::from(column < extra);
        for (place, cell) in cells.iter().skip(at).take(length).enumerate() {
            if out.len() <= place {
                out.push(Vec::new());
            }
            if let Some(row) = out.get_mut(place) {
                row.push(cell.clone());
            }
        }
        at += length;
    }
    out
}

fn title(date: &str, name: &[u8], page: usize) -> Vec<u8> {
    let page = format!("Page {page}");
    let room = 72_usize.saturating_sub(date.len() + page.len() + name.len());
    let (left, right) = (" ".repeat((room / 2).max(1)), " ".repeat((room - room / 2).max(1)));
    [b"\n\n", date.as_bytes(), left.as_bytes(), name, right.as_bytes(), page.as_bytes(), b"\n\n\n"].concat()
}

/// All pages of a text; `cells` are its lines, with their numbers.
fn pages(cells: &[Vec<u8>], style: &Style, date: &str, name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let step = if style.double { 2 } else { 1 };
    let body = (style.body / step).max(1);
    let style = &Style { body, ..style.clone() };
    let each = if style.merged { body } else { body * style.columns };
    let mut rest = cells;
    let mut page = 0;
    while !rest.is_empty() {
        let (now, after) = rest.split_at(each.min(rest.len()));
        rest = after;
        page += 1;
        if style.framed {
            out.extend(title(date, style.header.as_deref().unwrap_or(name), page));
        }
        let rows = rows(now, style, rest.is_empty());
        let count = rows.len() * step;
        for cells in &rows {
            row(cells, style, &mut out);
            out.extend_from_slice(if style.double { b"\n\n" } else { b"\n" });
        }
        if style.framed {
            out.resize(out.len() + (body * step).saturating_sub(count) + 5, b'\n');
        }
    }
    out
}

fn numbered(lines: Vec<Vec<u8>>, style: &Style) -> Vec<Vec<u8>> {
    let Some((mark, width)) = style.numbered else { return lines };
    let with = |(at, line): (usize, Vec<u8>)| {
        let digits = format!("{:width$}", at + 1);
        let kept = digits.get(digits.len() - width..).unwrap_or(&digits);
        [kept.as_bytes(), &[mark], &line].concat()
    };
    lines.into_iter().enumerate().map(with).collect()
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.is_empty() { Vec::new() } else { text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect() }
}

fn style(given: &Parsed, files: usize) -> Result<Style, String> {
    let digits: String = given.options.iter().map(|o| o.0).filter(char::is_ascii_digit).collect();
    let value = |letter: char, most: u64, what: &str| match given.value(letter) {
        None => Ok(None),
        Some(text) => match number(text) {
            Some((value, [])) if value > 0 && value <= most => Ok(Some(value as usize)),
            _ => Err(format!("{what}\u{2018}{}\u{2019}", String::from_utf8_lossy(text))),
        },
    };
    let length = value('l', LINES, "'-l PAGE_LENGTH' invalid number of lines: ")?.unwrap_or(66);
    let width = value('w', LINES, "'-w PAGE_WIDTH' invalid number of characters: ")?;
    let wider = value('W', LINES, "'-W PAGE_WIDTH' invalid number of characters: ")?;
    let framed = !(given.has('t') || given.has('T')) && length > 10;
    let merged = given.has('m');
    let columns = digits.parse().unwrap_or(if merged { files.max(1) } else { 1 }).clamp(1, COLUMNS);
    let numbered = given.has('n').then(|| match given.value('n').unwrap_or_default() {
        [] => (b'\t', 5),
        [first, rest @ ..] if !first.is_ascii_digit() => {
            (*first, number(rest).map_or(5, |(n, _)| n.min(20) as usize))
        }
        text => (b'\t', number(text).map_or(5, |(n, _)| n.clamp(1, 20) as usize)),
    });
    Ok(Style {
        columns,
        across: given.has('a'),
        merged,
        double: given.has('d'),
        numbered,
        separator: given.has('s').then(|| given.value('s').unwrap_or(b"\t").to_vec()),
        margin: given.value('o').and_then(number).map_or(0, |(margin, _)| margin.min(1_000) as usize),
        width: wider.or(width).unwrap_or(72),
        body: if framed { length - 10 } else { length },
        framed,
        header: given.value('h').map(<[u8]>::to_vec),
    })
}

pub(in crate::programs) async fn pr(process: &mut Process) -> Done {
    let spec = Spec {
        short: "0123456789acde::fFh:i::Jl:mn::N:o:rs::S::tTvw:W:",
        long: &[
            ("across", 'a'),
            ("double-space", 'd'),
            ("header=", 'h'),
            ("length=", 'l'),
            ("merge", 'm'),
            ("number-lines?", 'n'),
            ("indent=", 'o'),
            ("omit-header", 't'),
            ("omit-pagination", 'T'),
            ("width=", 'w'),
            ("page-width=", 'W'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let style = match style(&given, given.operands.len()) {
        Ok(style) => style,
        Err(why) => return Ok(process.fail(why).await),
    };
    let names = if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands };
    let (mut good, mut all) = (true, Vec::new());
    for name in names.iter().take(COLUMNS) {
        match process.read_input(name).await {
            Ok(text) => {
                let metadata = process.files.stat(name).ok().filter(|_| name != b"-");
                let time = metadata.map_or_else(|| process.machine.now().seconds, |m| m.modified.seconds);
                all.push((lines(&text), time, if name == b"-" { Vec::new() } else { name.clone() }));
            }
            Err(error) => {
                good = false;
                process.trouble(name, error).await;
            }
        }
    }
    if style.merged {
        let (count, time) = (all.iter().map(|file| file.0.len()).max().unwrap_or(0), process.machine.now());
        let cell = |file: &(Vec<Vec<u8>>, _, _), at: usize| file.0.get(at).cloned().unwrap_or_default();
        let mut merged = Vec::new();
        for at in 0..count {
            let mut line = Vec::new();
            row(&all.iter().map(|file| cell(file, at)).collect::<Vec<_>>(), &style, &mut line);
            merged.push(line);
        }
        let style = Style { columns: 1, ..style };
        let date = calendar::format(time.seconds, "%Y-%m-%d %H:%M");
        process.seat.work(count as u64 / 8).await;
        process.print(pages(&numbered(merged, &style), &style, &date, b"")).await?;
        return Ok(if good { Exit::SUCCESS } else { Exit::FAILURE });
    }
    for (lines, time, name) in all {
        let date = calendar::format(time, "%Y-%m-%d %H:%M");
        process.seat.work(lines.len() as u64 / 8).await;
        process.print(pages(&numbered(lines, &style), &style, &date, &name)).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_text_is_laid_out(text: Vec<u8>, words in proptest::collection::vec("-[0-9]?[adnmst]?[0-9:]{0,3}", 0..4)) {
            let words: Vec<Vec<u8>> = words.into_iter().map(String::into_bytes).collect();
            let spec = Spec { short: "0123456789adn::mst", long: &[] };
            if let Ok(given) = super::super::super::options::parse(&words, spec)
                && let Ok(style) = style(&given, 1)
            {
                let _ = pages(&numbered(lines(&text), &style), &style, "", b"x");
            }
        }
    }
}
