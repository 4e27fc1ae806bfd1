//! Files that are whole or absent, and of nobody else's business from birth.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use ring::rand::{SecureRandom as _, SystemRandom};

/// Mode of what nobody else may read.
pub(crate) const SECRET: u32 = 0o600;

/// Mode of what everybody may.
pub(crate) const PUBLIC: u32 = 0o644;

/// Largest file of a key or a certificate, in bytes.
pub(crate) const SMALL: u64 = 64 * 1024;

/// Largest other file, in bytes.
pub(crate) const LARGE: u64 = 1024 * 1024;

/// Prefix of files that are being written; what is left of them after a crash is rubbish.
const UNFINISHED: &str = ".unfinished-";

/// Makes a folder, and those above it, for its owner alone; one that is there is left as it is.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Refuses a file or folder to which others have a right of `bits`.
pub(crate) fn refuse_others(metadata: &Metadata, bits: u32) -> io::Result<()> {
    let mode = metadata.mode() & 0o777;
    if mode & bits != 0 {
        let text = format!("others have rights to it (mode {mode:03o}): `chmod go-rwx` it");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(())
}

/// The content of a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<String> {
    read_open(File::open(path)?, limit)
}

/// The content of a file that nobody else may read.
pub(crate) fn read_secret(path: &Path, limit: u64) -> io::Result<String> {
    let file = File::open(path)?;
    refuse_others(&file.metadata()?, 0o077)?;
    read_open(file, limit)
}

fn read_open(file: File, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    file.take(limit + 1).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {limit} bytes")));
    }
    Ok(text)
}

/// A file's content, or nothing where there is none.
pub(crate) fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file that must not be there yet; it appears whole, with `mode`, and durable.
pub(crate) fn create(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    let unfinished = write_unfinished(path, content, mode)?;
    // Unlike a rename, a link never takes the place of a file.
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    linked?;
    sync_folder_of(path)
}

/// Puts a file in the place of one that may be there; at every moment there is one of the two,
/// whole.
pub(crate) fn replace(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    let unfinished = write_unfinished(path, content, mode)?;
    if let Err(error) = fs::rename(&unfinished, path) {
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Gives a file another name, durably.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder_of(to)
}

/// Removes a file that may not be there, durably.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if if_there(fs::remove_file(path))?.is_some() {
        sync_folder_of(path)?;
    }
    Ok(())
}

fn write_unfinished(path: &Path, content: &str, mode: u32) -> io::Result<PathBuf> {
    let mut salt = [0; 8];
    SystemRandom::new().fill(&mut salt).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let salted = path.with_file_name(format!("{UNFINISHED}{name}-{:016x}", u64::from_le_bytes(salt)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&salted)?;
    let written = file.write_all(content.as_bytes()).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(&salted);
        return Err(error);
    }
    Ok(salted)
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")))?.sync_all()
}

/// Removes what crashes left unfinished. Only for who has the folder's lock.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_whole_and_secret_from_birth() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.key");
        create(&path, "one", SECRET).unwrap();
        assert_eq!(create(&path, "two", SECRET).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read_secret(&path, SMALL).unwrap(), "one");
        replace(&path, "three", SECRET).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read(&path, 5).unwrap(), "three");
        assert_eq!(read(&path, 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.key");
        create(&path, "one", PUBLIC).unwrap();
        assert_eq!(read_secret(&path, SMALL).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read_secret(&path, SMALL).is_ok());
    }

    #[test]
    fn what_a_crash_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        write_unfinished(&dir.path().join("a"), "half", SECRET).unwrap();
        create(&dir.path().join("b"), "whole", PUBLIC).unwrap();
        sweep(dir.path()).unwrap();
        let names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["b"]);
    }
}
