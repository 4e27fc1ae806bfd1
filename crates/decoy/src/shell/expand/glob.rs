//! Patterns against the names of files.

use super::{Field, pattern::Pattern};
use crate::machine::{Errno, Files, Kind};

/// How names are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// Names with a dot before them match too.
    pub(super) dots: bool,
    pub(super) extended: bool,
    pub(super) ignore_case: bool,
    /// `**` goes down.
    pub(super) deep: bool,
}

/// The paths that a field matches, sorted; each name that is looked at takes one of `effort`.
pub(super) fn paths(
    files: &Files,
    field: &Field,
    manner: Manner,
    effort: &mut usize,
) -> Result<Vec<Vec<u8>>, Errno> {
    let marked: Vec<(u8, bool)> = field.bytes.iter().copied().zip(field.quoted.iter().copied()).collect();
    let absolute = field.bytes.starts_with(b"/");
    let mut found = vec![if absolute { b"/".to_vec() } else { Vec::new() }];
    let components: Vec<&[(u8, bool)]> =
        marked.split(|(byte, _)| *byte == b'/').filter(|component| !component.is_empty()).collect();
    let directory = field.bytes.ends_with(b"/");
    for (at, component) in components.iter().enumerate() {
        let last = at + 1 == components.len();
        found = level(files, &found, component, (last && !directory, manner), effort)?;
        if found.is_empty() {
            return Ok(found);
        }
    }
    if directory {
        for path in &mut found {
            path.push(b'/');
        }
    }
    found.sort();
    Ok(found)
}

fn level(
    files: &Files,
    bases: &[Vec<u8>],
    component: &[(u8, bool)],
    (last, manner): (bool, Manner),
    effort: &mut usize,
) -> Result<Vec<Vec<u8>>, Errno> {
    let bytes: Vec<u8> = component.iter().map(|(byte, _)| *byte).collect();
    let quoted: Vec<bool> = component.iter().map(|(_, quoted)| *quoted).collect();
    let field = Field { bytes, quoted };
    if !field.is_pattern() {
        let there = bases.iter().map(|base| join(base, &field.bytes));
        return Ok(there.filter(|path| files.lstat(path).is_ok()).collect());
    }
    if manner.deep && field.bytes == b"**" {
        let mut all = bases.to_vec();
        let mut at = 0;
        while let Some(base) = all.get(at).cloned() {
            at += 1;
            for (name, kind) in names(files, &base, effort)? {
                if !name.starts_with(b".") && (kind == Kind::Directory || last) {
                    all.push(join(&base, &name));
                }
            }
        }
        all.retain(|path| !path.is_empty());
        return Ok(all);
    }
    let pattern = Pattern::new(&field.bytes, &field.quoted, manner.extended);
    let pattern = if manner.ignore_case { pattern.ignoring_case() } else { pattern };
    let hidden = manner.dots || field.bytes.starts_with(b".");
    let mut found = Vec::new();
    for base in bases {
        for (name, _) in names(files, base, effort)? {
            let dots = name == b"." || name == b"..";
            if (hidden && !dots || !name.starts_with(b".")) && pattern.matches(&name) {
                let path = join(base, &name);
                if last || files.stat(&path).is_ok_and(|metadata| metadata.is_directory()) {
                    found.push(path);
                }
            }
        }
    }
    Ok(found)
}

fn names(files: &Files, base: &[u8], effort: &mut usize) -> Result<Vec<(Vec<u8>, Kind)>, Errno> {
    let directory = if base.is_empty() { b"." } else { base };
    let entries = files.read_dir(directory).unwrap_or_default();
    *effort = effort.checked_sub(entries.len() + 1).ok_or(Errno::NoSpace)?;
    Ok(entries.into_iter().map(|entry| (entry.name, entry.kind)).collect())
}

fn join(base: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if base.is_empty() || base.ends_with(b"/") { b"" } else { b"/" };
    [base, slash, name].concat()
}
