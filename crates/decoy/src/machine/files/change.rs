//! Calls that change files.

use super::{
    Files, Kind,
    node::Metadata,
    overlay::{self, Overlay},
    path,
    walk::{Found, Place, SEARCH, WRITE, Walk},
};
use crate::machine::{clock::Time, errno::Errno};

/// The attribute of `chattr +i`.
pub(super) const IMMUTABLE: u32 = 0x10;
/// The attribute of `chattr +a`.
pub(super) const APPEND_ONLY: u32 = 0x20;

/// Where a new name goes.
pub(super) struct Spot {
    pub(super) directory: Found,
    pub(super) path: Vec<u8>,
    pub(super) there: Option<Found>,
}

impl Walk<'_> {
    /// The directory that a path's last name is in, and what is there under that name.
    pub(super) fn spot(&self, path: &[u8]) -> Result<Spot, Errno> {
        let trimmed = path.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(path);
        let (directory, name) = path::split(trimmed);
        if name.is_empty() || name == b".." {
            let found = self.find(trimmed, true)?;
            return Ok(Spot { directory: self.parent(&found), path: found.path.clone(), there: Some(found) });
        }
        let directory = self.find(directory, true)?;
        let metadata = self.attributes(&directory);
        if !metadata.is_directory() {
            return Err(Errno::NotDirectory);
        }
        if !self.allows(&metadata, SEARCH) {
            return Err(Errno::Denied);
        }
        if name.len() > path::NAME_MAX {
            return Err(Errno::NameTooLong);
        }
        let there = self.child(&directory, name);
        Ok(Spot { path: path::join(&directory.path, name), there, directory })
    }

    /// Whether names may be made in a directory.
    pub(super) fn may_add(&self, directory: &Found) -> Result<(), Errno> {
        if path::below(&directory.path, b"/proc").is_some() {
            return Err(Errno::Missing);
        }
        if path::below(&directory.path, b"/sys").is_some() {
            return Err(if self.uid == 0 { Errno::NotPermitted } else { Errno::Denied });
        }
        if !self.allows(&self.attributes(directory), WRITE | SEARCH) {
            return Err(Errno::Denied);
        }
        if self.flags(directory) & IMMUTABLE != 0 { Err(Errno::NotPermitted) } else { Ok(()) }
    }

    /// Whether a name may be taken out of its directory.
    fn may_remove(&self, spot: &Spot, file: &Found) -> Result<(), Errno> {
        if path::below(&spot.path, b"/proc").is_some() || path::below(&spot.path, b"/sys").is_some() {
            return Err(Errno::NotPermitted);
        }
        self.may_add(&spot.directory)?;
        let (directory, metadata) = (self.attributes(&spot.directory), self.attributes(file));
        let sticky = directory.mode & 0o1000 != 0 && self.uid != 0;
        if sticky && self.uid != metadata.uid && self.uid != directory.uid {
            return Err(Errno::NotPermitted);
        }
        let kept = (self.flags(file) | self.flags(&spot.directory) & !IMMUTABLE) & (IMMUTABLE | APPEND_ONLY);
        if kept != 0 { Err(Errno::NotPermitted) } else { Ok(()) }
    }

    /// Attributes of `chattr`, without those that every file has.
    pub(super) fn flags(&self, file: &Found) -> u32 {
        match &file.place {
            Place::Changed(node) => node.flags,
            Place::Base(_) | Place::Proc(_) => 0,
        }
    }

    /// The file as a change that says the same.
    pub(super) fn copy_up(&self, file: &Found) -> overlay::Node {
        let metadata = self.attributes(file);
        let (content, inode) = match &file.place {
            Place::Changed(node) => return node.clone(),
            Place::Proc(_) => (overlay::Content::Special(metadata.kind), metadata.inode),
            Place::Base(id) if metadata.is_directory() => {
                (overlay::Content::Directory { opaque: false }, (*id).into())
            }
            Place::Base(id) => (overlay::Content::Base(*id), (*id).into()),
        };
        overlay::Node {
            content,
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            accessed: metadata.accessed,
            modified: metadata.modified,
            changed: metadata.changed,
            created: metadata.created,
            inode,
            flags: 0,
        }
    }

    /// The directory after a name came or went.
    fn touched(&self, directory: &Found) -> (Vec<u8>, overlay::Node) {
        let mut node = self.copy_up(directory);
        (node.modified, node.changed) = (self.scene.now, self.scene.now);
        (directory.path.clone(), node)
    }

    /// A file, with everything below it when it is a directory, as changes at another path.
    fn moved(&self, from: &Found, to: &[u8], out: &mut Vec<(Vec<u8>, overlay::Node)>) -> Result<(), Errno> {
        if out.len() > crate::caps::MACHINE_ENTRIES_PER_SOURCE {
            return Err(Errno::NoSpace);
        }
        let mut node = self.copy_up(from);
        let is_directory = matches!(node.content, overlay::Content::Directory { .. });
        if is_directory {
            node.content = overlay::Content::Directory { opaque: true };
        }
        out.push((to.to_vec(), node));
        if is_directory {
            for entry in self.list(from) {
                if let Some(child) = self.child(from, &entry.name) {
                    self.moved(&child, &path::join(to, &entry.name), out)?;
                }
            }
        }
        Ok(())
    }
}

/// What a call does to the changes.
type Edits = Vec<(Vec<u8>, Option<overlay::Node>)>;

impl Files {
    /// Decides on the changes, then makes them.
    fn change(&self, decide: impl FnOnce(&Walk<'_>) -> Result<Edits, Errno>) -> Result<(), Errno> {
        let mut overlays = self.machine.overlays();
        let overlay = overlays.of(self.source);
        let edits = decide(&self.walk(overlay))?;
        if overlay.is_full() && edits.iter().any(|(path, _)| overlay.get(path).is_none()) {
            return Err(Errno::NoSpace);
        }
        for (path, node) in edits {
            apply(overlay, path, node);
        }
        overlays.trim(self.source);
        Ok(())
    }

    pub(super) fn fresh(&self, content: overlay::Content, mode: u32, directory: &Metadata) -> overlay::Node {
        let now = self.machine.now();
        let inherits = directory.mode & 0o2000 != 0;
        overlay::Node {
            content,
            mode,
            uid: self.uid,
            gid: if inherits { directory.gid } else { self.gid },
            accessed: now,
            modified: now,
            changed: now,
            created: now,
            inode: 0,
            flags: 0,
        }
    }

    pub(super) fn add(
        &self,
        walk: &Walk<'_>,
        spot: &Spot,
        content: overlay::Content,
        mode: u32,
    ) -> Result<Edits, Errno> {
        if spot.there.is_some() {
            return Err(Errno::Exists);
        }
        walk.may_add(&spot.directory)?;
        let directory = walk.attributes(&spot.directory);
        let mut node = self.fresh(content, mode, &directory);
        if matches!(node.content, overlay::Content::Directory { .. }) && directory.mode & 0o2000 != 0 {
            node.mode |= 0o2000;
        }
        let (path, parent) = walk.touched(&spot.directory);
        Ok(vec![(path, Some(parent)), (spot.path.clone(), Some(node))])
    }

    /// Makes a directory; the umask applies.
    ///
    /// # Errors
    /// As `mkdir`.
    pub fn mkdir(&self, path: &[u8], mode: u32) -> Result<(), Errno> {
        self.change(|walk| {
            let spot = walk.spot(&self.place(path)?)?;
            let content = overlay::Content::Directory { opaque: true };
            self.add(walk, &spot, content, mode & !self.umask)
        })
    }

    /// Makes a symbolic link at `path`.
    ///
    /// # Errors
    /// As `symlink`.
    pub fn symlink(&self, target: &[u8], path: &[u8]) -> Result<(), Errno> {
        if target.is_empty() || target.len() >= path::PATH_MAX {
            return Err(if target.is_empty() { Errno::Missing } else { Errno::NameTooLong });
        }
        self.change(|walk| {
            let spot = walk.spot(&self.place(path)?)?;
            self.add(walk, &spot, overlay::Content::Symlink(target.to_vec()), 0o777)
        })
    }

    /// Makes a named pipe or a socket.
    ///
    /// # Errors
    /// As `mknod`.
    pub fn make_special(&self, path: &[u8], kind: Kind, mode: u32) -> Result<(), Errno> {
        self.change(|walk| {
            let spot = walk.spot(&self.place(path)?)?;
            if matches!(kind, Kind::Block | Kind::Character) && self.uid != 0 {
                return Err(Errno::NotPermitted);
            }
            self.add(walk, &spot, overlay::Content::Special(kind), mode & !self.umask)
        })
    }

    /// Gives a file another name; the two are copies from then on.
    ///
    /// # Errors
    /// As `link`.
    pub fn link(&self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        self.change(|walk| {
            let file = walk.find(&self.place(from)?, false)?;
            if walk.attributes(&file).is_directory() {
                return Err(Errno::NotPermitted);
            }
            let spot = walk.spot(&self.place(to)?)?;
            let mut edits = self.add(walk, &spot, overlay::Content::Special(Kind::File), 0)?;
            edits.pop();
            edits.push((spot.path, Some(walk.copy_up(&file))));
            Ok(edits)
        })
    }

    /// Removes a name that is no directory's.
    ///
    /// # Errors
    /// As `unlink`.
    pub fn unlink(&self, path: &[u8]) -> Result<(), Errno> {
        self.change(|walk| {
            let spot = walk.spot(&self.place(path)?)?;
            let file = spot.there.as_ref().ok_or(Errno::Missing)?;
            if walk.attributes(file).is_directory() {
                return Err(Errno::IsDirectory);
            }
            walk.may_remove(&spot, file)?;
            let (directory, parent) = walk.touched(&spot.directory);
            Ok(vec![(directory, Some(parent)), (spot.path.clone(), None)])
        })
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// As `rmdir`.
    pub fn rmdir(&self, path: &[u8]) -> Result<(), Errno> {
        self.change(|walk| {
            let spot = walk.spot(&self.place(path)?)?;
            let file = spot.there.as_ref().ok_or(Errno::Missing)?;
            if !walk.attributes(file).is_directory() {
                return Err(Errno::NotDirectory);
            }
            if self.machine.is_mounted(&spot.path) {
                return Err(Errno::Busy);
            }
            walk.may_remove(&spot, file)?;
            if !walk.list(file).is_empty() {
                return Err(Errno::NotEmpty);
            }
            let (directory, parent) = walk.touched(&spot.directory);
            Ok(vec![(directory, Some(parent)), (spot.path.clone(), None)])
        })
    }

    /// Moves a file or directory, over what is there.
    ///
    /// # Errors
    /// As `rename`.
    pub fn rename(&self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        self.change(|walk| {
            let (source, target) = (walk.spot(&self.place(from)?)?, walk.spot(&self.place(to)?)?);
            let file = source.there.as_ref().ok_or(Errno::Missing)?;
            if self.machine.is_mounted(&source.path) || self.machine.is_mounted(&target.path) {
                return Err(Errno::Busy);
            }
            if source.path == target.path {
                return Ok(Vec::new());
            }
            if path::below(&target.path, &source.path).is_some() {
                return Err(Errno::Invalid);
            }
            walk.may_remove(&source, file)?;
            may_replace(walk, file, &target)?;
            let mut moved = Vec::new();
            walk.moved(file, &target.path, &mut moved)?;
            let (here, there) = (walk.touched(&source.directory), walk.touched(&target.directory));
            let mut edits: Edits = vec![(here.0, Some(here.1)), (there.0, Some(there.1))];
            edits.push((source.path.clone(), None));
            edits.extend(moved.into_iter().map(|(path, node)| (path, Some(node))));
            Ok(edits)
        })
    }

    /// Changes attributes of the file itself.
    fn set(
        &self,
        path: &[u8],
        follow: bool,
        allowed: impl FnOnce(&Walk<'_>, &Metadata) -> bool,
        edit: impl FnOnce(&mut overlay::Node),
    ) -> Result<(), Errno> {
        self.change(|walk| {
            let file = walk.find(&self.place(path)?, follow)?;
            let metadata = walk.attributes(&file);
            let fixed = matches!(file.place, Place::Proc(_)) || walk.flags(&file) & IMMUTABLE != 0;
            if fixed || !allowed(walk, &metadata) {
                return Err(Errno::NotPermitted);
            }
            let mut node = walk.copy_up(&file);
            edit(&mut node);
            node.changed = walk.scene.now;
            Ok(vec![(file.path, Some(node))])
        })
    }

    /// Sets permission bits.
    ///
    /// # Errors
    /// As `chmod`.
    pub fn chmod(&self, path: &[u8], mode: u32) -> Result<(), Errno> {
        let allowed = |walk: &Walk<'_>, file: &Metadata| walk.uid == 0 || walk.uid == file.uid;
        self.set(path, true, allowed, |node| node.mode = mode & 0o7777)
    }

    /// Sets owner and group; `follow` says whether of what a link points to.
    ///
    /// # Errors
    /// As `chown`.
    pub fn chown(&self, path: &[u8], uid: Option<u32>, gid: Option<u32>, follow: bool) -> Result<(), Errno> {
        let allowed = |walk: &Walk<'_>, file: &Metadata| {
            let own_group = gid.is_none_or(|gid| gid == walk.gid || walk.groups.contains(&gid));
            walk.uid == 0 || walk.uid == file.uid && uid.is_none_or(|uid| uid == file.uid) && own_group
        };
        self.set(path, follow, allowed, |node| {
            node.uid = uid.unwrap_or(node.uid);
            node.gid = gid.unwrap_or(node.gid);
        })
    }

    /// Sets times; what is `None` stays.
    ///
    /// # Errors
    /// As `utimensat`.
    pub fn utimes(&self, path: &[u8], accessed: Option<Time>, modified: Option<Time>) -> Result<(), Errno> {
        let allowed = |walk: &Walk<'_>, file: &Metadata| walk.uid == file.uid || walk.allows(file, WRITE);
        self.set(path, true, allowed, |node| {
            node.accessed = accessed.unwrap_or(node.accessed);
            node.modified = modified.unwrap_or(node.modified);
        })
    }

    /// Attributes as `lsattr` reads them: [`IMMUTABLE`] and [`APPEND_ONLY`] of the settable ones.
    ///
    /// # Errors
    /// As `open`.
    pub fn flags(&self, path: &[u8]) -> Result<u32, Errno> {
        self.look(|walk| Ok(walk.flags(&walk.find(&self.place(path)?, false)?)))
    }

    /// Sets the attributes of `chattr`.
    ///
    /// # Errors
    /// EPERM unless root.
    pub fn set_flags(&self, path: &[u8], flags: u32) -> Result<(), Errno> {
        if self.uid != 0 {
            return Err(Errno::NotPermitted);
        }
        self.change(|walk| {
            let file = walk.find(&self.place(path)?, false)?;
            if matches!(file.place, Place::Proc(_)) {
                return Err(Errno::NotSupported);
            }
            let mut node = walk.copy_up(&file);
            (node.flags, node.changed) = (flags, walk.scene.now);
            Ok(vec![(file.path, Some(node))])
        })
    }
}

/// Whether what is at the target may be replaced by `file`.
fn may_replace(walk: &Walk<'_>, file: &Found, target: &Spot) -> Result<(), Errno> {
    let Some(there) = &target.there else { return walk.may_add(&target.directory) };
    walk.may_remove(target, there)?;
    match (walk.attributes(file).is_directory(), walk.attributes(there).is_directory()) {
        (true, false) => Err(Errno::NotDirectory),
        (false, true) => Err(Errno::IsDirectory),
        (true, true) if !walk.list(there).is_empty() => Err(Errno::NotEmpty),
        _ => Ok(()),
    }
}

/// Makes one change; with a directory goes everything that was changed in it.
fn apply(overlay: &mut Overlay, path: Vec<u8>, node: Option<overlay::Node>) {
    let Some(mut node) = node else {
        let below: Vec<Vec<u8>> = overlay.below(&path).map(|(rest, _)| path::join(&path, rest)).collect();
        for path in below {
            overlay.forget(&path);
        }
        overlay.written.remove(&path);
        overlay.put(path, None);
        return;
    };
    if node.inode == 0 {
        node.inode = overlay.next_inode();
    }
    if matches!(node.content, overlay::Content::File(_)) {
        overlay.written.insert(path.clone());
    }
    overlay.put(path, Some(node));
}
