//! findmnt and mountpoint.

use super::{super::context::Done, text, tree::Table};
use crate::{
    programs::options::{Parsed, Spec},
    shell::{Exit, Process},
};

/// A mount as `/proc/self/mounts` or `/etc/fstab` has it: source, target, type, options.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    source: String,
    target: String,
    kind: String,
    options: String,
}

fn read(table: &str) -> Vec<Mount> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [source, target, kind, options, ..] if !source.starts_with('#') => Some(Mount {
                source: (*source).to_owned(),
                target: (*target).to_owned(),
                kind: (*kind).to_owned(),
                options: (*options).to_owned(),
            }),
            _ => None,
        }
    };
    table.lines().filter_map(line).take(512).collect()
}

const COLUMNS: &[&str] = &[
    "TARGET",
    "SOURCE",
    "FSTYPE",
    "OPTIONS",
    "VFS-OPTIONS",
    "FS-OPTIONS",
    "LABEL",
    "UUID",
    "FSROOT",
    "MAJ:MIN",
];

impl Mount {
    fn cell(&self, process: &Process, column: &str) -> String {
        let mut options: Vec<&str> = self.options.split(',').collect();
        let whole = ["rw", "ro", "nosuid", "nodev", "noexec", "relatime", "noatime", "nodiratime"];
        match column {
            "TARGET" => self.target.clone(),
            "SOURCE" => self.source.clone(),
            "FSTYPE" => self.kind.clone(),
            "OPTIONS" => self.options.clone(),
            "VFS-OPTIONS" => {
                options.retain(|option| whole.contains(option));
                options.join(",")
            }
            "FS-OPTIONS" => {
                options.retain(|option| !whole.contains(option) || matches!(*option, "rw" | "ro"));
                options.join(",")
            }
            "FSROOT" => "/".to_owned(),
            "MAJ:MIN" => {
                let (major, minor) =
                    process.files.stat(self.target.as_bytes()).map(|m| m.device).unwrap_or_default();
                format!("{major}:{minor}")
            }
            _ => String::new(),
        }
    }

    /// Whether one may look for it by that word.
    fn is(&self, word: &str) -> bool {
        self.target == word || self.source == word
    }
}

/// The mount that another one is mounted on.
fn parent(all: &[Mount], at: usize) -> Option<usize> {
    let target = &all.get(at)?.target;
    let below =
        |other: &str| other == "/" || target.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
    (0..all.len())
        .filter(|other| *other != at)
        .filter(|other| all.get(*other).is_some_and(|mount| mount.target != *target && below(&mount.target)))
        .max_by_key(|other| all.get(*other).map_or(0, |mount| mount.target.len()))
}

/// Rows in the order of the tree, with what stands before each target.
fn branches(all: &[Mount]) -> Vec<(usize, String)> {
    let parents: Vec<Option<usize>> = (0..all.len()).map(|at| parent(all, at)).collect();
    let children = |of: Option<usize>| -> Vec<usize> {
        (0..all.len()).filter(|at| parents.get(*at).copied().flatten() == of).collect()
    };
    let mut out = Vec::new();
    let mut waiting: Vec<(usize, String, String)> =
        children(None).into_iter().rev().map(|at| (at, String::new(), String::new())).collect();
    while let Some((at, mark, under)) = waiting.pop() {
        out.push((at, mark));
        let below = children(Some(at));
        let count = below.len();
        for (place, child) in below.into_iter().enumerate().rev() {
            let last = place + 1 == count;
            let (mark, next) = if last { ("└─", "  ") } else { ("├─", "│ ") };
            waiting.push((child, format!("{under}{mark}"), format!("{under}{next}")));
        }
    }
    out
}

/// The mounts that are asked for.
async fn chosen(process: &mut Process, given: &Parsed) -> Result<Vec<Mount>, Exit> {
    let source: &[u8] = if given.has('s') { b"/etc/fstab" } else { b"/proc/self/mounts" };
    let mut all = read(&text(&process.files.read(source).unwrap_or_default()));
    if let Some(kinds) = given.value('t').map(text) {
        let (kinds, without) = kinds.strip_prefix("no").map_or((kinds.as_str(), false), |rest| (rest, true));
        all.retain(|mount| kinds.split(',').any(|kind| kind == mount.kind) != without);
    }
    if let Some(options) = given.value('O').map(text) {
        let has = |mount: &Mount, wanted: &str| mount.options.split(',').any(|option| option == wanted);
        all.retain(|mount| options.split(',').all(|option| has(mount, option)));
    }
    if let Some(source) = given.value('S').map(text) {
        all.retain(|mount| mount.source == source);
    }
    if let Some(place) = given.value('T') {
        let place = text(&process.files.real_path(place).unwrap_or_else(|_| place.to_vec()));
        let covers = |mount: &Mount| {
            mount.target == "/"
                || place
                    .strip_prefix(&mount.target)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        all.retain(covers);
        all.sort_by_key(|mount| std::cmp::Reverse(mount.target.len()));
        all.truncate(1);
    }
    for word in given.operands.iter().chain(given.value('M').map(<[u8]>::to_vec).iter()) {
        let word = text(word);
        all.retain(|mount| mount.is(word.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(&word)));
    }
    Ok(all)
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

pub(super) async fn findmnt(process: &mut Process) -> Done {
    let spec = Spec {
        short: "aAbCcDd:eF:fhiJklmM:N:no:O:PpqrR:sS:t:T:uUvVw:x",
        long: &[
            ("all", 'A'),
            ("ascii", 'a'),
            ("df", 'D'),
            ("evaluate", 'e'),
            ("fstab", 's'),
            ("mtab", 'm'),
            ("kernel", 'k'),
            ("json", 'J'),
            ("list", 'l'),
            ("noheadings", 'n'),
            ("output=", 'o'),
            ("options=", 'O'),
            ("pairs", 'P'),
            ("raw", 'r'),
            ("types=", 't'),
            ("source=", 'S'),
            ("target=", 'T'),
            ("mountpoint=", 'M'),
            ("real", 'R'),
            ("notruncate", 'u'),
            ("first-only", 'f'),
            ("bytes", 'b'),
            ("submounts", 'R'),
            ("nofsroot", 'v'),
            ("version", 'V'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.has('V') {
        process.print("findmnt from util-linux 2.38.1\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let asked = given.value('o').map_or_else(|| "TARGET,SOURCE,FSTYPE,OPTIONS".to_owned(), text);
    let mut columns = Vec::new();
    for name in asked.split(',').take(32) {
        match COLUMNS.iter().find(|known| known.eq_ignore_ascii_case(name.trim_start_matches('+'))) {
            Some(known) => columns.push(*known),
            None => return Ok(process.fail(format!("unknown column: {name}")).await),
        }
    }
    let mut all = chosen(process, &given).await?;
    if given.has('f') {
        all.truncate(1);
    }
    if all.is_empty() {
        // Kinds and options may fit none; what is named must be there.
        let named = !given.operands.is_empty() || given.options.iter().any(|(l, _)| "STM".contains(*l));
        return Ok(if named { Exit::FAILURE } else { Exit::SUCCESS });
    }
    let flat = given.has('l') || given.has('r') || given.has('P') || given.has('s');
    let order = if flat { (0..all.len()).map(|at| (at, String::new())).collect() } else { branches(&all) };
    let mut rows = Vec::new();
    for (at, mark) in &order {
        let Some(mount) = all.get(*at) else { continue };
        let cell = |column: &&str| {
            let cell = mount.cell(process, column);
            if *column == "TARGET" && !given.has('J') { format!("{mark}{cell}") } else { cell }
        };
        rows.push(columns.iter().map(cell).collect::<Vec<_>>());
    }
    let out = laid_out(process, &given, &columns, rows);
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

/// Rows as the options want them to look.
fn laid_out(process: &Process, given: &Parsed, columns: &[&str], rows: Vec<Vec<String>>) -> String {
    if given.has('J') {
        let field = |(name, cell): (&&str, &String)| {
            format!("         \"{}\": \"{}\"", name.to_ascii_lowercase(), quoted(cell))
        };
        let one = |row: &Vec<String>| {
            let fields: Vec<String> = columns.iter().zip(row).map(field).collect();
            format!("      {{\n{}\n      }}", fields.join(",\n"))
        };
        let all: Vec<String> = rows.iter().map(one).collect();
        format!("{{\n   \"filesystems\": [\n{}\n   ]\n}}\n", all.join(","))
    } else if given.has('P') {
        let one = |row: &Vec<String>| {
            let pairs: Vec<String> =
                columns.iter().zip(row).map(|(name, cell)| format!("{name}=\"{}\"", quoted(cell))).collect();
            pairs.join(" ") + "\n"
        };
        rows.iter().map(one).collect()
    } else {
        let heads: Vec<(&str, bool)> = columns.iter().map(|name| (*name, false)).collect();
        let table = Table { heads: &heads, rows, headed: !given.has('n') };
        if given.has('r') { table.raw() } else { cut(&table.drawn(), process) }
    }
}

/// Lines as far as the window goes.
fn cut(text: &str, process: &Process) -> String {
    if !process.output.is_terminal() {
        return text.to_owned();
    }
    let columns = process.columns();
    text.lines().map(|line| line.chars().take(columns).collect::<String>() + "\n").collect()
}

pub(super) async fn mountpoint(process: &mut Process) -> Done {
    let spec = Spec {
        short: "dqxhV",
        long: &[("fs-devno", 'd'), ("quiet", 'q'), ("devno", 'x'), ("nofollow", 'n')],
    };
    let given = process.options(spec, 1).await?;
    let [name] = given.operands.as_slice() else {
        return Ok(process.misused("bad usage", 1).await);
    };
    let shown = text(name);
    let path = match process.files.stat(name).and_then(|_| process.files.real_path(name)) {
        Ok(path) => text(&path),
        Err(error) => {
            if !given.has('q') {
                process.fail(format!("{shown}: {}", error.text())).await;
            }
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('x') {
        return Ok(process.fail(format!("{shown}: not a block device")).await);
    }
    let is = read(&text(&process.files.read(b"/proc/self/mounts").unwrap_or_default()))
        .iter()
        .any(|mount| mount.target == path);
    if given.has('d') && is {
        let (major, minor) = process.files.stat(path.as_bytes()).map(|m| m.device).unwrap_or_default();
        process.print(format!("{major}:{minor}\n")).await?;
    } else if !given.has('q') {
        process.print(format!("{shown} is {}a mountpoint\n", if is { "" } else { "not " })).await?;
    }
    Ok(if is { Exit::SUCCESS } else { Exit::Code(32) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_stand_below_one_another() {
        let table = "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\nudev /dev devtmpfs rw 0 0\ndevpts /dev/pts devpts rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\ntmpfs /run tmpfs rw 0 0\n# no\n";
        let all = read(table);
        let lines: Vec<String> =
            branches(&all).into_iter().map(|(at, mark)| mark + &all[at].target).collect();
        assert_eq!(lines, ["/", "├─/proc", "├─/dev", "│ ├─/dev/pts", "│ └─/dev/shm", "└─/run"]);
        assert!(read(&"a /b c d\n".repeat(5_000)).len() <= 512);
    }
}
