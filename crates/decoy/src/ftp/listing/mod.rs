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

    /// The entries of the directory that the visitor sees as `seen`, sorted by name; with `.` and
    /// `..` in front where `all` is asked for.
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
        Ok(out)
    }

    /// What `argument` selects: the entries of a directory, or those of one that match a pattern.
    /// `None` when there is no such directory.
    pub(super) fn select(&self, argument: &[u8], options: Options) -> Option<Vec<Entry>> {
        let argument = if argument.is_empty() { &b"."[..] } else { argument };
        let whole = self.seen(argument).and_then(|seen| self.entries(&seen, options.all));
        let mut entries = match whole {
            Ok(entries) => entries,
            Err(_) => {
                let cut = argument.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
                let (directory, pattern) = argument.split_at(cut);
                let directory = if directory.is_empty() { &b"."[..] } else { directory };
                let seen = self.seen(directory).ok()?;
                let mut entries = self.entries(&seen, options.all).ok()?;
                entries.retain(|entry| glob::matches(pattern, &entry.name));
                entries
            }
        };
        options.sort(&mut entries);
        Some(entries)
    }
}
