//! Rows and columns.

use std::collections::HashMap;

use super::{Row, View, group_name, order::moment, permissions, user_name};
use crate::{
    machine::{Kind, Metadata, Seconds, calendar},
    programs::context::{human, shown},
    shell::Process,
};

/// Colour of a name, as `dircolors` sets it by default.
pub(super) fn colour(process: &Process, row: &Row) -> &'static str {
    let metadata = &row.metadata;
    match metadata.kind {
        Kind::Directory if metadata.mode & 0o1002 == 0o1002 => "30;42",
        Kind::Directory if metadata.mode & 0o002 != 0 => "34;42",
        Kind::Directory if metadata.mode & 0o1000 != 0 => "37;44",
        Kind::Directory => "01;34",
        Kind::Symlink if process.files.stat(&row.path).is_err() => "40;31;01",
        Kind::Symlink => "01;36",
        Kind::Fifo => "40;33",
        Kind::Socket => "01;35",
        Kind::Character | Kind::Block => "40;33;01",
        Kind::File if metadata.mode & 0o4000 != 0 => "37;41",
        Kind::File if metadata.mode & 0o2000 != 0 => "30;43",
        Kind::File if metadata.mode & 0o111 != 0 => "01;32",
        Kind::File => {
            let name = row.name.to_ascii_lowercase();
            let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end.as_bytes()));
            if ends(&[
                ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zip", ".deb", ".rpm", ".7z", ".zst", ".jar", ".lz",
            ]) {
                "01;31"
            } else if ends(&[".jpg", ".jpeg", ".png", ".gif", ".bmp", ".svg", ".mp4", ".avi", ".mkv"]) {
                "01;35"
            } else if ends(&[".mp3", ".wav", ".ogg", ".flac"]) {
                "00;36"
            } else {
                ""
            }
        }
    }
}

/// The name with quotes, colour and sign; and how wide it is.
pub(super) fn name_of(process: &Process, view: &View, row: &Row, quotes: bool) -> (Vec<u8>, usize) {
    let literal = view.given.has('N') || !view.terminal || process.is_busybox();
    let mut text = match (view.given.has('Q'), literal) {
        (true, _) => [b"\"", row.name.as_slice(), b"\""].concat(),
        (false, true) => row.name.clone(),
        (false, false) => shown(&row.name),
    };
    if quotes && !literal && text == row.name {
        text.insert(0, b' ');
    }
    let mut width = String::from_utf8_lossy(&text).chars().count();
    if view.colour {
        let colour = colour(process, row);
        if !colour.is_empty() {
            let blank = usize::from(quotes && text.first() == Some(&b' '));
            let (before, name) = text.split_at(blank);
            text = [before, b"\x1b[0m\x1b[", colour.as_bytes(), b"m", name, b"\x1b[0m"].concat();
        }
    }
    let sign = match row.metadata.kind {
        Kind::Directory if view.given.has('F') || view.given.has('p') => "/",
        Kind::Symlink if view.given.has('F') && !view.long => "@",
        Kind::Fifo if view.given.has('F') => "|",
        Kind::Socket if view.given.has('F') => "=",
        Kind::File if view.given.has('F') && row.metadata.mode & 0o111 != 0 => "*",
        _ => "",
    };
    text.extend_from_slice(sign.as_bytes());
    width += sign.len();
    (text, width)
}

pub(super) fn shown_rows(process: &Process, view: &View, rows: &[Row]) -> Vec<u8> {
    let quotes = view.terminal
        && !view.given.has('N')
        && !process.is_busybox()
        && rows.iter().any(|row| shown(&row.name) != row.name);
    if view.long {
        return long_rows(process, view, rows, quotes);
    }
    let mut names: Vec<(Vec<u8>, usize)> =
        rows.iter().map(|row| name_of(process, view, row, quotes)).collect();
    for (letter, width) in [('s', 0), ('i', 0)] {
        if view.given.has(letter) {
            let values: Vec<String> = rows
                .iter()
                .map(|row| {
                    if letter == 's' {
                        (row.metadata.blocks / 2).to_string()
                    } else {
                        row.metadata.inode.to_string()
                    }
                })
                .collect();
            let wide = values.iter().map(String::len).max().unwrap_or(width);
            for (name, value) in names.iter_mut().zip(values) {
                name.0 = [format!("{value:>wide$} ").as_bytes(), &name.0].concat();
                name.1 += wide + 1;
            }
        }
    }
    let format = view.given.last_of("1Cxm");
    let columns = match format {
        Some('1') => false,
        Some('m') => {
            let list: Vec<Vec<u8>> = names.into_iter().map(|(name, _)| name).collect();
            let mut out = list.join(&b", "[..]);
            if !out.is_empty() {
                out.push(b'\n');
            }
            return out;
        }
        Some(_) => true,
        None => view.terminal,
    };
    if columns {
        in_columns(&names, view.width, format == Some('x'))
    } else {
        names.into_iter().flat_map(|(name, _)| [name.as_slice(), b"\n"].concat()).collect()
    }
}

/// As many columns as fit, filled down or across.
pub(in crate::programs) fn in_columns(names: &[(Vec<u8>, usize)], width: usize, across: bool) -> Vec<u8> {
    let count = names.len();
    if count == 0 {
        return Vec::new();
    }
    let place = |at: usize, columns: usize, rows: usize| if across { at % columns } else { at / rows };
    let mut best = (1, vec![0]);
    for columns in (1..=count.min(width / 3 + 1)).rev() {
        let rows = count.div_ceil(columns);
        let mut widths = vec![0; columns];
        for (at, (_, wide)) in names.iter().enumerate() {
            let column = place(at, columns, rows);
            let gap = if column + 1 == columns { 0 } else { 2 };
            if let Some(most) = widths.get_mut(column) {
                *most = (*most).max(wide + gap);
            }
        }
        if widths.iter().sum::<usize>() < width {
            best = (columns, widths);
            break;
        }
    }
    let (columns, widths) = best;
    let rows = count.div_ceil(columns);
    let mut out = Vec::new();
    for row in 0..rows {
        let mut pending = 0;
        for column in 0..columns {
            let at = if across { row * columns + column } else { column * rows + row };
            let Some((name, wide)) = names.get(at) else { break };
            out.extend(std::iter::repeat_n(b' ', pending));
            out.extend_from_slice(name);
            pending = widths.get(column).copied().unwrap_or(0).saturating_sub(*wide);
        }
        out.push(b'\n');
    }
    out
}

/// When it changed, as `ls -l` shows it.
pub(super) fn date(view: &View, metadata: &Metadata, busybox: bool) -> String {
    let time = moment(&view.given, metadata);
    let style = view.given.value('^').map(|style| String::from_utf8_lossy(style).into_owned());
    if view.given.has('%') || style.as_deref() == Some("full-iso") {
        return format!("{}.{:09} +0000", calendar::format(time.seconds, "%Y-%m-%d %H:%M:%S"), time.nanos);
    }
    match style.as_deref() {
        Some("long-iso") => return calendar::format(time.seconds, "%Y-%m-%d %H:%M"),
        Some(format) if format.starts_with('+') => {
            return calendar::format(time.seconds, format.get(1..).unwrap_or_default());
        }
        _ => {}
    }
    let _ = busybox;
    const HALF: Seconds = 31_556_952 / 2;
    let recent = time.seconds > view.now - HALF && time.seconds <= view.now;
    calendar::format(time.seconds, if recent { "%b %e %H:%M" } else { "%b %e  %Y" })
}

pub(super) fn long_rows(process: &Process, view: &View, rows: &[Row], quotes: bool) -> Vec<u8> {
    let given = &view.given;
    let mut users: HashMap<u32, String> = HashMap::new();
    let numeric = given.has('n');
    let mut cells: Vec<[String; 5]> = Vec::new();
    for row in rows {
        let metadata = &row.metadata;
        let user = users.entry(metadata.uid).or_insert_with(|| user_name(process, metadata.uid));
        let (user, group) = if numeric {
            (metadata.uid.to_string(), metadata.gid.to_string())
        } else {
            (user.clone(), group_name(process, metadata.gid))
        };
        let size = match metadata.kind {
            Kind::Character | Kind::Block => format!("{}, {:>3}", metadata.special.0, metadata.special.1),
            _ if given.has('h') => human(metadata.size),
            _ => metadata.size.to_string(),
        };
        cells.push([
            metadata.links.to_string(),
            user,
            group,
            size,
            date(view, metadata, process.is_busybox()),
        ]);
    }
    let least = if process.is_busybox() { [4, 8, 8, 9, 0] } else { [0; 5] };
    let mut widths = least;
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let [links, user, group, size, time] = widths;
    let inode = rows.iter().map(|row| row.metadata.inode.to_string().len()).max().unwrap_or(0);
    let blocks = rows.iter().map(|row| (row.metadata.blocks / 2).to_string().len()).max().unwrap_or(0);
    let mut out = Vec::new();
    for (row, [l, u, g, s, t]) in rows.iter().zip(&cells) {
        let mut line = String::new();
        if given.has('i') {
            line.push_str(&format!("{:>inode$} ", row.metadata.inode));
        }
        if given.has('s') {
            line.push_str(&format!("{:>blocks$} ", row.metadata.blocks / 2));
        }
        line.push_str(&format!("{} {l:>links$} ", permissions(&row.metadata)));
        if !given.has('g') {
            line.push_str(&format!("{u:<user$} "));
        }
        if !given.has('o') && !given.has('G') {
            line.push_str(&format!("{g:<group$} "));
        }
        line.push_str(&format!("{s:>size$} {t:>time$} "));
        out.extend(line.into_bytes());
        out.extend(name_of(process, view, row, quotes).0);
        if let Some(target) = &row.target {
            out.extend_from_slice(b" -> ");
            out.extend(if view.terminal && !process.is_busybox() { shown(target) } else { target.clone() });
        }
        out.push(b'\n');
    }
    out
}
