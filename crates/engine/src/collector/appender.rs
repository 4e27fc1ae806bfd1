//! A file that only grows, whose name others may take away.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Mode of every file that the collector makes.
pub(super) const FILE_MODE: u32 = 0o640;

/// A place in a file, whatever its name is by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The name it was opened by.
    pub(super) path: PathBuf,
    /// Device that it is on.
    pub(super) device: u64,
    /// Its inode there.
    pub(super) inode: u64,
    /// Bytes written; everything before it is durable.
    pub(super) offset: u64,
    /// How many files of that name came before it.
    pub(super) generation: u64,
}

impl Mark {
    /// Whether the file that has its name now is the marked one.
    pub(super) fn is_in_place(&self) -> io::Result<bool> {
        match std::fs::metadata(&self.path) {
            Ok(meta) => Ok((meta.dev(), meta.ino()) == (self.device, self.inode)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The generation of the file that will be written under its name.
    pub(super) fn next_generation(&self) -> io::Result<u64> {
        Ok(if self.is_in_place()? { self.generation } else { self.generation + 1 })
    }
}

/// The end of a file that is open for appending.
#[derive(Debug)]
pub(super) struct Appender {
    file: File,
    mark: Mark,
    /// Whether something was written since the last [`Appender::sync`].
    dirty: bool,
}

/// What others did to a file while it was open.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meddling {
    /// Nothing.
    None,
    /// It was renamed or removed: its name is free, or another file's.
    Moved,
    /// It was cut, as `copytruncate` does, or somebody else wrote to it.
    Resized(u64),
}

impl Appender {
    /// Opens the file, making it and its directory where they are missing.
    pub(super) fn open(path: &Path, generation: u64) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path)?;
        let meta = file.metadata()?;
        let mark = Mark {
            path: path.to_owned(),
            device: meta.dev(),
            inode: meta.ino(),
            offset: meta.len(),
            generation,
        };
        Ok(Self { file, mark, dirty: true })
    }

    pub(super) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Appends what is left of `bytes` after `done`, which it moves on: an attempt that
    /// failed half-way can be repeated.
    pub(super) fn append(&mut self, bytes: &[u8], done: &mut usize) -> io::Result<()> {
        while let Some(rest) = bytes.get(*done..).filter(|rest| !rest.is_empty()) {
            let written = match self.file.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.dirty = true;
            *done += written;
            self.mark.offset += written as u64;
        }
        Ok(())
    }

    /// Makes durable what was written.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.dirty {
            self.file.sync_data()?;
            self.dirty = false;
        }
        Ok(())
    }

    /// Looks whether the file still has its name and its size.
    pub(super) fn meddling(&self) -> io::Result<Meddling> {
        let named = self.mark.is_in_place()?;
        let size = self.file.metadata()?.len();
        Ok(match (named, size == self.mark.offset) {
            (false, _) => Meddling::Moved,
            (true, false) => Meddling::Resized(size),
            (true, true) => Meddling::None,
        })
    }

    /// Goes on at `size`, where others left the end of the file.
    pub(super) fn resize(&mut self, size: u64) {
        self.mark.offset = size;
        self.mark.generation += 1;
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
