//! Open files.

use std::sync::Arc;

use super::{
    Files,
    node::Body,
    overlay,
    walk::{Data, Found, Place, READ, WRITE, Walk},
};
use crate::machine::{
    errno::Errno,
    files::change::{APPEND_ONLY, IMMUTABLE},
};

/// How to open a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// To read.
    pub read: bool,
    /// To write.
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
    /// Make it if it is not there.
    pub create: bool,
    /// Empty it.
    pub truncate: bool,
    /// Fail if it is there.
    pub exclusive: bool,
    /// Permission bits of a new file, before the umask.
    pub mode: u32,
}

impl Open {
    /// To read.
    pub const fn reading() -> Self {
        Self { read: true, ..Self::NOTHING }
    }

    /// To write it anew, as `>`.
    pub const fn writing(mode: u32) -> Self {
        Self { write: true, create: true, truncate: true, mode, ..Self::NOTHING }
    }

    /// To add to it, as `>>`.
    pub const fn appending(mode: u32) -> Self {
        Self { write: true, create: true, append: true, mode, ..Self::NOTHING }
    }

    const NOTHING: Self = Self {
        read: false,
        write: false,
        append: false,
        create: false,
        truncate: false,
        exclusive: false,
        mode: 0,
    };
}

/// An open file with its offset.
#[derive(Clone, Debug)]
pub struct Handle {
    files: Files,
    path: Vec<u8>,
    how: Open,
    offset: u64,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// Made when it was opened; writes are taken and forgotten.
    Fixed(Data),
    /// Kept in the changes under this number.
    Changed(u64),
}

impl Files {
    /// Opens a file.
    ///
    /// # Errors
    /// As `open`.
    pub fn open(&self, path: &[u8], how: Open) -> Result<Handle, Errno> {
        let place = self.place(path)?;
        let mut overlays = self.machine.overlays();
        let overlay = overlays.of(self.source);
        let found = self.walk(overlay).find(&place, !(how.create && how.exclusive));
        let found = match found {
            Err(Errno::Missing) if how.create => {
                let (path, inode) = self.create(overlay, &place, how)?;
                return Ok(Handle {
                    files: self.clone(),
                    path,
                    how,
                    offset: 0,
                    source: Source::Changed(inode),
                });
            }
            found => found?,
        };
        let walk = self.walk(overlay);
        may_open(&walk, &found, how)?;
        let (path, source) = if how.write && !is_device(&walk, &found) {
            (found.path.clone(), self.writable(overlay, &found, how)?)
        } else {
            let data = walk.data(&found)?;
            let source = match (&found.place, &data) {
                (Place::Changed(node), Data::Written(_)) => Source::Changed(node.inode),
                _ => Source::Fixed(data),
            };
            (found.path, source)
        };
        overlays.trim(self.source);
        Ok(Handle { files: self.clone(), path, how, offset: 0, source })
    }

    /// Makes an empty file where a path that leads nowhere points to.
    fn create(
        &self,
        overlay: &mut overlay::Overlay,
        place: &[u8],
        how: Open,
    ) -> Result<(Vec<u8>, u64), Errno> {
        if place.ends_with(b"/") {
            return Err(Errno::IsDirectory);
        }
        let walk = self.walk(overlay);
        let mut spot = walk.spot(place)?;
        // A link that leads nowhere: the file is made where it points to.
        for _ in 0..8 {
            let Some(target) = spot.there.as_ref().and_then(|there| walk.target(there)) else { break };
            spot = walk.spot(&super::path::absolute(&spot.directory.path, &target))?;
        }
        let content = overlay::Content::File(Arc::new(Body::default()));
        let edits = self.add(&walk, &spot, content, how.mode & !self.umask & 0o7777)?;
        if overlay.is_full() {
            return Err(Errno::NoSpace);
        }
        let inode = overlay.next_inode();
        for (path, node) in edits {
            let node = node.map(|node| if node.inode == 0 { overlay::Node { inode, ..node } } else { node });
            overlay.put(path, node);
        }
        overlay.written.insert(spot.path.clone());
        Ok((spot.path, inode))
    }

    /// Makes a file of the base a written one, so that it can change.
    fn writable(&self, overlay: &mut overlay::Overlay, found: &Found, how: Open) -> Result<Source, Errno> {
        let walk = self.walk(overlay);
        if matches!(found.place, Place::Proc(_)) {
            return Ok(Source::Fixed(Data::Bytes(Arc::from([]))));
        }
        let mut node = walk.copy_up(found);
        if !matches!(node.content, overlay::Content::File(_)) {
            let data = walk.data(found)?;
            let bytes = if how.truncate {
                Vec::new()
            } else {
                data.read_at(&self.machine, &found.path, 0, crate::caps::MACHINE_BYTES_PER_FILE)?
            };
            node.content = overlay::Content::File(Arc::new(Body::new(bytes)));
            if overlay.is_full() {
                return Err(Errno::NoSpace);
            }
        }
        let inode = node.inode;
        overlay.put(found.path.clone(), Some(node));
        if how.truncate {
            let now = self.machine.now();
            overlay.edit(&found.path, now, |body, _| body.truncate(0));
        }
        Ok(Source::Changed(inode))
    }
}

fn is_device(walk: &Walk<'_>, found: &Found) -> bool {
    matches!(walk.data(found), Ok(Data::Device(_)))
}

fn may_open(walk: &Walk<'_>, found: &Found, how: Open) -> Result<(), Errno> {
    let metadata = walk.attributes(found);
    if how.exclusive && how.create {
        return Err(Errno::Exists);
    }
    if metadata.is_directory() {
        return Err(Errno::IsDirectory);
    }
    let want = (u32::from(how.read) * READ) | (u32::from(how.write) * WRITE);
    if !walk.allows(&metadata, want) {
        return Err(Errno::Denied);
    }
    let flags = walk.flags(found);
    let cuts = flags & APPEND_ONLY != 0 && (how.truncate || !how.append);
    if how.write && (flags & IMMUTABLE != 0 || cuts) { Err(Errno::NotPermitted) } else { Ok(()) }
}

impl Handle {
    /// Path of the file without links, as it was when it was opened.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// Whether reading never ends.
    pub fn is_endless(&self) -> bool {
        matches!(self.source, Source::Fixed(Data::Device("zero" | "full" | "random" | "urandom")))
    }

    /// Name of the device below `/dev`, if it is one.
    pub fn device(&self) -> Option<&'static str> {
        match self.source {
            Source::Fixed(Data::Device(name)) => Some(name),
            Source::Fixed(_) | Source::Changed(_) => None,
        }
    }

    /// Where the next read or write takes place.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes to an offset.
    pub fn seek(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Length of the file now.
    pub fn size(&self) -> u64 {
        match &self.source {
            Source::Fixed(data) => data.size(),
            Source::Changed(inode) => self.body(*inode).map_or(0, |body| body.size()),
        }
    }

    /// The body of the file if it still has its name.
    fn body(&self, inode: u64) -> Option<Arc<Body>> {
        let mut overlays = self.files.machine.overlays();
        let node = overlays.of(self.files.source).get(&self.path)??.clone();
        match node.content {
            overlay::Content::File(body) if node.inode == inode => Some(body),
            _ => None,
        }
    }

    /// At most `length` bytes; none at the end.
    ///
    /// # Errors
    /// As `read`.
    pub fn read(&mut self, length: usize) -> Result<Vec<u8>, Errno> {
        if !self.how.read {
            return Err(Errno::BadDescriptor);
        }
        let length = length.min(crate::caps::MACHINE_READ);
        let out = match &self.source {
            Source::Fixed(data) => data.read_at(&self.files.machine, &self.path, self.offset, length)?,
            Source::Changed(inode) => {
                self.body(*inode).map(|body| body.read_at(self.offset, length)).unwrap_or_default()
            }
        };
        self.offset += out.len() as u64;
        Ok(out)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// As `write`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        if !self.how.write {
            return Err(Errno::BadDescriptor);
        }
        let inode = match &self.source {
            Source::Fixed(Data::Device("full")) => return Err(Errno::NoSpace),
            Source::Fixed(_) => return Ok(bytes.len()),
            Source::Changed(inode) => *inode,
        };
        let now = self.files.machine.now();
        let free = self.files.machine.free_space();
        let mut overlays = self.files.machine.overlays();
        let overlay = overlays.of(self.files.source);
        let (mut offset, append) = (self.offset, self.how.append);
        if overlay.get(&self.path).flatten().is_some_and(|node| node.inode == inode) {
            let mut full = false;
            overlay.edit(&self.path, now, |body, room| {
                offset = if append { body.size() } else { offset };
                full = offset.saturating_add(bytes.len() as u64) > free;
                if !full {
                    body.write_at(offset, bytes, room);
                }
            });
            if full {
                return Err(Errno::NoSpace);
            }
            overlays.trim(self.files.source);
        }
        self.offset = offset + bytes.len() as u64;
        Ok(bytes.len())
    }

    /// Sets the length.
    ///
    /// # Errors
    /// As `ftruncate`.
    pub fn truncate(&mut self, size: u64) -> Result<(), Errno> {
        let Source::Changed(inode) = self.source else { return Err(Errno::Invalid) };
        if !self.how.write {
            return Err(Errno::BadDescriptor);
        }
        let now = self.files.machine.now();
        let mut overlays = self.files.machine.overlays();
        let overlay = overlays.of(self.files.source);
        if overlay.get(&self.path).flatten().is_some_and(|node| node.inode == inode) {
            overlay.edit(&self.path, now, |body, _| body.truncate(size));
        }
        Ok(())
    }
}
