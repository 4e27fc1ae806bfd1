//! namei.

use super::{super::context::Done, text};
use crate::{
    machine::files::Kind,
    programs::{listing, options::Spec, people},
    shell::{Exit, Process},
};

/// How many links are followed, as the kernel does.
const LINKS: usize = 40;

/// A line of what is found, and what is below a link.
async fn walk(
    process: &mut Process,
    path: &[u8],
    long: bool,
    depth: &mut usize,
    indent: usize,
    out: &mut String,
) -> bool {
    let mut waiting: Vec<(Vec<u8>, Vec<u8>, usize)> = parts(path, b"", indent);
    waiting.reverse();
    let users = people::users(process);
    while let Some((whole, name, indent)) = waiting.pop() {
        process.seat.work(2).await;
        let pad = " ".repeat(indent);
        let shown = text(&name);
        let metadata = match process.files.lstat(&whole) {
            Ok(metadata) => metadata,
            Err(error) => {
                let gap = if long { " ".repeat(21) } else { "   ".to_owned() };
                *out += &format!("{gap}{pad}{shown} - {}\n", error.text());
                return false;
            }
        };
        let mode = listing::permissions(&metadata);
        let head = if long {
            let owner = users
                .iter()
                .find(|user| user.uid == metadata.uid)
                .map_or_else(|| metadata.uid.to_string(), |u| u.name.clone());
            let group = process
                .machine
                .account("root")
                .filter(|_| metadata.gid == 0)
                .map_or_else(|| metadata.gid.to_string(), |_| "root".to_owned());
            format!("{mode} {owner} {group} {pad}")
        } else {
            format!(" {pad}{} ", if mode.starts_with('-') { "-" } else { mode.get(..1).unwrap_or("-") })
        };
        if metadata.kind != Kind::Symlink {
            *out += &format!("{head}{shown}\n");
            continue;
        }
        let target = process.files.read_link(&whole).unwrap_or_default();
        *out += &format!("{head}{shown} -> {}\n", text(&target));
        *depth += 1;
        if *depth > LINKS {
            return false;
        }
        let base = whole.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        let mut below = parts(&target, whole.get(..base).unwrap_or_default(), indent + 2);
        below.reverse();
        waiting.extend(below);
    }
    true
}

/// The parts of a path, each with all that is before it.
fn parts(path: &[u8], base: &[u8], indent: usize) -> Vec<(Vec<u8>, Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut whole = if path.starts_with(b"/") { Vec::new() } else { base.to_vec() };
    if path.starts_with(b"/") {
        out.push((b"/".to_vec(), b"/".to_vec(), indent));
        whole.push(b'/');
    }
    for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).take(256) {
        whole.extend_from_slice(name);
        out.push((whole.clone(), name.to_vec(), indent));
        whole.push(b'/');
    }
    out
}

pub(super) async fn namei(process: &mut Process) -> Done {
    let spec = Spec {
        short: "hlmnovxV",
        long: &[
            ("long", 'l'),
            ("modes", 'm'),
            ("owners", 'o'),
            ("nosymlinks", 'n'),
            ("vertical", 'v'),
            ("version", 'V'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() {
        return Ok(process.misused("pathname argument is missing", 1).await);
    }
    let mut good = true;
    for name in given.operands.iter().take(64) {
        let mut out = format!("f: {}\n", text(name));
        let mut depth = 0;
        good &= walk(process, name, given.has('l') || given.has('m'), &mut depth, 0, &mut out).await;
        process.print(out).await?;
        if depth > LINKS {
            process.fail(format!("{}: exceeded limit of symlinks", text(name))).await;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}
