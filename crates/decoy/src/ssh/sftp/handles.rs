//! What a client has open.

use super::listing::Listing;
use crate::{
    artifact::ArtifactWriter,
    caps,
    conn::Witness,
    machine::{Files, Handle},
};

/// A file that is open.
#[derive(Debug)]
pub(super) struct OpenFile {
    /// The path as the client gave it.
    pub(super) path: Vec<u8>,
    pub(super) handle: Handle,
    pub(super) appends: bool,
    /// What is kept of what it brings.
    pub(super) upload: Option<Upload>,
}

/// Something open.
#[derive(Debug)]
pub(super) enum Opened {
    File(Box<OpenFile>),
    /// A directory that was opened as a file is.
    Folder(Vec<u8>),
    Directory(Box<Listing>),
}

/// What is open, by number. The lowest number that was freed last is given out first.
#[derive(Debug, Default)]
pub(super) struct Handles {
    slots: Vec<Option<Opened>>,
    free: Vec<usize>,
}

impl Handles {
    /// Gives something a number, unless too much is open.
    pub(super) fn add(&mut self, opened: Opened) -> Option<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None if self.slots.len() < caps::SFTP_HANDLES => {
                self.slots.push(None);
                self.slots.len() - 1
            }
            None => return None,
        };
        *self.slots.get_mut(number)? = Some(opened);
        u32::try_from(number).ok()
    }

    /// Whether there is a number left.
    pub(super) fn has_room(&self) -> bool {
        !self.free.is_empty() || self.slots.len() < caps::SFTP_HANDLES
    }

    pub(super) fn file(&mut self, handle: &[u8]) -> Option<&mut OpenFile> {
        match self.slots.get_mut(number(handle)?)? {
            Some(Opened::File(file)) => Some(file),
            _ => None,
        }
    }

    /// The path of what was opened as a file.
    pub(super) fn path(&self, handle: &[u8]) -> Option<Vec<u8>> {
        match self.slots.get(number(handle)?)? {
            Some(Opened::File(file)) => Some(file.handle.path().to_vec()),
            Some(Opened::Folder(path)) => Some(path.clone()),
            _ => None,
        }
    }

    pub(super) fn directory(&mut self, handle: &[u8]) -> Option<&mut Listing> {
        match self.slots.get_mut(number(handle)?)? {
            Some(Opened::Directory(listing)) => Some(listing),
            _ => None,
        }
    }

    pub(super) fn close(&mut self, handle: &[u8]) -> Option<Opened> {
        let number = number(handle)?;
        let opened = self.slots.get_mut(number)?.take()?;
        self.free.push(number);
        Some(opened)
    }
}

/// The number that a handle is.
fn number(handle: &[u8]) -> Option<usize> {
    let number = u32::from_be_bytes(handle.try_into().ok()?);
    usize::try_from(number).ok()
}

/// Keeps what a client writes into a file. Clients write from the beginning to the end; when one
/// does not, what the file came to is kept once more when it is closed.
#[derive(Debug)]
pub(super) struct Upload {
    writer: Option<ArtifactWriter>,
    /// Where the next piece is expected.
    next: u64,
    scattered: bool,
}

impl Upload {
    /// Nothing was written yet.
    pub(super) const fn new() -> Self {
        Self { writer: None, next: 0, scattered: false }
    }

    /// Takes a piece.
    pub(super) async fn write(&mut self, witness: &Witness, path: &[u8], offset: u64, data: &[u8]) {
        if offset != self.next {
            self.scattered = true;
        }
        if self.scattered || data.is_empty() {
            return;
        }
        let writer = self.writer.get_or_insert_with(|| witness.artifact(path, "upload"));
        writer.write(data).await;
        self.next = self.next.saturating_add(data.len() as u64);
    }

    /// The file is closed.
    pub(super) async fn finish(self, witness: &Witness, file: &OpenFile, files: &Files) {
        const PIECE: usize = 32 * 1024;
        if let Some(writer) = self.writer {
            writer.finish();
        }
        if !self.scattered {
            return;
        }
        let mut whole = witness.artifact(&file.path, "upload");
        let mut offset = 0;
        while offset < caps::ARTIFACT {
            match files.read_at(file.handle.path(), offset, PIECE) {
                Ok(piece) if !piece.is_empty() => {
                    whole.write(&piece).await;
                    offset += piece.len() as u64;
                }
                _ => break,
            }
        }
        whole.finish();
    }
}
