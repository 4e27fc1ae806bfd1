//! One file of the log: followed by its handle, whatever becomes of its name.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::PathBuf,
};

use memchr::memrchr;
use nix::fcntl::OFlag;

use super::{
    lines::read_at,
    listing::{Found, Stamp},
};
use crate::{
    ledger::{FileId, Known, Prefix},
    position::Generation,
};

/// Most bytes of a prefix.
pub(super) const PREFIX: usize = 1024;

/// The first bytes of a file, up to [`PREFIX`].
pub(super) fn head_of(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; PREFIX];
    let length = read_at(file, &mut head, 0)?;
    head.truncate(length);
    Ok(head)
}

/// Opens what was found, if it is still there.
pub(super) fn open(found: &Found) -> io::Result<Option<File>> {
    // What took its name meanwhile may be a pipe that nobody writes to: do not wait for it.
    let mut options = OpenOptions::new();
    let file = match options.read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&found.path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let meta = file.metadata()?;
    Ok((meta.is_file() && FileId::of(&meta) == found.id).then_some(file))
}

/// What a look at a file says of the one that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It is the same, as far as can be told.
    Intact,
    /// It was cut, or is another.
    Changed,
}

/// A file of the log.
#[derive(Debug)]
pub(super) struct Followed {
    /// What the ledger says of it.
    pub(super) known: Known,
    /// Its name when it was opened.
    pub(super) path: PathBuf,
    /// Open as long as there is something to be read or to be acknowledged.
    handle: Option<File>,
    /// The bytes that `known.prefix` is of, while it is open.
    head: Vec<u8>,
    /// Everything before this was given.
    pub(super) read: u64,
    /// There is no line feed between `read` and this.
    pub(super) scanned: u64,
    /// Something was written to a later file: nobody writes to this one any more.
    pub(super) succeeded: bool,
    /// That it is gone was said.
    pub(super) told: bool,
    /// Length of the prefix in the ledger on disk; nothing where the file is not in it.
    pub(super) recorded: Option<usize>,
    /// When the file that has its inode was last seen to be this one.
    checked: Option<Stamp>,
}

impl Followed {
    /// A file that the ledger knows.
    pub(super) fn from_ledger(known: Known) -> Self {
        Self {
            read: known.acknowledged,
            recorded: Some(known.prefix.length),
            path: PathBuf::new(),
            handle: None,
            head: Vec::new(),
            scanned: 0,
            succeeded: false,
            told: false,
            checked: None,
            known,
        }
    }

    /// A file that was never seen before, of which nothing is wanted before `begin`.
    pub(super) fn new(generation: Generation, found: &Found, file: File, begin: u64) -> Self {
        let prefix = Prefix::of(&[]);
        let known = Known { generation, file: Some(found.id), prefix, acknowledged: begin, end: None };
        let path = found.path.clone();
        Self { handle: Some(file), path, recorded: None, ..Self::from_ledger(known) }
    }

    pub(super) fn generation(&self) -> Generation {
        self.known.generation
    }

    pub(super) fn handle(&self) -> Option<&File> {
        self.handle.as_ref()
    }

    /// Whether nothing is to be read of it for now.
    pub(super) fn is_exhausted(&self) -> bool {
        self.told || self.known.is_finished() || self.known.end == Some(self.read)
    }

    /// Whether it has, or had, anything in it.
    pub(super) fn has_content(&self) -> io::Result<bool> {
        let seen = self.read > 0 || self.known.prefix.length > 0 || self.known.end.is_some_and(|end| end > 0);
        Ok(seen || self.size()? > 0)
    }

    /// How long it is; 0 when it is not open.
    pub(super) fn size(&self) -> io::Result<u64> {
        self.handle.as_ref().map_or(Ok(0), |file| Ok(file.metadata()?.len()))
    }

    /// When it was written last; nothing when it is not open.
    pub(super) fn modified(&self) -> io::Result<Option<(i64, i64)>> {
        let meta = self.handle.as_ref().map(File::metadata).transpose()?;
        Ok(meta.map(|meta| (meta.mtime(), meta.mtime_nsec())))
    }

    /// How much of it there is that was not given.
    pub(super) fn waiting(&self) -> io::Result<u64> {
        if self.handle.is_none() || self.is_exhausted() {
            return Ok(0);
        }
        Ok(self.known.end.map_or_else(|| self.size(), Ok)?.saturating_sub(self.read))
    }

    /// How much of it there is, read or not, that is not acknowledged.
    pub(super) fn unacknowledged(&self) -> io::Result<u64> {
        let end = match self.known.end {
            Some(end) => end,
            None => self.size()?.max(self.read),
        };
        Ok(end.saturating_sub(self.known.acknowledged))
    }

    /// Looks whether the open file is still the one that it was, and makes its prefix longer where
    /// it can: by whole lines only, because who writes a log may cut off what it wrote of a line.
    /// All before `given` is whole lines.
    pub(super) fn look(&mut self, given: u64) -> io::Result<Health> {
        let Some(file) = &self.handle else { return Ok(Health::Intact) };
        // A last line without line feed counts one byte more than there is.
        let least = if self.known.end.is_some() { given.saturating_sub(1) } else { given };
        if file.metadata()?.len() < least {
            return Ok(Health::Changed);
        }
        let mut space = [0; PREFIX];
        let length = read_at(file, &mut space, 0)?;
        let head = space.get(..length).unwrap_or_default();
        if !head.starts_with(&self.head) {
            return Ok(Health::Changed);
        }
        let whole = memrchr(b'\n', head).map_or(0, |feed| feed + 1);
        let given = usize::try_from(given).unwrap_or(usize::MAX).min(head.len());
        let head = head.get(..whole.max(given)).unwrap_or_default();
        if head.len() > self.head.len() {
            self.known.prefix = Prefix::of(head);
            self.head = head.to_vec();
        }
        Ok(Health::Intact)
    }

    /// Whether what was found is this file; then it is open, unless it is finished.
    pub(super) fn is(&mut self, found: &Found) -> io::Result<bool> {
        // A file that never had anything in it cannot be told from another that got its inode.
        let is_nothing = self.known.prefix.length == 0 && self.known.is_finished();
        if self.known.file != Some(found.id) || is_nothing {
            return Ok(false);
        }
        if self.handle.is_some() || self.checked == Some(found.stamp) {
            return Ok(true);
        }
        let Some(file) = open(found)? else { return Ok(false) };
        let head = head_of(&file)?;
        if !self.fits(&head, found.size) {
            self.lose();
            return Ok(false);
        }
        if self.known.is_finished() {
            self.checked = Some(found.stamp);
        } else {
            self.take(found, file, &head);
        }
        Ok(true)
    }

    /// Whether what was found begins like this file; then it is open.
    pub(super) fn is_copied_as(&mut self, found: &Found) -> io::Result<bool> {
        let Some(file) = open(found)? else { return Ok(false) };
        let head = head_of(&file)?;
        let is_it = self.known.prefix.length > 0 && self.fits(&head, found.size);
        if is_it {
            self.take(found, file, &head);
        }
        Ok(is_it)
    }

    /// Whether a file of `size` bytes that begins with `head` may be this one, under another name,
    /// inode or device.
    pub(super) fn fits(&self, head: &[u8], size: u64) -> bool {
        let least = if self.known.end.is_some() { self.read.saturating_sub(1) } else { self.read };
        size >= least && self.known.prefix.fits(head)
    }

    /// From now on this file is what was found and opened, and begins with `head`.
    pub(super) fn take(&mut self, found: &Found, file: File, head: &[u8]) {
        self.known.file = Some(found.id);
        self.path.clone_from(&found.path);
        self.head = head.get(..self.known.prefix.length).unwrap_or_default().to_vec();
        self.handle = Some(file);
        self.checked = None;
    }

    /// What has its name or inode is not this file any more.
    pub(super) fn lose(&mut self) {
        self.known.file = None;
        self.close();
    }

    /// Nothing more is wanted of it.
    pub(super) fn close(&mut self) {
        self.handle = None;
        self.head = Vec::new();
        self.checked = None;
    }

    /// Goes on at `offset`, which the receiver has everything before.
    pub(super) fn go_to(&mut self, offset: u64) {
        self.known.acknowledged = offset;
        self.read = offset;
        self.scanned = 0;
        self.told = false;
        self.checked = None;
    }

    /// Everything before `offset` is acknowledged; closes it where that is all.
    pub(super) fn acknowledge(&mut self, offset: u64) {
        self.known.acknowledged = self.known.acknowledged.max(offset);
        self.settle();
    }

    /// Nothing will come behind `end`; closes it where all of it is acknowledged.
    pub(super) fn end_at(&mut self, end: u64) {
        self.known.end = Some(end);
        self.settle();
    }

    fn settle(&mut self) {
        if self.known.is_finished() {
            self.close();
        }
    }
}
