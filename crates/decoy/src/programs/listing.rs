//! ls, dir, vdir, stat.

use std::{cmp::Ordering, collections::HashMap};

use super::{
    context::{Done, human, number, quoted, shown},
    options::{Parsed, Spec},
};
use crate::{
    machine::{Errno, Kind, Metadata, Seconds, Time, calendar, files::path},
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "aAbBcCdDfFgGhHiI:klLmnNopqQrRsStT:uUvw:xXZ1",
    long: &[
        ("all", 'a'),
        ("almost-all", 'A'),
        ("color?", '!'),
        ("directory", 'd'),
        ("classify?", 'F'),
        ("human-readable", 'h'),
        ("inode", 'i'),
        ("numeric-uid-gid", 'n'),
        ("no-group", 'G'),
        ("recursive", 'R'),
        ("reverse", 'r'),
        ("size", 's'),
        ("sort=", '@'),
        ("full-time", '%'),
        ("time-style=", '^'),
        ("group-directories-first", '&'),
        ("si", 'h'),
        ("width=", 'w'),
        ("hide-control-chars", 'q'),
        ("quote-name", 'Q'),
        ("literal", 'N'),
        ("indicator-style=", '*'),
        ("format=", '+'),
        ("time=", '='),
        ("ignore-backups", 'B'),
        ("hide=", '?'),
    ],
};

/// A file that is shown.
struct Row {
    name: Vec<u8>,
    path: Vec<u8>,
    metadata: Metadata,
    target: Option<Vec<u8>>,
}

struct View {
    given: Parsed,
    long: bool,
    colour: bool,
    terminal: bool,
    now: Seconds,
    width: usize,
}

pub(super) async fn ls(process: &mut Process) -> Done {
    let given = process.options(SPEC, 2).await?;
    let terminal = process.output.is_terminal();
    let colour = match given.value('!') {
        Some(b"always" | b"yes" | b"force") => true,
        Some(b"never" | b"no" | b"none") => false,
        Some(_) => terminal,
        None => given.has('!') && (process.is_busybox() && terminal || !process.is_busybox()),
    };
    let long = given.options.iter().any(|(l, _)| "lgno%".contains(*l))
        && given.last_of("l1Cxmgno%").is_none_or(|l| !"Cxm".contains(l));
    let width = given
        .value('w')
        .and_then(number)
        .map_or(process.columns(), |(n, _)| usize::try_from(n).unwrap_or(80));
    let view = View { long, colour, terminal, now: process.machine.now().seconds, width, given };
    let mut operands = view.given.operands.clone();
    if operands.is_empty() {
        operands.push(b".".to_vec());
    }
    let mut status = 0;
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for name in &operands {
        let follows = !view.long && !view.given.has('F') && !view.given.has('d')
            || view.given.has('L')
            || view.given.has('H');
        let found = if follows {
            process.files.stat(name).or_else(|_| process.files.lstat(name))
        } else {
            process.files.lstat(name)
        };
        match found {
            Ok(metadata) if metadata.is_directory() && !view.given.has('d') => {
                directories.push(row(process, &view, name.clone(), name.clone(), metadata))
            }
            Ok(metadata)
                if metadata.kind == Kind::Symlink
                    && !view.given.has('d')
                    && !view.long
                    && process.files.stat(name).is_ok_and(|m| m.is_directory()) =>
            {
                directories.push(row(process, &view, name.clone(), name.clone(), metadata));
            }
            Ok(metadata) => files.push(row(process, &view, name.clone(), name.clone(), metadata)),
            Err(error) => {
                status = if process.is_busybox() { 1 } else { 2 };
                if process.is_busybox() {
                    process.trouble(name, error).await;
                } else {
                    process.unable("cannot access", name, error).await;
                }
            }
        }
    }
    sort(&mut files, &view);
    sort(&mut directories, &view);
    let titles = operands.len() > 1 || view.given.has('R');
    let mut first = files.is_empty();
    if !files.is_empty() {
        let out = shown_rows(process, &view, &files);
        process.print(out).await?;
    }
    for directory in directories {
        let code = list(process, &view, directory.path, titles, first).await?;
        status = status.max(code);
        first = false;
    }
    Ok(Exit::Code(status))
}

fn row(process: &Process, view: &View, name: Vec<u8>, path: Vec<u8>, metadata: Metadata) -> Row {
    let target = (metadata.kind == Kind::Symlink && (view.long || view.colour || view.given.has('F')))
        .then(|| process.files.read_link(&path).unwrap_or_default());
    Row { name, path, metadata, target }
}

/// Lists a directory, and with `-R` those in it.
async fn list(
    process: &Process,
    view: &View,
    start: Vec<u8>,
    titles: bool,
    mut first: bool,
) -> Result<u8, Exit> {
    let mut status = 0;
    let mut queue = vec![start];
    let mut listed = 0;
    while let Some(directory) = queue.pop() {
        listed += 1;
        if listed > 2_000 {
            break;
        }
        tokio::task::yield_now().await;
        let entries = match process.files.read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) => {
                if process.is_busybox() {
                    process
                        .complain(
                            [
                                b"ls: can't open '",
                                directory.as_slice(),
                                b"': ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                } else {
                    process.unable("cannot open directory", &directory, error).await;
                }
                status = if listed > 1 { 1 } else { 2 };
                continue;
            }
        };
        let mut rows = Vec::new();
        let all = view.given.last_of("aAf");
        if all.is_some_and(|letter| letter != 'A') {
            for name in [&b"."[..], b".."] {
                let path = path::join(&directory, name);
                if let Ok(metadata) = process.files.stat(&path) {
                    rows.push(row(process, view, name.to_vec(), path, metadata));
                }
            }
        }
        for entry in entries {
            let hidden = entry.name.starts_with(b".") && all.is_none();
            let ignored = view.given.options.iter().any(|(l, v)| {
                (*l == 'I' || *l == '?') && v.as_ref().is_some_and(|p| super::finding::glob(p, &entry.name))
            });
            if hidden || ignored || view.given.has('B') && entry.name.ends_with(b"~") {
                continue;
            }
            let path = path::join(&directory, &entry.name);
            let found =
                if view.given.has('L') { process.files.stat(&path) } else { process.files.lstat(&path) };
            if let Ok(metadata) = found {
                rows.push(row(process, view, entry.name, path, metadata));
            }
        }
        sort(&mut rows, view);
        let mut out = Vec::new();
        if titles {
            if !first {
                out.push(b'\n');
            }
            out.extend(if view.terminal { shown(&directory) } else { directory.clone() });
            out.extend_from_slice(b":\n");
        }
        first = false;
        if view.long || view.given.has('s') {
            let blocks: u64 = rows.iter().map(|row| row.metadata.blocks).sum();
            let total = if view.given.has('h') { human(blocks * 512) } else { (blocks / 2).to_string() };
            out.extend(format!("total {total}\n").into_bytes());
        }
        out.extend(shown_rows(process, view, &rows));
        process.print(out).await?;
        if view.given.has('R') {
            let below = rows
                .iter()
                .filter(|row| row.metadata.is_directory() && row.name != b"." && row.name != b"..");
            let mut below: Vec<Vec<u8>> = below.map(|row| row.path.clone()).collect();
            below.reverse();
            queue.extend(below);
        }
    }
    Ok(status)
}

/// Names as `ls` orders them in a UTF-8 locale: letters first, punctuation hardly counts.
fn collate(a: &[u8], b: &[u8]) -> Ordering {
    let key = |name: &[u8]| -> Vec<u8> {
        name.iter().filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80).map(u8::to_ascii_lowercase).collect()
    };
    key(a).cmp(&key(b)).then_with(|| b.cmp(a)).then_with(|| a.cmp(b))
}

/// Names as `sort -V` orders them.
pub(super) fn versions(a: &[u8], b: &[u8]) -> Ordering {
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

fn sort(rows: &mut [Row], view: &View) {
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
        let order = order.then_with(|| collate(&a.name, &b.name));
        if given.has('r') { order.reverse() } else { order }
    });
    if given.has('&') {
        rows.sort_by_key(|row| !row.metadata.is_directory());
    }
}

/// The time that is shown and sorted by.
fn moment(given: &Parsed, metadata: &Metadata) -> Time {
    match given.last_of("cu") {
        Some('c') => metadata.changed,
        Some(_) => metadata.accessed,
        None => metadata.modified,
    }
}

/// Permissions as ten letters.
pub(super) fn permissions(metadata: &Metadata) -> String {
    let kind = match metadata.kind {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Symlink => 'l',
        Kind::Fifo => 'p',
        Kind::Socket => 's',
        Kind::Character => 'c',
        Kind::Block => 'b',
    };
    let mut out = String::from(kind);
    for (shift, special, set, unset) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')]
    {
        let bits = metadata.mode >> shift & 7;
        out.push(if bits & 4 > 0 { 'r' } else { '-' });
        out.push(if bits & 2 > 0 { 'w' } else { '-' });
        out.push(match (metadata.mode & special > 0, bits & 1 > 0) {
            (true, true) => set,
            (true, false) => unset,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// Colour of a name, as `dircolors` sets it by default.
fn colour(process: &Process, row: &Row) -> &'static str {
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
fn name_of(process: &Process, view: &View, row: &Row, quotes: bool) -> (Vec<u8>, usize) {
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

fn shown_rows(process: &Process, view: &View, rows: &[Row]) -> Vec<u8> {
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
pub(super) fn in_columns(names: &[(Vec<u8>, usize)], width: usize, across: bool) -> Vec<u8> {
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
fn date(view: &View, metadata: &Metadata, busybox: bool) -> String {
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

fn long_rows(process: &Process, view: &View, rows: &[Row], quotes: bool) -> Vec<u8> {
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

/// Name of a user as the visitor's own `/etc/passwd` has it.
pub(super) fn user_name(process: &Process, uid: u32) -> String {
    super::people::users(process)
        .into_iter()
        .find(|user| user.uid == uid)
        .map_or_else(|| uid.to_string(), |user| user.name)
}

pub(super) fn group_name(process: &Process, gid: u32) -> String {
    super::people::groups(process)
        .into_iter()
        .find(|(_, id, _)| *id == gid)
        .map_or_else(|| gid.to_string(), |(name, ..)| name)
}

pub(super) async fn stat(process: &mut Process) -> Done {
    let spec = Spec {
        short: "Lfc:t",
        long: &[
            ("format=", 'c'),
            ("printf=", 'p'),
            ("dereference", 'L'),
            ("terse", 't'),
            ("file-system", 'f'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() {
        return Ok(process.misused("missing operand", 1).await);
    }
    let mut good = true;
    for name in &given.operands {
        let found = if given.has('L') { process.files.stat(name) } else { process.files.lstat(name) };
        match found {
            Ok(metadata) => {
                let text = match given.value('c').or(given.value('p')) {
                    Some(format) => {
                        let mut text = conversions(process, format, name, &metadata, given.has('p'));
                        if !given.has('p') {
                            text.push(b'\n');
                        }
                        text
                    }
                    None => described(process, name, &metadata),
                };
                process.print(text).await?;
            }
            Err(error) => {
                good = false;
                if process.is_busybox() {
                    process
                        .complain(
                            [b"stat: can't stat '", name.as_slice(), b"': ", error.text().as_bytes(), b"\n"]
                                .concat(),
                        )
                        .await;
                } else {
                    process
                        .complain(
                            [
                                b"stat: cannot statx ",
                                &quoted(name)[..],
                                b": ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                }
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// What a file is, in words.
pub(super) fn kind_of(metadata: &Metadata) -> &'static str {
    match metadata.kind {
        Kind::File if metadata.size == 0 => "regular empty file",
        Kind::File => "regular file",
        Kind::Directory => "directory",
        Kind::Symlink => "symbolic link",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::Character => "character special file",
        Kind::Block => "block special file",
    }
}

fn full(time: Time) -> String {
    format!("{}.{:09} +0000", calendar::format(time.seconds, "%Y-%m-%d %H:%M:%S"), time.nanos)
}

fn described(process: &Process, name: &[u8], metadata: &Metadata) -> Vec<u8> {
    let link = match process.files.read_link(name) {
        Ok(target) => [b" -> ", target.as_slice()].concat(),
        Err(_) => Vec::new(),
    };
    let device = format!("{},{}", metadata.device.0, metadata.device.1);
    let special = match metadata.kind {
        Kind::Character | Kind::Block => {
            format!("     Device type: {},{}", metadata.special.0, metadata.special.1)
        }
        _ => String::new(),
    };
    let text = format!(
        "\n  Size: {:<10}\tBlocks: {:<10} IO Block: 4096   {}\nDevice: {device}\tInode: {:<11} Links: {}{special}\nAccess: ({:04o}/{})  Uid: ({:>5}/{:>8})   Gid: ({:>5}/{:>8})\n\
         Access: {}\nModify: {}\nChange: {}\n Birth: {}\n",
        metadata.size,
        metadata.blocks,
        kind_of(metadata),
        metadata.inode,
        metadata.links,
        metadata.mode,
        permissions(metadata),
        metadata.uid,
        user_name(process, metadata.uid),
        metadata.gid,
        group_name(process, metadata.gid),
        full(metadata.accessed),
        full(metadata.modified),
        full(metadata.changed),
        full(metadata.created),
    );
    [b"  File: ", name, &link, text.as_bytes()].concat()
}

fn conversions(process: &Process, format: &[u8], name: &[u8], metadata: &Metadata, escapes: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = format.iter().copied();
    while let Some(byte) = rest.next() {
        if byte == b'\\' && escapes {
            match rest.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b't') => out.push(b'\t'),
                Some(other) => out.extend([b'\\', other]),
                None => out.push(b'\\'),
            }
            continue;
        }
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let text = match rest.next() {
            Some(b'a') => format!("{:o}", metadata.mode),
            Some(b'A') => permissions(metadata),
            Some(b'b') => metadata.blocks.to_string(),
            Some(b'B') => "512".into(),
            Some(b'd') => (u64::from(metadata.device.0) << 8 | u64::from(metadata.device.1)).to_string(),
            Some(b'f') => format!("{:x}", metadata.st_mode()),
            Some(b'F') => kind_of(metadata).into(),
            Some(b'g') => metadata.gid.to_string(),
            Some(b'G') => group_name(process, metadata.gid),
            Some(b'h') => metadata.links.to_string(),
            Some(b'i') => metadata.inode.to_string(),
            Some(b'm') => "/".into(),
            Some(b'n') => {
                out.extend_from_slice(name);
                continue;
            }
            Some(b'N') => {
                out.extend(shown(name));
                continue;
            }
            Some(b'o') => "4096".into(),
            Some(b's') => metadata.size.to_string(),
            Some(b'u') => metadata.uid.to_string(),
            Some(b'U') => user_name(process, metadata.uid),
            Some(b'w') => full(metadata.created),
            Some(b'W') => metadata.created.seconds.to_string(),
            Some(b'x') => full(metadata.accessed),
            Some(b'X') => metadata.accessed.seconds.to_string(),
            Some(b'y') => full(metadata.modified),
            Some(b'Y') => metadata.modified.seconds.to_string(),
            Some(b'z') => full(metadata.changed),
            Some(b'Z') => metadata.changed.seconds.to_string(),
            Some(b'%') => "%".into(),
            Some(_) => "?".into(),
            None => "%".into(),
        };
        out.extend(text.into_bytes());
    }
    out
}

pub(super) async fn read_link(process: &mut Process) -> Done {
    let given = process
        .options(Spec { short: "femnqsvz", long: &[("canonicalize", 'f'), ("no-newline", 'n')] }, 1)
        .await?;
    if given.operands.is_empty() {
        return Ok(process.misused("missing operand", 1).await);
    }
    let whole = process.name() == b"realpath" || given.has('f') || given.has('e') || given.has('m');
    let mut good = true;
    for name in &given.operands {
        let found = if whole { resolve(process, name) } else { process.files.read_link(name) };
        match found {
            Ok(text) => {
                process.print([text.as_slice(), if given.has('n') { b"" } else { b"\n" }].concat()).await?
            }
            Err(error) => {
                good = false;
                if process.name() == b"realpath" {
                    process.trouble(name, error).await;
                }
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// The path without links; its last name need not exist.
fn resolve(process: &Process, name: &[u8]) -> Result<Vec<u8>, Errno> {
    process.files.real_path(name).or_else(|error| {
        let absolute = process.files.absolute(name);
        let (directory, last) = path::split(&absolute);
        if error == Errno::Missing {
            process.files.real_path(directory).map(|directory| path::join(&directory, last))
        } else {
            Err(error)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_into_columns_and_order() {
        let names: Vec<(Vec<u8>, usize)> =
            ["a", "bb", "ccc", "d", "e"].iter().map(|n| (n.as_bytes().to_vec(), n.len())).collect();
        assert_eq!(in_columns(&names, 80, false), b"a  bb  ccc  d  e\n");
        assert_eq!(in_columns(&names, 10, false), b"a    d\nbb   e\nccc\n");
        assert_eq!(versions(b"a10", b"a9"), Ordering::Greater);
        assert_eq!(collate(b".b", b"a"), Ordering::Greater);
        assert_eq!(collate(b"B", b"a"), Ordering::Greater);
    }
}
