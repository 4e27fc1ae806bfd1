//! What visitors did to the files: kept in memory, within bounds, for as long as the decoy runs.

use std::collections::BTreeMap;

use super::node::{Content, Node, NodeKind};
use crate::ftp::path::FilePath;

/// Changed paths that are remembered; the oldest are forgotten.
const PATHS: usize = 1_024;
/// Bytes of all remembered paths.
const NAMES: usize = 256 * 1024;
/// Bytes of uploaded files that can be fetched again, in all.
const KEPT: usize = 1024 * 1024;
/// Largest uploaded file that can be fetched again.
pub(in crate::ftp) const KEPT_FILE: usize = 256 * 1024;

#[derive(Debug)]
struct Change {
    age: u64,
    /// What is there now; `None` if it was removed.
    node: Option<Node>,
}

/// Differences to the base tree.
#[derive(Debug, Default)]
pub(super) struct Changes {
    paths: BTreeMap<FilePath, Change>,
    count: u64,
    names: usize,
    kept: usize,
}

fn kept(node: Option<&Node>) -> usize {
    match node.map(|node| &node.kind) {
        Some(NodeKind::File(Content::Bytes(bytes))) => bytes.len(),
        _ => 0,
    }
}

impl Changes {
    /// What happened to `path`: nothing, removed, or this is there.
    pub(super) fn get(&self, path: &FilePath) -> Option<Option<&Node>> {
        self.paths.get(path).map(|change| change.node.as_ref())
    }

    /// Every change below `directory`, itself not counted.
    pub(super) fn below<'a>(
        &'a self,
        directory: &'a FilePath,
    ) -> impl Iterator<Item = (&'a FilePath, Option<&'a Node>)> {
        self.paths
            .range(directory.clone()..)
            .skip_while(move |(path, _)| *path == directory)
            .take_while(move |(path, _)| path.as_bytes().starts_with(directory.as_bytes()))
            .filter(move |(path, _)| path.is_within(directory))
            .map(|(path, change)| (path, change.node.as_ref()))
    }

    /// Puts `node` at `path`, or removes what is there.
    pub(super) fn set(&mut self, path: FilePath, node: Option<Node>) {
        self.count += 1;
        let length = path.as_bytes().len();
        self.names += length;
        self.kept += kept(node.as_ref());
        if let Some(before) = self.paths.insert(path, Change { age: self.count, node }) {
            self.names -= length;
            self.kept -= kept(before.node.as_ref());
        }
        while self.paths.len() > PATHS || self.names > NAMES {
            self.forget_oldest();
        }
        while self.kept > KEPT {
            self.empty_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.paths.iter().min_by_key(|(_, change)| change.age).map(|(path, _)| path.clone());
        if let Some((path, change)) = oldest.and_then(|path| self.paths.remove_entry(&path)) {
            self.names -= path.as_bytes().len();
            self.kept -= kept(change.node.as_ref());
        }
    }

    /// Lets go of the content of the file that was changed longest ago.
    fn empty_oldest(&mut self) {
        let full = self.paths.values_mut().filter(|change| kept(change.node.as_ref()) > 0);
        let Some(node) = full.min_by_key(|change| change.age).and_then(|change| change.node.as_mut()) else {
            self.kept = 0;
            return;
        };
        let bytes = kept(Some(node));
        node.kind = NodeKind::File(Content::Gone(bytes as u64));
        self.kept -= bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::tree::node::Owner;

    fn file(bytes: usize) -> Option<Node> {
        let owner = Owner { id: 0, group: 0, name: "root".into() };
        Some(Node::file(&owner, 0o644, 0, Content::Bytes(vec![b'x'; bytes].into())))
    }

    fn path(number: usize) -> FilePath {
        FilePath::from(format!("/d/f{number}").as_str())
    }

    #[test]
    fn paths_are_bounded() {
        let mut changes = Changes::default();
        for number in 0..2 * PATHS {
            changes.set(path(number), file(1));
        }
        assert_eq!(changes.paths.len(), PATHS);
        assert_eq!(changes.kept, PATHS);
        assert!(changes.get(&path(0)).is_none());
        assert!(changes.get(&path(2 * PATHS - 1)).is_some());
    }

    #[test]
    fn long_paths_count_for_more() {
        let mut changes = Changes::default();
        for number in 0..PATHS {
            changes.set(path(number).child(&[b'x'; 250]).child(&[b'y'; 250]), file(0));
        }
        assert!(changes.names <= NAMES);
        assert!(changes.paths.len() < PATHS);
    }

    #[test]
    fn kept_bytes_are_bounded_and_old_files_keep_their_size() {
        let mut changes = Changes::default();
        let files = 2 * KEPT / KEPT_FILE;
        for number in 0..files {
            changes.set(path(number), file(KEPT_FILE));
        }
        assert!(changes.kept <= KEPT);
        let first = changes.get(&path(0)).unwrap().unwrap();
        assert!(matches!(first.content(), Some(Content::Gone(size)) if *size == KEPT_FILE as u64));
        changes.set(path(files - 1), None);
        assert_eq!(changes.kept, KEPT - KEPT_FILE);
    }

    #[test]
    fn only_what_lies_below_is_below() {
        let mut changes = Changes::default();
        for name in ["/a", "/a/b", "/a.b", "/ab/c", "/a/b/c"] {
            changes.set(FilePath::from(name), file(0));
        }
        let below = |name: &str| {
            let directory = FilePath::from(name);
            changes
                .below(&directory)
                .map(|(path, _)| String::from_utf8_lossy(path.as_bytes()).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(below("/a"), ["/a/b", "/a/b/c"]);
        assert_eq!(below("/").len(), 5);
    }
}
