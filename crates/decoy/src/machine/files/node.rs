//! What the file system says of one file.

use crate::machine::clock::Time;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character device.
    Character,
    /// A block device.
    Block,
}

impl Kind {
    /// The bits of `st_mode`.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Fifo => 0o010_000,
            Self::Character => 0o020_000,
            Self::Directory => 0o040_000,
            Self::Block => 0o060_000,
            Self::File => 0o100_000,
            Self::Symlink => 0o120_000,
            Self::Socket => 0o140_000,
        }
    }
}

/// What `stat` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Permission bits with set-uid, set-gid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes.
    pub size: u64,
    /// Number of the file in its file system.
    pub inode: u64,
    /// Number of names.
    pub links: u64,
    /// Major and minor number of the file system's device.
    pub device: (u32, u32),
    /// Major and minor number, for devices.
    pub special: (u32, u32),
    /// Last read.
    pub accessed: Time,
    /// Last change of the content.
    pub modified: Time,
    /// Last change of content or attributes.
    pub changed: Time,
    /// Creation.
    pub created: Time,
    /// What it occupies, in blocks of 512 bytes.
    pub blocks: u64,
}

impl Metadata {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// `st_mode`: kind and permissions.
    pub const fn st_mode(&self) -> u32 {
        self.kind.bits() | self.mode
    }
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Number of the file.
    pub inode: u64,
}

/// What a file holds that a visitor wrote: at most [`crate::caps::MACHINE_BYTES_PER_FILE`] bytes
/// are kept, and what was only zeros at the end takes no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Body {
    bytes: Vec<u8>,
    size: u64,
}

impl Body {
    /// Exactly these bytes, cut at the bound.
    pub(in crate::machine) fn new(mut bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        bytes.truncate(crate::caps::MACHINE_BYTES_PER_FILE);
        Self { bytes, size }
    }

    /// Its length, kept or not.
    pub(in crate::machine) const fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of memory.
    pub(in crate::machine) const fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// At most `length` bytes from `offset` on; what is not kept is zeros.
    pub(in crate::machine) fn read_at(&self, offset: u64, length: usize) -> Vec<u8> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = left.min(length);
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.bytes.len());
        let end = start.saturating_add(length).min(self.bytes.len());
        let mut out = self.bytes.get(start..end).unwrap_or_default().to_vec();
        out.resize(length, 0);
        out
    }

    /// Puts `data` at `offset`. `room` is what memory may still grow by; beyond it bytes count
    /// but are not kept.
    pub(in crate::machine) fn write_at(&mut self, offset: u64, data: &[u8], room: usize) {
        let end = offset.saturating_add(data.len() as u64);
        let most = self.bytes.len().saturating_add(room).min(crate::caps::MACHINE_BYTES_PER_FILE);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let zeros = start >= self.bytes.len() && data.iter().all(|b| *b == 0);
        if start < most && !zeros {
            let stop = start.saturating_add(data.len()).min(most);
            if self.bytes.len() < stop {
                self.bytes.resize(stop, 0);
            }
            if let (Some(target), Some(data)) = (self.bytes.get_mut(start..stop), data.get(..stop - start)) {
                target.copy_from_slice(data);
            }
        }
        self.size = self.size.max(end);
    }

    /// Makes it `size` bytes long.
    pub(in crate::machine) fn truncate(&mut self, size: u64) {
        self.bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        self.bytes.shrink_to_fit();
        self.size = size;
    }
}
