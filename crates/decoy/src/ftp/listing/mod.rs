//! Directory listings: what is asked for, which entries, and how each product prints them.

mod facts;
mod glob;
mod lines;
mod options;

pub(super) use facts::{Facts, Place};
pub(super) use lines::{proftpd_line, vsftpd_line};
pub(super) use options::Options;

use super::{
    path::FilePath,
    session::Session,
    stamp::Seconds,
    tree::{Node, Refusal},
};

/// An entry of a directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) node: Node,
    /// Hard links: of a directory, two and one for each directory in it.
    pub(super) links: usize,
    /// Where it is, complete.
    pub(super) path: FilePath,
}

/// What a listing shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// The directory as it was asked for, with a slash if it was.
    pub(super) prefix: Vec<u8>,
    pub(super) entries: Vec<Entry>,
}

impl Session<'_> {
    /// The entry `name` that lies at `path`.
    pub(super) fn entry(&self, name: &[u8], path: FilePath, now: Seconds) -> Result<Entry, Refusal> {
        let node = self.ftp.tree.stat(&path, now)?;
        let directories = || {
            let inside = self.ftp.tree.list(&path, now).unwrap_or_default();
            inside.iter().filter(|(_, node)| node.is_directory()).count()
        };
        let links = if node.is_directory() { 2 + directories() } else { 1 };
        Ok(Entry { name: name.to_vec(), node, links, path })
    }

    /// The entries of the directory that the visitor sees as `seen`, sorted by name; among them `.` and
    /// `..` where `all` is asked for.
    pub(super) fn entries(&self, seen: &FilePath, all: bool) -> Result<Vec<Entry>, Refusal> {
        let (now, complete) = (self.now(), self.complete(seen));
        let inside = self.ftp.tree.list(&complete, now)?;
        let mut out = Vec::with_capacity(inside.len() + 2);
        if all {
            out.push(self.entry(b".", complete.clone(), now)?);
            out.push(self.entry(b"..", self.complete(&seen.parent()), now)?);
        }
        for (name, _) in inside.iter().filter(|(name, _)| all || !name.starts_with(b".")) {
            out.push(self.entry(name, complete.child(name), now)?);
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(out)
    }

    /// What `argument` selects: the entries of a directory, or those of one that match a pattern.
    pub(super) fn select(&self, argument: &[u8], options: Options) -> Result<Selection, Refusal> {
        let named = if argument.is_empty() { &b"."[..] } else { argument };
        let mut selection = match self.seen(named).and_then(|seen| self.entries(&seen, options.all)) {
            Ok(entries) => {
                let prefix = match argument {
                    b"" | b"." => Vec::new(),
                    slashed if slashed.ends_with(b"/") => slashed.to_vec(),
                    other => [other, b"/"].concat(),
                };
                Selection { prefix, entries }
            }
            Err(_) => self.select_matching(named, options)?,
        };
        options.sort(&mut selection.entries);
        Ok(selection)
    }

    fn select_matching(&self, argument: &[u8], options: Options) -> Result<Selection, Refusal> {
        let cut = argument.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
        let (prefix, pattern) = argument.split_at(cut);
        let seen = self.seen(if prefix.is_empty() { b"." } else { prefix })?;
        let mut entries = self.entries(&seen, options.all)?;
        let patterns = glob::alternatives(pattern);
        entries.retain(|entry| patterns.iter().any(|pattern| glob::matches(pattern, &entry.name)));
        Ok(Selection { prefix: prefix.to_vec(), entries })
    }
}
