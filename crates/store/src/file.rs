//! The file and its folder: there before the database, and for nobody else's eyes.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::StoreError;

/// Rights of the folder.
const FOLDER: u32 = 0o700;
/// Rights of the file; the database gives those beside it the same.
const FILE: u32 = 0o600;
/// Rights by which others could put a file of theirs in its place.
const WRITE_OF_OTHERS: u32 = 0o022;

/// Makes the file if it is not there, in a folder that is made if it is not there, and answers with
/// its absolute path.
///
/// # Errors
/// [`StoreError::File`], [`StoreError::OpenFolder`] when others may write the folder,
/// [`StoreError::Path`].
pub(crate) fn prepare(path: &Path) -> Result<String, StoreError> {
    let failed = |source| StoreError::File { path: path.to_owned(), source };
    let path = std::path::absolute(path).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    DirBuilder::new().recursive(true).mode(FOLDER).create(folder).map_err(failed)?;
    if fs::metadata(folder).map_err(failed)?.mode() & WRITE_OF_OTHERS != 0 {
        return Err(StoreError::OpenFolder(folder.to_owned()));
    }
    create(&path).map_err(failed)?;
    text(path)
}

/// A file that is there is never opened here: to close it would end the locks that this process
/// holds on it as a database.
fn create(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE).open(path) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => narrow(path),
        Err(error) => Err(error),
    }
}

/// Takes from others what they may do with the file.
fn narrow(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.mode() & 0o777;
    if mode & !FILE == 0 { Ok(()) } else { fs::set_permissions(path, Permissions::from_mode(mode & FILE)) }
}

/// The path as the database takes it; absolute, so that it is never read as a URI.
pub(crate) fn text(path: PathBuf) -> Result<String, StoreError> {
    path.into_os_string().into_string().map_err(|path| StoreError::Path(path.into()))
}
