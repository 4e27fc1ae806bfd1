//! What the visitors of one source address changed, over the base.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    ops::Bound,
    sync::Arc,
};

use super::node::{Body, Kind};
use crate::{
    caps,
    machine::{base::Id, clock::Time},
};

/// Number of the first file that a visitor makes; lower ones are places in the base.
pub(super) const FIRST: u64 = 393_217;

/// What an overlaid file is.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A directory; an opaque one hides what the base has there.
    Directory {
        opaque: bool,
    },
    /// A file that was written.
    File(Arc<Body>),
    /// A file of the base whose attributes changed, or that moved.
    Base(Id),
    Symlink(Vec<u8>),
    Special(Kind),
}

/// A file that a visitor made or touched.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) accessed: Time,
    pub(super) modified: Time,
    pub(super) changed: Time,
    pub(super) created: Time,
    pub(super) inode: u64,
    /// Attributes of `chattr`.
    pub(super) flags: u32,
}

impl Node {
    fn held(&self) -> usize {
        match &self.content {
            Content::File(body) => body.held(),
            Content::Symlink(target) => target.len(),
            Content::Directory { .. } | Content::Base(_) | Content::Special(_) => 0,
        }
    }
}

/// Bytes that an entry takes before its file holds anything: the node, its share of the tables that
/// it is in, and its path, which is kept once more while the file is new.
const fn entry(path: &[u8]) -> usize {
    320 + 2 * path.len()
}

/// Everything one source changed.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    nodes: BTreeMap<Vec<u8>, Option<Node>>,
    /// Bytes of content.
    held: usize,
    /// Bytes of entries.
    listed: usize,
    made: u64,
    /// When it was used last, in calls.
    used: u64,
    /// Files whose content changed since somebody asked.
    pub(super) written: BTreeSet<Vec<u8>>,
}

impl Overlay {
    /// The change at a path: a node, or that the file is gone.
    pub(super) fn get(&self, path: &[u8]) -> Option<Option<&Node>> {
        self.nodes.get(path).map(Option::as_ref)
    }

    /// Whether another entry fits.
    pub(super) fn is_full(&self) -> bool {
        self.nodes.len() >= caps::MACHINE_ENTRIES_PER_SOURCE || self.listed >= caps::MACHINE_PATHS_PER_SOURCE
    }

    /// Bytes of content that may still be kept.
    pub(super) const fn room(&self) -> usize {
        caps::MACHINE_BYTES_PER_SOURCE.saturating_sub(self.held)
    }

    pub(super) fn put(&mut self, path: Vec<u8>, node: Option<Node>) {
        let entry = entry(&path);
        self.held += node.as_ref().map_or(0, Node::held);
        match self.nodes.insert(path, node) {
            Some(before) => self.held = self.held.saturating_sub(before.as_ref().map_or(0, Node::held)),
            None => self.listed += entry,
        }
    }

    /// Forgets a change.
    pub(super) fn forget(&mut self, path: &[u8]) {
        if let Some(before) = self.nodes.remove(path) {
            self.held = self.held.saturating_sub(before.as_ref().map_or(0, Node::held));
            self.listed = self.listed.saturating_sub(entry(path));
        }
        self.written.remove(path);
    }

    /// Changes the content of a written file.
    pub(super) fn edit(&mut self, path: &[u8], now: Time, edit: impl FnOnce(&mut Body, usize)) {
        let room = self.room();
        let Some(node) = self.nodes.get_mut(path).and_then(Option::as_mut) else { return };
        let before = node.held();
        if let Content::File(body) = &mut node.content {
            edit(Arc::make_mut(body), room);
        }
        (node.modified, node.changed) = (now, now);
        self.held = (self.held + node.held()).saturating_sub(before);
        self.written.insert(path.to_vec());
    }

    /// Changes directly in a directory, with their names.
    pub(super) fn children<'a>(
        &'a self,
        directory: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], Option<&'a Node>)> {
        self.below(directory).filter(|(rest, _)| !rest.contains(&b'/'))
    }

    /// Changes anywhere in a directory, with their paths below it.
    pub(super) fn below<'a>(
        &'a self,
        directory: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], Option<&'a Node>)> {
        let mut prefix = directory.to_vec();
        if !prefix.ends_with(b"/") {
            prefix.push(b'/');
        }
        let length = prefix.len();
        let start = Bound::Excluded(prefix.clone());
        self.nodes
            .range((start, Bound::Unbounded))
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter_map(move |(path, node)| Some((path.get(length..)?, node.as_ref())))
    }

    /// A number for a new file.
    pub(super) fn next_inode(&mut self) -> u64 {
        self.made += 1;
        FIRST + self.made
    }
}

/// The overlays of all sources; the one unused longest makes room for a new one.
#[derive(Debug, Default)]
pub(in crate::machine) struct Overlays {
    sources: HashMap<IpAddr, Overlay>,
    calls: u64,
}

impl Overlays {
    /// What a source changed, if it did.
    pub(super) fn find(&self, source: IpAddr) -> Option<&Overlay> {
        self.sources.get(&source)
    }

    pub(super) fn of(&mut self, source: IpAddr) -> &mut Overlay {
        self.calls += 1;
        if !self.sources.contains_key(&source) && self.sources.len() >= caps::MACHINE_SOURCES {
            self.evict();
        }
        let calls = self.calls;
        let overlay = self.sources.entry(source).or_default();
        overlay.used = calls;
        overlay
    }

    /// Drops the oldest overlays until all together hold less than what a machine may.
    pub(super) fn trim(&mut self, keep: IpAddr) {
        while self.sources.len() > 1
            && self.sources.values().map(|o| o.held + o.listed).sum::<usize>() > caps::MACHINE_BYTES_IN_ALL
        {
            let oldest = self.sources.iter().filter(|(s, _)| **s != keep).min_by_key(|(_, o)| o.used);
            let Some(source) = oldest.map(|(source, _)| *source) else { return };
            self.sources.remove(&source);
        }
    }

    fn evict(&mut self) {
        let oldest = self.sources.iter().min_by_key(|(_, overlay)| overlay.used).map(|(source, _)| *source);
        if let Some(source) = oldest {
            self.sources.remove(&source);
        }
    }
}
