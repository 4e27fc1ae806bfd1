//! What is done to files, and can fail: the disk, or a test's model of one that loses what was not
//! synchronised.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use nix::sys::statvfs::statvfs;
use thiserror::Error;

/// Mode of folders.
const FOLDER: u32 = 0o755;

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link or anything else.
    Other,
}

/// What reads files. Links on the way are followed.
pub trait Look {
    /// The content of a file.
    ///
    /// # Errors
    /// What the system says.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + '_>>;

    /// Names and kinds of what is in a folder; names that are no UTF-8 are left out, because none of
    /// ours is such.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Kind)>>;

    /// Where a link points.
    ///
    /// # Errors
    /// What the system says.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;

    /// Bytes that may still be written below a folder.
    ///
    /// # Errors
    /// What the system says.
    fn room(&self, folder: &Path) -> io::Result<u64>;
}

/// What changes files. Nothing is durable before [`Self::sync`].
pub trait Medium: Look {
    /// Makes a file, which must not be there, with these mode bits whatever the umask is, and all of
    /// this content.
    ///
    /// # Errors
    /// What the system or the content says; then a part of it may stand there.
    fn write(&mut self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<()>;

    /// Makes a folder; one that is there is fine.
    ///
    /// # Errors
    /// What the system says.
    fn make_folder(&mut self, path: &Path) -> io::Result<()>;

    /// Makes a link, which must not be there.
    ///
    /// # Errors
    /// What the system says.
    fn link(&mut self, target: &Path, path: &Path) -> io::Result<()>;

    /// Gives a file, link or folder another name, in place of a file or link that had it.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, a link, or a folder with everything in it. That it is not there is fine.
    ///
    /// # Errors
    /// What the system says; then a part of it may be gone.
    fn remove(&mut self, path: &Path) -> io::Result<()>;

    /// Makes durable: of a file its content, of a folder the names in it.
    ///
    /// # Errors
    /// What the system says; nothing is known then of what is durable.
    fn sync(&mut self, path: &Path) -> io::Result<()>;
}

/// A file, folder or link that cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {}", path.display())]
pub struct KeepError {
    /// Its path.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl KeepError {
    /// Names the path of what failed.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { path: path.to_owned(), source }
    }
}

/// The file system as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Look for Disk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(path)?))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Kind)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let kind = if kind.is_dir() {
                Kind::Folder
            } else if kind.is_file() {
                Kind::File
            } else {
                Kind::Other
            };
            if let Ok(name) = entry.file_name().into_string() {
                found.push((name, kind));
            }
        }
        Ok(found)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn room(&self, folder: &Path) -> io::Result<u64> {
        let found = statvfs(folder)?;
        Ok(found.blocks_available().saturating_mul(found.fragment_size()))
    }
}

impl Medium for Disk {
    fn write(&mut self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        io::copy(content, &mut file).map(drop)
    }

    fn make_folder(&mut self, path: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(FOLDER).create(path) {
            Ok(()) => fs::set_permissions(path, Permissions::from_mode(FOLDER)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn link(&mut self, target: &Path, path: &Path) -> io::Result<()> {
        symlink(target, path)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        let removed = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(error) => Err(error),
        };
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }

    fn sync(&mut self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn the_disk_does_what_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let (mut disk, at) = (Disk, |name: &str| dir.path().join(name));
        disk.make_folder(&at("a")).unwrap();
        disk.make_folder(&at("a")).unwrap();
        disk.write(&at("a/x"), 0o755, &mut &b"one"[..]).unwrap();
        assert_eq!(fs::metadata(at("a/x")).unwrap().mode() & 0o7777, 0o755);
        assert_eq!(fs::metadata(at("a")).unwrap().mode() & 0o7777, 0o755);
        let again = disk.write(&at("a/x"), 0o755, &mut &b"two"[..]).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        disk.link(&at("a"), &at("link")).unwrap();
        assert_eq!(disk.read_link(&at("link")).unwrap(), at("a"));
        assert!(disk.link(&at("b"), &at("link")).is_err(), "a link is never replaced in place");
        for path in ["a", "a/x", "link"] {
            disk.sync(&at(path)).unwrap();
        }
        let mut found = disk.list(dir.path()).unwrap();
        found.sort();
        assert_eq!(found, [("a".to_owned(), Kind::Folder), ("link".to_owned(), Kind::Other)]);
        disk.remove(&at("link")).unwrap();
        assert!(at("a/x").exists(), "what a link points to was removed with it");
        disk.rename(&at("a"), &at("b")).unwrap();
        disk.remove(&at("b")).unwrap();
        disk.remove(&at("b")).unwrap();
        assert_eq!(disk.list(dir.path()).unwrap(), []);
        assert!(disk.make_folder(&at("no/folder")).is_err());
        let room = disk.room(dir.path()).unwrap();
        assert!((1 << 16..1 << 60).contains(&room), "{room} bytes");
        assert!(disk.room(&at("no/folder")).is_err());
    }
}
