//! The files that are there before anybody comes: an arena of small nodes whose content is made
//! when it is read.

pub(super) mod accounts;
mod etc;
mod logs;
pub(crate) mod packages;
mod people;
mod places;
mod skeleton;
pub(super) mod tree;

use std::{borrow::Cow, collections::HashMap};

use super::{
    clock::{Seconds, Time},
    files::Kind,
    scene::Scene,
};

/// Number of a node in the arena.
pub(super) type Id = u32;
/// The root directory.
pub(super) const ROOT: Id = 0;

/// Makes a content at the time of reading.
pub(super) type Maker = fn(&Scene<'_>) -> Vec<u8>;
/// Says when something changed last.
pub(super) type Dater = fn(&Scene<'_>) -> Seconds;

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// These bytes.
    Fixed(Cow<'static, str>),
    /// What the function makes of the machine and the time.
    Made(Maker),
    /// An executable of that size.
    Program(u32),
    /// Compressed or otherwise unreadable bytes.
    Noise(u64),
    /// A device or endless file, by its name below `/dev`.
    Device(&'static str),
}

/// When a file changed last.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// At that second.
    At(Seconds),
    /// So long after the installation.
    Installed(i32),
    /// So long after the boot.
    Booted(i32),
    /// As the function says.
    Made(Dater),
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Directory(Vec<Id>),
    File(Source),
    Symlink(Cow<'static, str>),
    Special(Kind, u16, u16),
}

/// One file of the arena.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: Cow<'static, str>,
    pub(super) content: Content,
    pub(super) mode: u16,
    pub(super) uid: u16,
    pub(super) gid: u16,
    pub(super) when: When,
}

impl Node {
    pub(super) const fn kind(&self) -> Kind {
        match &self.content {
            Content::Directory(_) => Kind::Directory,
            Content::File(Source::Device(_)) => Kind::Character,
            Content::File(_) => Kind::File,
            Content::Symlink(_) => Kind::Symlink,
            Content::Special(kind, ..) => *kind,
        }
    }

    pub(super) fn modified(&self, scene: &Scene<'_>) -> Time {
        let seconds = match self.when {
            When::At(at) => return Time::at(at),
            When::Installed(after) => scene.machine.installed() + Seconds::from(after),
            When::Booted(after) => scene.machine.booted() + Seconds::from(after),
            When::Made(made) => made(scene),
        };
        Time { seconds, nanos: scene.machine.nanos(&self.name, seconds) }
    }
}

/// All files of a machine as it was installed.
#[derive(Debug, Default)]
pub(super) struct Base {
    nodes: Vec<Node>,
}

impl Base {
    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// The file of that name in a directory.
    pub(super) fn child(&self, directory: Id, name: &[u8]) -> Option<Id> {
        let children = self.children(directory);
        let found = children.binary_search_by(|id| self.name(*id).cmp(name)).ok()?;
        children.get(found).copied()
    }

    pub(super) fn children(&self, directory: Id) -> &[Id] {
        match self.node(directory).map(|node| &node.content) {
            Some(Content::Directory(children)) => children,
            _ => &[],
        }
    }

    pub(super) fn name(&self, id: Id) -> &[u8] {
        self.node(id).map_or(b"", |node| node.name.as_bytes())
    }
}

/// Puts a tree together.
#[derive(Debug)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    /// Names of each directory made so far.
    index: HashMap<String, Id>,
    /// What is set on the nodes that follow.
    when: When,
    uid: u16,
    gid: u16,
}

impl Builder {
    pub(super) fn new(when: When) -> Self {
        let root = Node {
            name: Cow::Borrowed(""),
            content: Content::Directory(Vec::new()),
            mode: 0o755,
            uid: 0,
            gid: 0,
            when,
        };
        Self { nodes: vec![root], index: HashMap::from([(String::new(), ROOT)]), when, uid: 0, gid: 0 }
    }

    /// Sets the date of what follows.
    pub(super) fn at(&mut self, when: When) -> &mut Self {
        self.when = when;
        self
    }

    /// Sets the owner of what follows.
    pub(super) fn own(&mut self, uid: u32, gid: u32) -> &mut Self {
        self.uid = u16::try_from(uid).unwrap_or(u16::MAX);
        self.gid = u16::try_from(gid).unwrap_or(u16::MAX);
        self
    }

    /// Puts a node at `path`; what was there is replaced, missing directories are root's.
    fn put(&mut self, path: &str, mode: u16, content: Content) {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = self.ensure(parent);
        let (uid, gid, when) = (self.uid, self.gid, self.when);
        let known = self.index.get(path).copied();
        if let Some(node) = known.and_then(|id| self.nodes.get_mut(id as usize)) {
            let keep = matches!((&node.content, &content), (Content::Directory(_), Content::Directory(_)));
            if !keep {
                node.content = content;
            }
            (node.mode, node.uid, node.gid, node.when) = (mode, uid, gid, when);
            return;
        }
        let id = Id::try_from(self.nodes.len()).unwrap_or(ROOT);
        self.nodes.push(Node { name: Cow::Owned(name.to_owned()), content, mode, uid, gid, when });
        self.index.insert(path.to_owned(), id);
        if let Some(Content::Directory(children)) =
            self.nodes.get_mut(parent as usize).map(|node| &mut node.content)
        {
            children.push(id);
        }
    }

    fn ensure(&mut self, path: &str) -> Id {
        if let Some(id) = self.index.get(path) {
            return *id;
        }
        let (uid, gid) = (self.uid, self.gid);
        self.own(0, 0).put(path, 0o755, Content::Directory(Vec::new()));
        (self.uid, self.gid) = (uid, gid);
        self.index.get(path).copied().unwrap_or(ROOT)
    }

    pub(super) fn directory(&mut self, path: &str, mode: u16) -> &mut Self {
        self.put(path, mode, Content::Directory(Vec::new()));
        self
    }

    pub(super) fn directories(&mut self, paths: &str) -> &mut Self {
        for path in paths.split_whitespace() {
            self.directory(path, 0o755);
        }
        self
    }

    pub(super) fn text(&mut self, path: &str, mode: u16, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.put(path, mode, Content::File(Source::Fixed(text.into())));
        self
    }

    pub(super) fn made(&mut self, path: &str, mode: u16, maker: Maker) -> &mut Self {
        self.put(path, mode, Content::File(Source::Made(maker)));
        self
    }

    pub(super) fn program(&mut self, path: &str, mode: u16, size: u32) -> &mut Self {
        self.put(path, mode, Content::File(Source::Program(size)));
        self
    }

    pub(super) fn noise(&mut self, path: &str, mode: u16, size: u64) -> &mut Self {
        self.put(path, mode, Content::File(Source::Noise(size)));
        self
    }

    pub(super) fn link(&mut self, path: &str, target: impl Into<Cow<'static, str>>) -> &mut Self {
        self.put(path, 0o777, Content::Symlink(target.into()));
        self
    }

    pub(super) fn device(&mut self, path: &str, mode: u16, name: &'static str) -> &mut Self {
        self.put(path, mode, Content::File(Source::Device(name)));
        self
    }

    pub(super) fn special(&mut self, path: &str, mode: u16, kind: Kind, number: (u16, u16)) -> &mut Self {
        self.put(path, mode, Content::Special(kind, number.0, number.1));
        self
    }

    /// The finished tree, every directory sorted by name.
    pub(super) fn finish(mut self) -> Base {
        let names: Vec<Cow<'static, str>> = self.nodes.iter().map(|node| node.name.clone()).collect();
        for node in &mut self.nodes {
            if let Content::Directory(children) = &mut node.content {
                children.sort_unstable_by_key(|id| names.get(*id as usize).map(|name| name.as_bytes()));
                children.shrink_to_fit();
            }
        }
        self.nodes.shrink_to_fit();
        Base { nodes: self.nodes }
    }
}

/// Ends a chain of calls.
fn end(_: &mut Builder) {}
