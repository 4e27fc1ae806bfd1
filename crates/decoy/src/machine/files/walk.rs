//! From a path to a file: links, permissions, and which of base, changes and `/proc` it is in.

use std::{collections::VecDeque, sync::Arc};

use super::{
    node::{Body, Entry, Kind, Metadata},
    overlay::{self, Overlay},
    path::{self, NAME_MAX, PATH_MAX},
};
use crate::machine::{
    base::{self, Base, Id, Source},
    clock::Time,
    errno::Errno,
    proc,
    scene::Scene,
};

/// Links followed on the way before the kernel gives up.
const MOST_LINKS: usize = 40;

/// Permission to look for: the bits of one class.
pub(super) const READ: u32 = 4;
pub(super) const WRITE: u32 = 2;
pub(super) const SEARCH: u32 = 1;

/// Where a file is kept.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Base(Id),
    Changed(overlay::Node),
    Proc(proc::Node),
}

/// A file that a path led to.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its path without links.
    pub(super) path: Vec<u8>,
    pub(super) place: Place,
    /// The directory of the base that shows through, if one does.
    pub(super) base: Option<Id>,
}

impl Found {
    /// Whether a visitor wrote its content.
    pub(super) fn is_written(&self) -> bool {
        matches!(&self.place, Place::Changed(node) if matches!(node.content, overlay::Content::File(_)))
    }
}

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Data {
    Written(Arc<Body>),
    Bytes(Arc<[u8]>),
    Program(u32),
    Noise(u64),
    Device(&'static str),
}

/// Who looks, and at what.
pub(super) struct Walk<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) base: &'a Base,
    pub(super) overlay: &'a Overlay,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) groups: &'a [u32],
}

impl Walk<'_> {
    /// The file at an absolute path; a link at its end is followed if `follow`.
    pub(super) fn find(&self, path: &[u8], follow: bool) -> Result<Found, Errno> {
        if path.len() >= PATH_MAX {
            return Err(Errno::NameTooLong);
        }
        let follow = follow || path.ends_with(b"/");
        let mut names: VecDeque<Vec<u8>> = path::names(path).map(<[u8]>::to_vec).collect();
        let mut at = self.root();
        let mut links = 0;
        while let Some(name) = names.pop_front() {
            let next = self.step(&at, &name)?;
            let Some(target) = self.target(&next).filter(|_| follow || !names.is_empty()) else {
                at = next;
                continue;
            };
            links += 1;
            if links > MOST_LINKS || names.len() > PATH_MAX {
                return Err(Errno::Loop);
            }
            if target.starts_with(b"/") {
                at = self.root();
            }
            for name in path::names(&target).collect::<Vec<_>>().into_iter().rev() {
                names.push_front(name.to_vec());
            }
        }
        if path.ends_with(b"/") && self.attributes(&at).kind != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        Ok(at)
    }

    fn step(&self, at: &Found, name: &[u8]) -> Result<Found, Errno> {
        let here = self.attributes(at);
        if here.kind != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        if !self.allows(&here, SEARCH) {
            return Err(Errno::Denied);
        }
        if name == b".." {
            return Ok(self.parent(at));
        }
        if name.len() > NAME_MAX {
            return Err(Errno::NameTooLong);
        }
        self.child(at, name).ok_or(Errno::Missing)
    }

    pub(super) fn root(&self) -> Found {
        Found { path: b"/".to_vec(), place: Place::Base(base::ROOT), base: Some(base::ROOT) }
    }

    /// The directory of a file whose path has no links.
    pub(super) fn parent(&self, of: &Found) -> Found {
        let (directory, _) = path::split(&of.path);
        path::names(directory)
            .try_fold(self.root(), |at, name| self.child(&at, name))
            .unwrap_or_else(|| self.root())
    }

    /// The file of that name in a directory.
    pub(super) fn child(&self, directory: &Found, name: &[u8]) -> Option<Found> {
        let path = path::join(&directory.path, name);
        if let Some(rest) = path::below(&path, b"/proc") {
            let node = proc::node(&self.scene, rest)?;
            return Some(Found { path, place: Place::Proc(node), base: None });
        }
        let below = directory.base.and_then(|id| self.base.child(id, name));
        match self.overlay.get(&path) {
            None => below.map(|id| Found { path, place: Place::Base(id), base: Some(id) }),
            Some(None) => None,
            Some(Some(node)) => {
                let opaque = matches!(node.content, overlay::Content::Directory { opaque: true });
                let base = if opaque { None } else { below };
                Some(Found { path, place: Place::Changed(node.clone()), base })
            }
        }
    }

    /// What is in a directory, in the order in which the file system keeps it.
    pub(super) fn list(&self, directory: &Found) -> Vec<Entry> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        if let Some(rest) = path::below(&directory.path, b"/proc") {
            names = proc::names(&self.scene, rest);
        } else {
            let below = directory.base.map(|id| self.base.children(id)).unwrap_or_default();
            let hidden = |name: &[u8]| self.overlay.get(&path::join(&directory.path, name)).is_some();
            names.extend(below.iter().map(|id| self.base.name(*id).to_vec()).filter(|name| !hidden(name)));
            let changed = self.overlay.children(&directory.path).filter(|(_, node)| node.is_some());
            names.extend(changed.map(|(name, _)| name.to_vec()));
            names.sort_by_cached_key(|name| self.scene.machine.shuffle(name));
        }
        let entry = |name: Vec<u8>| {
            let found = self.child(directory, &name)?;
            let metadata = self.attributes(&found);
            Some(Entry { name, kind: metadata.kind, inode: metadata.inode })
        };
        names.into_iter().filter_map(entry).collect()
    }

    /// Where a link points to.
    pub(super) fn target(&self, found: &Found) -> Option<Vec<u8>> {
        match &found.place {
            Place::Base(id) => self.base_target(*id),
            Place::Changed(node) => match &node.content {
                overlay::Content::Symlink(target) => Some(target.clone()),
                overlay::Content::Base(id) => self.base_target(*id),
                _ => None,
            },
            Place::Proc(node) => node.target().map(<[u8]>::to_vec),
        }
    }

    fn base_target(&self, id: Id) -> Option<Vec<u8>> {
        match &self.base.node(id)?.content {
            base::Content::Symlink(target) => Some(target.as_bytes().to_vec()),
            _ => None,
        }
    }

    /// Whether the onlooker may do what the bits of `want` say.
    pub(super) fn allows(&self, file: &Metadata, want: u32) -> bool {
        if self.uid == 0 {
            return want & SEARCH == 0 || file.is_directory() || file.mode & 0o111 != 0;
        }
        let shift = if file.uid == self.uid {
            6
        } else if file.gid == self.gid || self.groups.contains(&file.gid) {
            3
        } else {
            0
        };
        file.mode >> shift & want == want
    }

    pub(super) fn data(&self, found: &Found) -> Result<Data, Errno> {
        match &found.place {
            Place::Base(id) => self.base_data(*id),
            Place::Changed(node) => match &node.content {
                overlay::Content::File(body) => Ok(Data::Written(Arc::clone(body))),
                overlay::Content::Base(id) => self.base_data(*id),
                overlay::Content::Directory { .. } => Err(Errno::IsDirectory),
                overlay::Content::Symlink(_) | overlay::Content::Special(_) => Err(Errno::NoAddress),
            },
            Place::Proc(node) => node.read(&self.scene).map(|bytes| Data::Bytes(bytes.into())),
        }
    }

    fn base_data(&self, id: Id) -> Result<Data, Errno> {
        match &self.base.node(id).ok_or(Errno::Missing)?.content {
            base::Content::Directory(_) => Err(Errno::IsDirectory),
            base::Content::Symlink(_) | base::Content::Special(..) => Err(Errno::NoAddress),
            base::Content::File(source) => Ok(match source {
                Source::Fixed(text) => Data::Bytes(text.as_bytes().into()),
                Source::Made(make) => Data::Bytes(make(&self.scene).into()),
                Source::Program(size) => Data::Program(*size),
                Source::Noise(size) => Data::Noise(*size),
                Source::Device(name) => Data::Device(name),
            }),
        }
    }

    /// What `lstat` says.
    pub(super) fn metadata(&self, found: &Found) -> Metadata {
        let mut out = self.attributes(found);
        match (&found.place, out.kind) {
            (Place::Proc(_), _) => {}
            (_, Kind::Directory) => self.directory_size(&mut out, found),
            (_, Kind::File) => sized(&mut out, self.data(found).map_or(0, |data| data.size())),
            _ => {}
        }
        out
    }

    /// The same without the sizes of files and directories, which cost something.
    pub(super) fn attributes(&self, found: &Found) -> Metadata {
        match &found.place {
            Place::Base(id) => self.base_attributes(*id, found),
            Place::Changed(node) => self.changed_attributes(node, found),
            Place::Proc(node) => node.metadata(&self.scene),
        }
    }

    fn base_attributes(&self, id: Id, found: &Found) -> Metadata {
        let Some(node) = self.base.node(id) else { return plain(Kind::File, Time::default()) };
        let modified = node.modified(&self.scene);
        let machine = self.scene.machine;
        let mut out = plain(node.kind(), modified);
        (out.mode, out.uid, out.gid) = (node.mode.into(), node.uid.into(), node.gid.into());
        out.inode = machine.inode(u64::from(id));
        out.device = machine.device_of(&found.path);
        // A file is installed, then stays; what changes is changed and read at that time.
        let placed = Time { seconds: machine.installed(), nanos: modified.nanos };
        out.changed = modified.max(placed);
        out.created = placed;
        out.accessed = machine.last_read(&found.path, out.changed, self.scene.now);
        match &node.content {
            base::Content::Symlink(target) => out.size = target.len() as u64,
            base::Content::Special(_, major, minor) => out.special = ((*major).into(), (*minor).into()),
            base::Content::File(Source::Device(name)) => out.special = super::device::number(name),
            base::Content::File(_) | base::Content::Directory(_) => {}
        }
        out
    }

    fn changed_attributes(&self, node: &overlay::Node, found: &Found) -> Metadata {
        let machine = self.scene.machine;
        let kind = match &node.content {
            overlay::Content::Directory { .. } => Kind::Directory,
            overlay::Content::File(_) => Kind::File,
            overlay::Content::Symlink(_) => Kind::Symlink,
            overlay::Content::Special(kind) => *kind,
            overlay::Content::Base(id) => self.base.node(*id).map_or(Kind::File, base::Node::kind),
        };
        let mut out = plain(kind, node.modified);
        (out.mode, out.uid, out.gid) = (node.mode, node.uid, node.gid);
        (out.accessed, out.changed, out.created) = (node.accessed, node.changed, node.created);
        out.inode = if node.inode < overlay::FIRST { machine.inode(node.inode) } else { node.inode };
        out.device = machine.device_of(&found.path);
        if kind == Kind::Symlink {
            out.size = self.target(found).map_or(0, |target| target.len() as u64);
        }
        out
    }

    /// A directory has one name in its parent, one in itself, and one in each directory in it.
    fn directory_size(&self, out: &mut Metadata, found: &Found) {
        let below = found.base.map(|id| self.base.children(id)).unwrap_or_default();
        let is_directory = |id: &&Id| self.base.node(**id).is_some_and(|n| n.kind() == Kind::Directory);
        let mut links = 2 + below.iter().filter(is_directory).count();
        let mut names = below.len();
        for (name, node) in self.overlay.children(&found.path) {
            let was = found.base.and_then(|id| self.base.child(id, name));
            let was_directory = was.as_ref().is_some_and(|id| is_directory(&id));
            let is = node.is_some_and(|n| matches!(n.content, overlay::Content::Directory { .. }));
            links = (links + usize::from(is)).saturating_sub(usize::from(was_directory));
            names += usize::from(node.is_some() && was.is_none());
        }
        out.links = links as u64;
        let memory = self.scene.machine.is_memory(&found.path);
        out.size = if memory { (names as u64 + 2) * 20 } else { (names as u64 / 85 + 1) * 4_096 };
        out.blocks = if memory { 0 } else { out.size / 512 };
    }
}

fn sized(out: &mut Metadata, size: u64) {
    out.size = size;
    out.blocks = size.div_ceil(4_096) * 8;
}

/// An empty file of root's.
pub(in crate::machine) const fn plain(kind: Kind, at: Time) -> Metadata {
    Metadata {
        kind,
        mode: 0,
        uid: 0,
        gid: 0,
        size: 0,
        inode: 0,
        links: 1,
        device: (0, 0),
        special: (0, 0),
        accessed: at,
        modified: at,
        changed: at,
        created: at,
        blocks: 0,
    }
}
