//! What is done to files, and can fail.

use std::{
    fs::{File, OpenOptions},
    io::{self, IoSlice, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Mode of every file that is made here.
pub(crate) const FILE_MODE: u32 = 0o640;

/// Everything that changes a file of the receiving side. The files are real; tests stand between,
/// to fail, to do half, and to die.
pub trait Medium {
    /// An empty file of that name, open for appending and reading; what was there is gone.
    ///
    /// # Errors
    /// What the system says.
    fn create(&mut self, path: &Path) -> io::Result<File>;

    /// Appends all of `parts`. After an error, any beginning of them may stand there.
    ///
    /// # Errors
    /// What the system says.
    fn append(&mut self, file: &File, parts: &mut [IoSlice<'_>]) -> io::Result<()>;

    /// Makes durable what was written to the file, and its length.
    ///
    /// # Errors
    /// What the system says; nothing is known then of what is durable.
    fn sync(&mut self, file: &File) -> io::Result<()>;

    /// Takes off everything behind the first `length` bytes.
    ///
    /// # Errors
    /// What the system says.
    fn cut(&mut self, file: &File, length: u64) -> io::Result<()>;

    /// Gives `new` the name `name`, in place of what had it.
    ///
    /// # Errors
    /// What the system says.
    fn replace(&mut self, new: &Path, name: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()>;
}

/// The file system as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Medium for Disk {
    fn create(&mut self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        // Appending and truncating exclude each other at opening.
        let file = options.create(true).append(true).read(true).mode(FILE_MODE).open(path)?;
        file.set_len(0)?;
        Ok(file)
    }

    fn append(&mut self, mut file: &File, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        IoSlice::advance_slices(&mut parts, 0);
        while !parts.is_empty() {
            match file.write_vectored(parts) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut parts, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn cut(&mut self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn replace(&mut self, new: &Path, name: &Path) -> io::Result<()> {
        std::fs::rename(new, name)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// Replaces a small file: after a crash at any moment there is the old one or the new one.
pub(crate) fn write_atomically(medium: &mut impl Medium, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let file = medium.create(&new)?;
    medium.append(&file, &mut [IoSlice::new(bytes)])?;
    medium.sync(&file)?;
    medium.replace(&new, path)?;
    medium.sync_folder(folder_of(path))
}

/// The folder that has a name; that of a plain name is the present one.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether the disk is full, or what this user may have of it.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
