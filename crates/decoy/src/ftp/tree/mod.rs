//! The file system that visitors see: made from the persona, moving with time, changed by them.

mod archive;
mod base;
mod changes;
#[cfg(test)]
mod fixture;
mod node;
mod noise;
mod world;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use decnet_proto::persona::{BaitCredential, Persona};

use super::{path::FilePath, settings::Flavour, stamp::Seconds};
use changes::Changes;
pub(super) use changes::KEPT_FILE;
pub(super) use node::{Content, Node, NodeKind, Owner, Reader};
use world::World;

/// The base tree is made anew when it is older than this.
const FRESH: Seconds = 300;

/// Why the file system refuses, as the kernel would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// ENOENT.
    Missing,
    /// ENOTDIR.
    NotDirectory,
    /// EISDIR.
    IsDirectory,
    /// EEXIST.
    Exists,
    /// ENOTEMPTY.
    NotEmpty,
    /// EACCES.
    Denied,
    /// ENAMETOOLONG.
    NameTooLong,
    /// EBUSY, as when the visitor's own root would go.
    Busy,
    /// EINVAL, as when a directory would move into itself.
    Invalid,
}

impl Refusal {
    /// What C's `strerror` says.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Missing => "No such file or directory",
            Self::NotDirectory => "Not a directory",
            Self::IsDirectory => "Is a directory",
            Self::Exists => "File exists",
            Self::NotEmpty => "Directory not empty",
            Self::Denied => "Permission denied",
            Self::NameTooLong => "File name too long",
            Self::Busy => "Device or resource busy",
            Self::Invalid => "Invalid argument",
        }
    }
}

/// Who works in the tree.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// Whose files they become.
    pub(super) owner: Owner,
    /// The directory that is `/` to them.
    pub(super) root: FilePath,
}

/// The files of one machine.
#[derive(Debug)]
pub(super) struct Tree {
    world: World,
    /// Makes the files that are there before anybody comes.
    base: Base,
    state: Mutex<State>,
}

type Nodes = BTreeMap<FilePath, Node>;
type Base = fn(&World, Seconds) -> Nodes;

#[derive(Debug)]
struct State {
    base: Arc<Nodes>,
    made: Seconds,
    changes: Changes,
}

impl Tree {
    /// The files of `persona`'s machine, on which the server of that flavour runs.
    pub(super) fn new(persona: &Persona, flavour: Flavour) -> Self {
        Self::of(World::new(persona, flavour), base::nodes)
    }

    fn of(world: World, base: Base) -> Self {
        let state = State { base: Arc::default(), made: Seconds::MIN / 2, changes: Changes::default() };
        Self { world, base, state: Mutex::new(state) }
    }

    /// The account whose name and password these are.
    pub(super) fn account(&self, user: &[u8], password: &[u8]) -> Option<Visitor> {
        let matches =
            |b: &&BaitCredential| b.username.as_bytes() == user && b.password.as_bytes() == password;
        let name = &self.world.bait.iter().find(matches)?.username;
        Some(Visitor { owner: self.world.owner(name), root: base::home(name) })
    }

    /// Whether the machine has an account of that name that may log in.
    pub(super) fn has_account(&self, user: &[u8]) -> bool {
        self.world.knows(user)
    }

    /// What ProFTPD greets visitors without an account with.
    pub(super) fn welcome(&self) -> String {
        base::welcome(&self.world)
    }

    /// Visitors without an account.
    pub(super) fn anonymous(&self) -> Visitor {
        Visitor { owner: self.world.ftp.clone(), root: FilePath::from(base::PUBLIC) }
    }

    /// What is at `path`.
    pub(super) fn stat(&self, path: &FilePath, now: Seconds) -> Result<Node, Refusal> {
        self.lock(now).stat(path)
    }

    /// Names and nodes in the directory `path`, sorted by name.
    pub(super) fn list(&self, path: &FilePath, now: Seconds) -> Result<Vec<(Vec<u8>, Node)>, Refusal> {
        let state = self.lock(now);
        if !state.stat(path)?.is_directory() {
            return Err(Refusal::NotDirectory);
        }
        Ok(state.children(path))
    }

    /// Whether `who` may make or remove entries of the directory `path`.
    pub(super) fn may_write(&self, who: &Visitor, path: &FilePath, now: Seconds) -> Result<(), Refusal> {
        let node = self.stat(path, now)?;
        let bit = if node.owner == who.owner { 0o200 } else { 0o002 };
        if !node.is_directory() {
            Err(Refusal::NotDirectory)
        } else if node.mode & bit == 0 {
            Err(Refusal::Denied)
        } else {
            Ok(())
        }
    }

    /// Makes a directory.
    pub(super) fn make_directory(
        &self,
        who: &Visitor,
        path: &FilePath,
        mode: u16,
        now: Seconds,
    ) -> Result<(), Refusal> {
        if self.stat(path, now).is_ok() {
            return Err(Refusal::Exists);
        }
        self.may_write(who, &path.parent(), now)?;
        self.lock(now).put(path, Some(Node::directory(&who.owner, mode, now)), now);
        Ok(())
    }

    /// Removes an empty directory.
    pub(super) fn remove_directory(
        &self,
        who: &Visitor,
        path: &FilePath,
        now: Seconds,
    ) -> Result<(), Refusal> {
        if !self.stat(path, now)?.is_directory() {
            return Err(Refusal::NotDirectory);
        }
        if *path == who.root {
            return Err(Refusal::Busy);
        }
        self.may_write(who, &path.parent(), now)?;
        let mut state = self.lock(now);
        if !state.children(path).is_empty() {
            return Err(Refusal::NotEmpty);
        }
        state.put(path, None, now);
        Ok(())
    }

    /// Removes a file.
    pub(super) fn remove_file(&self, who: &Visitor, path: &FilePath, now: Seconds) -> Result<(), Refusal> {
        if self.stat(path, now)?.is_directory() {
            return Err(Refusal::IsDirectory);
        }
        self.may_write(who, &path.parent(), now)?;
        self.lock(now).put(path, None, now);
        Ok(())
    }

    /// Whether `who` may put a file at `path`; says what is there already.
    pub(super) fn may_store(
        &self,
        who: &Visitor,
        path: &FilePath,
        now: Seconds,
    ) -> Result<Option<Node>, Refusal> {
        match self.stat(path, now) {
            Ok(node) if node.is_directory() => Err(Refusal::IsDirectory),
            Ok(node) if node.owner != who.owner => Err(Refusal::Denied),
            Ok(node) => Ok(Some(node)),
            Err(_) => self.may_write(who, &path.parent(), now).map(|()| None),
        }
    }

    /// Puts a file at `path`, as [`Tree::may_store`] allowed.
    pub(super) fn store(&self, who: &Visitor, path: &FilePath, mode: u16, content: Content, now: Seconds) {
        let mut state = self.lock(now);
        let mode = state.stat(path).map_or(mode, |node| node.mode);
        state.put(path, Some(Node::file(&who.owner, mode, now, content)), now);
    }

    /// Changes permission bits or time of what `who` owns.
    pub(super) fn change(
        &self,
        who: &Visitor,
        path: &FilePath,
        now: Seconds,
        change: impl FnOnce(&mut Node),
    ) -> Result<(), Refusal> {
        let mut state = self.lock(now);
        let mut node = state.stat(path)?;
        if node.owner != who.owner {
            return Err(Refusal::Denied);
        }
        change(&mut node);
        state.changes.set(path.clone(), Some(node));
        Ok(())
    }

    /// Moves a file, or a directory with all that is in it, over what is there.
    pub(super) fn rename(
        &self,
        who: &Visitor,
        from: &FilePath,
        to: &FilePath,
        now: Seconds,
    ) -> Result<(), Refusal> {
        let node = self.stat(from, now)?;
        self.may_write(who, &from.parent(), now)?;
        self.may_write(who, &to.parent(), now)?;
        if to.is_within(from) {
            return if to == from { Ok(()) } else { Err(Refusal::Invalid) };
        }
        let mut state = self.lock(now);
        match state.stat(to) {
            Ok(there) if there.is_directory() && !node.is_directory() => return Err(Refusal::IsDirectory),
            Ok(there) if !there.is_directory() && node.is_directory() => return Err(Refusal::NotDirectory),
            Ok(there) if there.is_directory() && !state.children(to).is_empty() => {
                return Err(Refusal::NotEmpty);
            }
            _ => {}
        }
        let moved = state.descendants(from);
        for (path, node) in moved {
            let rest =
                FilePath::root().resolve(path.below(from).unwrap_or_default()).unwrap_or_else(FilePath::root);
            state.changes.set(path, None);
            state.changes.set(to.enter(&rest), Some(node));
        }
        state.put(from, None, now);
        state.put(to, Some(node), now);
        Ok(())
    }

    fn lock(&self, now: Seconds) -> MutexGuard<'_, State> {
        // A panic while it is held leaves at worst one change half done.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if (now - state.made).abs() >= FRESH {
            let fresh = now - now.rem_euclid(FRESH);
            (state.base, state.made) = (Arc::new((self.base)(&self.world, fresh)), fresh);
        }
        state
    }
}

impl State {
    fn stat(&self, path: &FilePath) -> Result<Node, Refusal> {
        if let Some(node) = self.find(path) {
            return Ok(node.clone());
        }
        // A file used as a directory is told apart from nothing at all.
        let mut above = path.parent();
        while above != FilePath::root() {
            match self.find(&above) {
                Some(node) if node.is_directory() => return Err(Refusal::Missing),
                Some(_) => return Err(Refusal::NotDirectory),
                None => above = above.parent(),
            }
        }
        Err(Refusal::Missing)
    }

    fn find(&self, path: &FilePath) -> Option<&Node> {
        self.changes.get(path).unwrap_or_else(|| self.base.get(path))
    }

    fn children(&self, directory: &FilePath) -> Vec<(Vec<u8>, Node)> {
        let below = self.descendants(directory).into_iter();
        below.filter(|(path, _)| path.parent() == *directory).map(|(p, n)| (p.name().to_vec(), n)).collect()
    }

    /// All that lies below `directory`, in order of path.
    fn descendants(&self, directory: &FilePath) -> BTreeMap<FilePath, Node> {
        let base = self.base.range(directory.clone()..);
        let base = base.filter(|(path, _)| *path != directory && path.is_within(directory));
        let mut all: BTreeMap<_, _> = base.map(|(path, node)| (path.clone(), node.clone())).collect();
        for (path, node) in self.changes.below(directory) {
            match node {
                Some(node) => all.insert(path.clone(), node.clone()),
                None => all.remove(path),
            };
        }
        all
    }

    /// Puts or removes, and gives the directory the time of it.
    fn put(&mut self, path: &FilePath, node: Option<Node>, now: Seconds) {
        self.changes.set(path.clone(), node);
        let parent = path.parent();
        if let Ok(mut directory) = self.stat(&parent) {
            directory.modified = now;
            self.changes.set(parent, Some(directory));
        }
    }
}
