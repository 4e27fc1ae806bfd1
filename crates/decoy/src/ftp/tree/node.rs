//! One entry of the played file system.

use std::sync::Arc;

use super::{archive, noise::Noise};
use crate::ftp::stamp::Seconds;

/// A user with its own group; ProFTPD shows both under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ftp) struct Owner {
    /// The number.
    pub(in crate::ftp) id: u32,
    /// The number of the group.
    pub(in crate::ftp) group: u32,
    /// The name that the number has on the machine.
    pub(in crate::ftp) name: Arc<str>,
}

/// A file or directory.
#[derive(Clone, Debug)]
pub(in crate::ftp) struct Node {
    /// Who owns it.
    pub(in crate::ftp) owner: Owner,
    /// Permission bits.
    pub(in crate::ftp) mode: u16,
    /// When its content changed last.
    pub(in crate::ftp) modified: Seconds,
    /// What it is.
    pub(in crate::ftp) kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(in crate::ftp) enum NodeKind {
    /// A directory.
    Directory,
    /// A file.
    File(Content),
}

/// What a file holds.
#[derive(Clone, Debug)]
pub(in crate::ftp) enum Content {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// A compressed archive of these files.
    Archive(Arc<[archive::Entry]>),
    /// Bytes that look encrypted.
    Noise(Noise),
    /// An uploaded file that went out as an artifact and is not here any more.
    Gone(u64),
}

impl Content {
    /// A text.
    pub(super) fn text(text: String) -> Self {
        Self::Bytes(text.into_bytes().into())
    }

    /// Nothing.
    pub(in crate::ftp) fn empty() -> Self {
        Self::Bytes(Arc::new([]))
    }

    /// Size in bytes.
    pub(in crate::ftp) fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Archive(entries) => archive::size(entries),
            Self::Noise(noise) => noise.size,
            Self::Gone(size) => *size,
        }
    }

    /// Bytes of memory that reading it takes.
    pub(in crate::ftp) fn cost(&self) -> usize {
        match self {
            Self::Archive(entries) => usize::try_from(archive::size(entries)).unwrap_or(usize::MAX),
            Self::Bytes(_) | Self::Noise(_) | Self::Gone(_) => 0,
        }
    }

    /// Makes it ready to be read; `None` when it is not here.
    pub(in crate::ftp) fn open(&self) -> Option<Reader> {
        match self {
            Self::Bytes(bytes) => Some(Reader::Bytes(Arc::clone(bytes))),
            Self::Archive(entries) => Some(Reader::Bytes(archive::build(entries).into())),
            Self::Noise(noise) => Some(Reader::Noise(*noise)),
            Self::Gone(_) => None,
        }
    }
}

/// The bytes of an open file.
#[derive(Clone, Debug)]
pub(in crate::ftp) enum Reader {
    /// All there.
    Bytes(Arc<[u8]>),
    /// Made as they are read.
    Noise(Noise),
}

impl Reader {
    /// At most `most` bytes from `offset`; none at the end.
    pub(in crate::ftp) fn read(&self, offset: u64, most: usize) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let to = from.saturating_add(most).min(bytes.len());
                bytes.get(from..to).unwrap_or_default().to_vec()
            }
            Self::Noise(noise) => noise.read(offset, most),
        }
    }
}

impl Node {
    /// A directory.
    pub(in crate::ftp) fn directory(owner: &Owner, mode: u16, modified: Seconds) -> Self {
        Self { owner: owner.clone(), mode, modified, kind: NodeKind::Directory }
    }

    /// A file.
    pub(in crate::ftp) fn file(owner: &Owner, mode: u16, modified: Seconds, content: Content) -> Self {
        Self { owner: owner.clone(), mode, modified, kind: NodeKind::File(content) }
    }

    /// Whether it is a directory.
    pub(in crate::ftp) fn is_directory(&self) -> bool {
        matches!(self.kind, NodeKind::Directory)
    }

    /// Content of a file, `None` of a directory.
    pub(in crate::ftp) fn content(&self) -> Option<&Content> {
        match &self.kind {
            NodeKind::Directory => None,
            NodeKind::File(content) => Some(content),
        }
    }

    /// Size as `stat` tells it.
    pub(in crate::ftp) fn size(&self) -> u64 {
        self.content().map_or(4_096, Content::size)
    }

    /// `drwxr-xr-x`.
    pub(in crate::ftp) fn permissions(&self) -> String {
        let bit = |shift: u16, letter: char| if self.mode >> shift & 1 == 1 { letter } else { '-' };
        let mut out = String::from(if self.is_directory() { "d" } else { "-" });
        for class in [6, 3, 0] {
            out.extend([bit(class + 2, 'r'), bit(class + 1, 'w'), bit(class, 'x')]);
        }
        if self.mode & 0o1000 != 0 {
            out.pop();
            out.push(if self.mode & 1 == 1 { 't' } else { 'T' });
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mode: u16, expect: &str) {
        let owner = Owner { id: 0, group: 0, name: "root".into() };
        assert_eq!(Node::directory(&owner, mode, 0).permissions(), expect);
    }

    #[test]
    fn permissions_read_as_ls_prints_them() {
        check(0o755, "drwxr-xr-x");
        check(0o1777, "drwxrwxrwt");
        check(0o1770, "drwxrwx--T");
        check(0o600, "drw-------");
    }
}
