//! The file, its folder and its lock: for nobody else's eyes, and for one who writes.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::RecordError;

/// Rights of the folder.
const FOLDER: u32 = 0o700;
/// Rights of the file; the database gives those beside it the same.
pub(crate) const FILE: u32 = 0o600;
/// Rights by which others could put a file of theirs in its place.
const WRITE_OF_OTHERS: u32 = 0o022;

/// Makes the file if it is not there, in a folder that is made if it is not there, and answers with
/// its absolute path.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, RecordError> {
    let path = prepare_folder(path)?;
    create(&path).map_err(failed(&path))?;
    Ok(path)
}

/// Makes the folder of the file if it is not there, and answers with the absolute path of the file.
pub(crate) fn prepare_folder(path: &Path) -> Result<PathBuf, RecordError> {
    let path = std::path::absolute(path).map_err(failed(path))?;
    let folder = folder_of(&path);
    DirBuilder::new().recursive(true).mode(FOLDER).create(folder).map_err(failed(&path))?;
    if fs::metadata(folder).map_err(failed(&path))?.mode() & WRITE_OF_OTHERS != 0 {
        return Err(RecordError::OpenFolder(folder.to_owned()));
    }
    Ok(path)
}

/// The folder that an absolute path of a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// The file beside `path` whose name has `suffix` behind it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Says of which file the system refused something.
pub(crate) fn failed(path: &Path) -> impl Fn(io::Error) -> RecordError {
    move |source| RecordError::File { path: path.to_owned(), source }
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

/// That nobody else writes the record, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the record at `path`, in a folder that is there.
    pub(crate) fn take(path: &Path) -> Result<Self, RecordError> {
        let path = beside(path, ".lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(FILE);
        let mut file = options.open(&path).map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(failed(&path)(source)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.take(20).read_to_string(&mut holder).map_err(failed(&path))?;
                return Err(RecordError::Held { holder, path });
            }
        }
        let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        written.map_err(failed(&path))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/record.db");
        assert_eq!(prepare(&path).unwrap(), path);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        prepare(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_others_may_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o720)).unwrap();
        let refused = prepare(&folder.path().join("record.db"));
        assert!(matches!(refused, Err(RecordError::OpenFolder(_))), "{refused:?}");
    }

    #[test]
    fn a_second_writer_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.db");
        let first = Lock::take(&path).unwrap();
        let Err(RecordError::Held { holder, .. }) = Lock::take(&path) else { panic!("taken twice") };
        assert_eq!(holder, std::process::id().to_string());
        drop(first);
        Lock::take(&path).unwrap();
    }
}
