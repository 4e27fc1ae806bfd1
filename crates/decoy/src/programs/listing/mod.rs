//! ls, dir, vdir, stat.

mod order;
mod rows;
mod stat;

pub(super) use self::order::versions;
pub(super) use self::rows::in_columns;
pub(super) use self::stat::{read_link, stat};

use self::{order::sort, rows::shown_rows};
use super::{
    context::{Done, human, number, shown},
    options::{Parsed, Spec},
};
use crate::{
    machine::{Entry, Kind, Metadata, Seconds, files::path},
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
    /// Whether names are ordered by their bytes, as without a language.
    plain: bool,
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
    let view = View {
        plain: process.orders_by_bytes(),
        long,
        colour,
        terminal,
        now: process.machine.now().seconds,
        width,
        given,
    };
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
        let mut rows = rows_of(process, view, &directory, entries);
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

/// What is shown of a directory.
fn rows_of(process: &Process, view: &View, directory: &[u8], entries: Vec<Entry>) -> Vec<Row> {
    let mut rows = Vec::new();
    let all = view.given.last_of("aAf");
    if all.is_some_and(|letter| letter != 'A') {
        for name in [&b"."[..], b".."] {
            let path = path::join(directory, name);
            if let Ok(metadata) = process.files.stat(&path) {
                rows.push(row(process, view, name.to_vec(), path, metadata));
            }
        }
    }
    for entry in entries {
        let hidden = entry.name.starts_with(b".") && all.is_none();
        let ignored = view.given.options.iter().any(|(l, v)| {
            (*l == 'I' || *l == '?')
                && v.as_ref().is_some_and(|p| crate::programs::finding::glob(p, &entry.name))
        });
        if hidden || ignored || view.given.has('B') && entry.name.ends_with(b"~") {
            continue;
        }
        let path = path::join(directory, &entry.name);
        let found = if view.given.has('L') { process.files.stat(&path) } else { process.files.lstat(&path) };
        if let Ok(metadata) = found {
            rows.push(row(process, view, entry.name, path, metadata));
        }
    }
    rows
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

/// Name of a user as the visitor's own `/etc/passwd` has it.
pub(super) fn user_name(process: &Process, uid: u32) -> String {
    crate::programs::people::users(process)
        .into_iter()
        .find(|user| user.uid == uid)
        .map_or_else(|| uid.to_string(), |user| user.name)
}

pub(super) fn group_name(process: &Process, gid: u32) -> String {
    crate::programs::people::groups(process)
        .into_iter()
        .find(|(_, id, _)| *id == gid)
        .map_or_else(|| gid.to_string(), |(name, ..)| name)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{order::collate, rows::in_columns, versions};

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
