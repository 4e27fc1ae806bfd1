//! The file system as one process sees it: base, changes of its source address, and `/proc`.
//!
//! Calls are synchronous and do not wait; a lock is held for the length of one call.

mod change;
mod device;
mod handle;
mod node;
mod overlay;
pub(crate) mod path;
#[cfg(test)]
mod tests;
mod walk;

use std::{net::IpAddr, sync::Arc};

pub use self::{
    handle::{Handle, Open},
    node::{Entry, Kind, Metadata},
};
use self::{
    overlay::Overlay,
    walk::{READ, SEARCH, Walk},
};
pub(super) use self::{overlay::Overlays, walk::plain};
use super::{Machine, accounts::Account, clock::Time, distro::Distro, errno::Errno, scene::Scene};
use crate::caps;

/// What to ask [`Files::access`] for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// To read.
    pub read: bool,
    /// To write.
    pub write: bool,
    /// To run, or to look in.
    pub execute: bool,
}

/// A view of the files: one source address, one identity, one working directory.
#[derive(Clone, Debug)]
pub struct Files {
    machine: Arc<Machine>,
    source: IpAddr,
    uid: u32,
    gid: u32,
    groups: Arc<[u32]>,
    directory: Vec<u8>,
    umask: u32,
    pid: u32,
}

impl Files {
    pub(super) fn new(machine: Arc<Machine>, source: IpAddr, account: &Account) -> Self {
        let shares = matches!(machine.distro(), Distro::Ubuntu22 | Distro::Ubuntu20 | Distro::CentOs7);
        let umask = if shares && account.uid >= 1_000 { 0o002 } else { 0o022 };
        let groups = account.groups.iter().map(|(id, _)| *id).collect();
        let (uid, gid) = (account.uid, account.gid);
        Self { machine, source, uid, gid, groups, directory: b"/".to_vec(), umask, pid: 0 }
    }

    /// The machine whose files these are.
    pub fn machine(&self) -> &Arc<Machine> {
        &self.machine
    }

    /// The address of the visitor.
    pub fn source(&self) -> IpAddr {
        self.source
    }

    /// User and group that work here.
    pub fn identity(&self) -> (u32, u32) {
        (self.uid, self.gid)
    }

    /// The same view for another account, as after `su`.
    #[must_use]
    pub fn as_account(&self, account: &Account) -> Self {
        let groups = account.groups.iter().map(|(id, _)| *id).collect();
        Self { uid: account.uid, gid: account.gid, groups, ..self.clone() }
    }

    /// The same view for a process: what `/proc/self` is.
    #[must_use]
    pub fn as_process(&self, pid: u32) -> Self {
        Self { pid, ..self.clone() }
    }

    /// The working directory, without links.
    pub fn directory(&self) -> &[u8] {
        &self.directory
    }

    /// Bits that new files do not get.
    pub fn umask(&self) -> u32 {
        self.umask
    }

    /// Sets the bits that new files do not get.
    pub fn set_umask(&mut self, umask: u32) {
        self.umask = umask & 0o777;
    }

    /// Goes to another working directory.
    ///
    /// # Errors
    /// As `chdir`.
    pub fn change_directory(&mut self, path: &[u8]) -> Result<(), Errno> {
        let directory = self.look(|walk| {
            let found = walk.find(&self.place(path)?, true)?;
            let metadata = walk.attributes(&found);
            if !metadata.is_directory() {
                return Err(Errno::NotDirectory);
            }
            if walk.allows(&metadata, SEARCH) { Ok(found.path) } else { Err(Errno::Denied) }
        })?;
        self.directory = directory;
        Ok(())
    }

    /// `path` seen from the working directory; links and `..` stay in it.
    pub fn absolute(&self, path: &[u8]) -> Vec<u8> {
        path::absolute(&self.directory, path)
    }

    /// The path as the walk wants it; a slash at the end stays.
    fn place(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        if path.is_empty() {
            return Err(Errno::Missing);
        }
        let mut place = self.absolute(path);
        if (path.ends_with(b"/") || path.ends_with(b"/.")) && place != b"/" {
            place.push(b'/');
        }
        Ok(place)
    }

    fn scene(&self) -> Scene<'_> {
        Scene { machine: &self.machine, now: self.machine.now(), source: self.source, pid: self.pid }
    }

    fn walk<'a>(&'a self, overlay: &'a Overlay) -> Walk<'a> {
        Walk {
            scene: self.scene(),
            base: self.machine.base(),
            overlay,
            uid: self.uid,
            gid: self.gid,
            groups: &self.groups,
        }
    }

    /// Looks at the files without changing them.
    fn look<T>(&self, with: impl FnOnce(&Walk<'_>) -> Result<T, Errno>) -> Result<T, Errno> {
        let overlays = self.machine.overlays();
        match overlays.find(self.source) {
            Some(overlay) => with(&self.walk(overlay)),
            None => with(&self.walk(&Overlay::default())),
        }
    }

    /// The file itself, links followed.
    ///
    /// # Errors
    /// As `stat`.
    pub fn stat(&self, path: &[u8]) -> Result<Metadata, Errno> {
        self.look(|walk| Ok(walk.metadata(&walk.find(&self.place(path)?, true)?)))
    }

    /// The file or the link itself.
    ///
    /// # Errors
    /// As `lstat`.
    pub fn lstat(&self, path: &[u8]) -> Result<Metadata, Errno> {
        self.look(|walk| Ok(walk.metadata(&walk.find(&self.place(path)?, false)?)))
    }

    /// Whether there is something at the path.
    pub fn exists(&self, path: &[u8]) -> bool {
        self.stat(path).is_ok()
    }

    /// Whether the file is one that the system was installed with, and unchanged.
    pub(crate) fn is_installed(&self, path: &[u8]) -> bool {
        let found = self.look(|walk| walk.find(&self.place(path)?, true));
        found.is_ok_and(|found| !matches!(found.place, walk::Place::Proc(_)) && !found.is_written())
    }

    /// The path without links; the file must exist.
    ///
    /// # Errors
    /// As `realpath`.
    pub fn real_path(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        self.look(|walk| Ok(walk.find(&self.place(path)?, true)?.path))
    }

    /// Where a link points to.
    ///
    /// # Errors
    /// As `readlink`: EINVAL when it is no link.
    pub fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        self.look(|walk| {
            let found = walk.find(&self.place(path)?, false)?;
            walk.target(&found).ok_or(Errno::Invalid)
        })
    }

    /// What is in a directory, without `.` and `..`, in the file system's own order.
    ///
    /// # Errors
    /// As `opendir`.
    pub fn read_dir(&self, path: &[u8]) -> Result<Vec<Entry>, Errno> {
        self.look(|walk| {
            let found = walk.find(&self.place(path)?, true)?;
            let metadata = walk.attributes(&found);
            if !metadata.is_directory() {
                return Err(Errno::NotDirectory);
            }
            if walk.allows(&metadata, READ) { Ok(walk.list(&found)) } else { Err(Errno::Denied) }
        })
    }

    /// A whole file, cut at [`caps::MACHINE_READ`].
    ///
    /// # Errors
    /// As `open` and `read`.
    pub fn read(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        let mut handle = self.open(path, Open::reading())?;
        if handle.is_endless() {
            return Err(Errno::InputOutput);
        }
        handle.read(caps::MACHINE_READ)
    }

    /// A part of a file, as `pread`.
    ///
    /// # Errors
    /// As `open` and `read`.
    pub fn read_at(&self, path: &[u8], offset: u64, length: usize) -> Result<Vec<u8>, Errno> {
        let mut handle = self.open(path, Open::reading())?;
        handle.seek(offset);
        handle.read(length)
    }

    /// Whether the file may be used so.
    ///
    /// # Errors
    /// As `access`.
    pub fn access(&self, path: &[u8], access: Access) -> Result<(), Errno> {
        self.look(|walk| {
            let metadata = walk.attributes(&walk.find(&self.place(path)?, true)?);
            let want = u32::from(access.read) << 2 | u32::from(access.write) << 1 | u32::from(access.execute);
            if walk.allows(&metadata, want) { Ok(()) } else { Err(Errno::Denied) }
        })
    }

    /// Replaces the content of a file, made with `mode` if it is not there.
    ///
    /// # Errors
    /// As `open` and `write`.
    pub fn write(&self, path: &[u8], bytes: &[u8], mode: u32) -> Result<(), Errno> {
        self.open(path, Open::writing(mode))?.write(bytes).map(drop)
    }

    /// Adds to the end of a file, made with `mode` if it is not there.
    ///
    /// # Errors
    /// As `open` and `write`.
    pub fn append(&self, path: &[u8], bytes: &[u8], mode: u32) -> Result<(), Errno> {
        self.open(path, Open::appending(mode))?.write(bytes).map(drop)
    }

    /// Files that this source wrote since this was asked last, and that are still there.
    pub fn take_written(&self) -> Vec<Vec<u8>> {
        let mut overlays = self.machine.overlays();
        std::mem::take(&mut overlays.of(self.source).written).into_iter().collect()
    }

    /// The machine's clock.
    pub fn now(&self) -> Time {
        self.machine.now()
    }
}
