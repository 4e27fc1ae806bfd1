//! One of the files: it only grows, and others may take its name away.

use std::{
    fs::{File, OpenOptions},
    io::{self, IoSlice},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::saved::FileMark;
use crate::medium::{FILE_MODE, Medium, folder_of};

/// A buffer that once had to be larger is given back.
const BUFFER: usize = 1 << 20;

/// What others did to a file while it was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// Its name is free, or another file's.
    Moved,
    /// It was cut, or written to.
    Resized(u64),
}

/// The end of a file, and what goes there next.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    file: File,
    mark: FileMark,
    pending: Vec<u8>,
}

impl Output {
    /// Opens a file at its end, making it where it is missing.
    pub(super) fn open(medium: &mut impl Medium, path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(FILE_MODE).open(path)?;
        medium.sync_folder(folder_of(path))?;
        let mark = FileMark::of(&file.metadata()?);
        Ok(Self { path: path.to_owned(), file, mark, pending: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Which file it is, and its length without what is pending.
    pub(super) fn mark(&self) -> FileMark {
        self.mark.clone()
    }

    /// Bytes that are to be written.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Adds to what is to be written.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// What is to be written, to add to it.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Writes what is pending. After an error it goes on behind what was written all the same:
    /// whoever reads the file never sees it shrink.
    pub(super) fn flush(&mut self, medium: &mut impl Medium) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let done = medium.append(&self.file, &mut [IoSlice::new(&self.pending)]);
        let written = match done {
            Ok(()) => self.pending.len(),
            Err(_) => self.written()?,
        };
        self.pending.drain(..written);
        self.mark.length += written as u64;
        self.pending.shrink_to(BUFFER);
        done
    }

    /// How much of what is pending an attempt wrote that failed.
    fn written(&self) -> io::Result<usize> {
        let more = self.file.metadata()?.len().saturating_sub(self.mark.length);
        // More than we have was written by somebody else.
        let written = usize::try_from(more).ok().filter(|more| *more <= self.pending.len());
        Ok(written.unwrap_or_default())
    }

    pub(super) fn sync(&self, medium: &mut impl Medium) -> io::Result<()> {
        medium.sync(&self.file)
    }

    /// Goes back to an earlier length, with nothing pending.
    pub(super) fn cut(&mut self, medium: &mut impl Medium, length: u64) -> io::Result<()> {
        self.pending.clear();
        cut(medium, &self.file, length)?;
        self.mark.length = self.file.metadata()?.len();
        Ok(())
    }

    /// Goes on at `length`, where others left the end of the file.
    pub(super) fn resize(&mut self, length: u64) {
        self.mark.length = length;
    }

    /// Looks whether the file still has its name and its length.
    pub(super) fn change(&self) -> io::Result<Change> {
        match std::fs::metadata(&self.path) {
            Ok(meta) if FileMark::of(&meta).is_same_file(&self.mark) => {
                let length = meta.len();
                Ok(if length == self.mark.length { Change::None } else { Change::Resized(length) })
            }
            Ok(_) => Ok(Change::Moved),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Change::Moved),
            Err(error) => Err(error),
        }
    }
}

/// The name that the marked file has now; it was `path`.
pub(super) fn find(path: &Path, mark: &FileMark) -> io::Result<Option<PathBuf>> {
    let is_it = |meta: &std::fs::Metadata| meta.is_file() && FileMark::of(meta).is_same_file(mark);
    match std::fs::metadata(path) {
        Ok(meta) if is_it(&meta) => return Ok(Some(path.to_owned())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for entry in std::fs::read_dir(folder_of(path))? {
        let entry = entry?;
        // A file that is removed meanwhile is not the one.
        if entry.metadata().is_ok_and(|meta| is_it(&meta)) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Cuts a file that is not open.
pub(super) fn cut_named(medium: &mut impl Medium, path: &Path, length: u64) -> io::Result<()> {
    let file = OpenOptions::new().append(true).open(path)?;
    cut(medium, &file, length)?;
    medium.sync(&file)
}

/// Takes off what is behind `length`; a shorter file, which others cut, stays as it is.
fn cut(medium: &mut impl Medium, file: &File, length: u64) -> io::Result<()> {
    if file.metadata()?.len() > length { medium.cut(file, length) } else { Ok(()) }
}

impl FileMark {
    /// The mark at the end of a file.
    pub(super) fn of(meta: &std::fs::Metadata) -> Self {
        Self { device: meta.dev(), inode: meta.ino(), length: meta.len() }
    }
}
