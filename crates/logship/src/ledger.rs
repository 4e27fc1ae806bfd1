//! What a forwarder knows of the files of its log, over restarts: which they are, and how much of
//! each the receiver has.
//!
//! A folder with two files. `ledger.json` is replaced atomically and durably. `ledger.lock` is
//! locked while a forwarder has the folder, and holds its process id.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::position::Generation;

/// Layout of the file.
const VERSION: u32 = 1;

/// Most bytes of a ledger that are read: some ten thousand files.
const MAX_BYTES: u64 = 4 << 20;

/// Mode of what is made here.
const FILE_MODE: u32 = 0o600;

/// A file on this machine, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileId {
    /// Device that it is on.
    pub device: u64,
    /// Its inode there. Another file may get it when this one is gone.
    pub inode: u64,
}

impl FileId {
    /// Of the file that has `meta`.
    pub fn of(meta: &Metadata) -> Self {
        Self { device: meta.dev(), inode: meta.ino() }
    }
}

/// The first bytes of a file, by which it is known under another name, inode or device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    /// How many.
    pub length: usize,
    /// Their SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl Prefix {
    /// Of a file that begins with `head`.
    pub fn of(head: &[u8]) -> Self {
        let digest = Sha256::digest(head);
        Self { length: head.len(), sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    /// Whether a file that begins with `head` may be the one that this is of.
    pub fn fits(&self, head: &[u8]) -> bool {
        head.get(..self.length).is_some_and(|head| self.length == 0 || Self::of(head) == *self)
    }
}

/// A file of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its name for the receiver.
    pub generation: Generation,
    /// Where it was last; nothing when it was not to be found.
    pub file: Option<FileId>,
    /// Its first whole lines.
    pub prefix: Prefix,
    /// How much of it the receiver has.
    pub acknowledged: u64,
    /// Where it ends, once nothing is written to it any more.
    pub end: Option<u64>,
}

impl Known {
    /// Whether the receiver has all of it that there will ever be.
    pub fn is_finished(&self) -> bool {
        self.end == Some(self.acknowledged)
    }
}

/// Why a ledger cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// Another forwarder has it.
    #[error("another forwarder holds {path}: process {holder}")]
    Held {
        /// The file that is locked.
        path: PathBuf,
        /// The process that holds it.
        holder: String,
    },
    /// It cannot be locked.
    #[error("cannot lock {path}")]
    Lock {
        /// The file to be locked.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is there, and cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The ledger.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is there, and makes no sense.
    #[error("{path} is damaged ({why}): restore it, or remove it to send again all that is left of the log")]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It cannot be replaced.
    #[error("cannot write {path}")]
    Write {
        /// The ledger.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is in the file. `F` is a list of [`Known`], or a reference to one.
#[derive(Debug, Serialize, Deserialize)]
struct Content<F> {
    version: u32,
    files: F,
}

/// The folder of a ledger, held by this process alone.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    _lock: Flock<File>,
}

impl Ledger {
    /// Takes the folder, making it where it is missing, and reads what is known: nothing, when there
    /// never was a ledger.
    ///
    /// # Errors
    /// When another process has it, or what is there cannot be read.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Known>), LedgerError> {
        let path = folder.join("ledger.lock");
        let lock = match try_lock(folder, &path) {
            Ok(Ok(lock)) => lock,
            Ok(Err(holder)) => return Err(LedgerError::Held { path, holder }),
            Err(source) => return Err(LedgerError::Lock { path, source }),
        };
        let known = read(folder)?;
        Ok((Self { folder: folder.to_owned(), _lock: lock }, known))
    }

    /// Replaces what is known: after a crash at any moment there is the old or the new.
    ///
    /// # Errors
    /// When the system refuses; then the old may be there or the new.
    pub fn save<'a>(&self, known: impl IntoIterator<Item = &'a Known>) -> Result<(), LedgerError> {
        let path = file_in(&self.folder);
        replace(&self.folder, &path, known.into_iter().collect())
            .map_err(|source| LedgerError::Write { path, source })
    }
}

/// What a forwarder knew last, in the order in which the files were written. It needs no lock, so
/// that others can show it.
///
/// # Errors
/// When what is there cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Known>, LedgerError> {
    let path = file_in(folder);
    let bytes = match read_bytes(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(LedgerError::Read { path, source }),
    };
    parse(&bytes).map_err(|why| LedgerError::Damaged { path, why })
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("ledger.json")
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Vec<Known>, String> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it has more than {MAX_BYTES} bytes"));
    }
    let content: Content<Vec<Known>> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if content.version != VERSION {
        return Err(format!("it has layout {}, not {VERSION}", content.version));
    }
    let mut generations: Vec<_> = content.files.iter().map(|known| known.generation).collect();
    generations.sort_unstable();
    if generations.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err("it has a generation twice".to_owned());
    }
    if content.files.iter().any(|known| known.end.is_some_and(|end| end < known.acknowledged)) {
        return Err("more is acknowledged than there is".to_owned());
    }
    Ok(content.files)
}

fn replace(folder: &Path, path: &Path, files: Vec<&Known>) -> io::Result<()> {
    let bytes = serde_json::to_vec(&Content { version: VERSION, files })?;
    let new = folder.join("ledger.json.new");
    let mut options = OpenOptions::new();
    let mut file = options.create(true).write(true).truncate(true).mode(FILE_MODE).open(&new)?;
    file.write_all(&bytes)?;
    file.sync_data()?;
    std::fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

/// The lock, or the process that has it.
fn try_lock(folder: &Path, path: &Path) -> io::Result<Result<Flock<File>, String>> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).read(true).write(true).mode(FILE_MODE).open(path)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            lock.set_len(0)?;
            lock.write_all(std::process::id().to_string().as_bytes())?;
            Ok(Ok(lock))
        }
        Err((file, Errno::EWOULDBLOCK)) => {
            let mut holder = String::new();
            file.take(20).read_to_string(&mut holder)?;
            Ok(Err(if holder.is_empty() { "unknown".to_owned() } else { holder }))
        }
        Err((_, errno)) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(number: u8) -> Known {
        Known {
            generation: Generation([number; 16]),
            file: Some(FileId { device: 1, inode: u64::from(number) }),
            prefix: Prefix::of(&[number; 100]),
            acknowledged: 10,
            end: number.is_multiple_of(2).then_some(20),
        }
    }

    #[test]
    fn what_is_saved_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, nothing) = Ledger::open(&folder.path().join("state")).unwrap();
        assert_eq!(nothing, []);
        let all = [known(1), known(2), Known { file: None, ..known(3) }];
        ledger.save(&all).unwrap();
        assert_eq!(read(&folder.path().join("state")).unwrap(), all);
        drop(ledger);
        assert_eq!(Ledger::open(&folder.path().join("state")).unwrap().1, all);
    }

    #[test]
    fn a_second_holder_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Ledger::open(folder.path()).unwrap();
        let error = Ledger::open(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        Ledger::open(folder.path()).unwrap();
    }

    #[test]
    fn damage_is_an_error_that_says_what_to_do() {
        let twice = serde_json::to_string(&Content { version: VERSION, files: [known(1), known(1)] });
        let beyond = Known { end: Some(5), ..known(1) };
        let beyond = serde_json::to_string(&Content { version: VERSION, files: [beyond] });
        let other = serde_json::to_string(&Content { version: VERSION + 1, files: [known(1)] });
        let long = " ".repeat(usize::try_from(MAX_BYTES).unwrap() + 1);
        let texts = [String::new(), "{}".to_owned(), twice.unwrap(), beyond.unwrap(), other.unwrap(), long];
        for text in texts {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(file_in(folder.path()), text).unwrap();
            let error = Ledger::open(folder.path()).unwrap_err().to_string();
            assert!(error.contains("ledger.json is damaged"), "{error}");
            assert!(error.contains("remove it to send again"), "{error}");
        }
    }

    #[test]
    fn a_prefix_fits_what_begins_like_it() {
        let prefix = Prefix::of(b"begin");
        assert!(prefix.fits(b"begin"));
        assert!(prefix.fits(b"beginning"));
        assert!(!prefix.fits(b"begi"));
        assert!(!prefix.fits(b"began long ago"));
        assert!(Prefix::of(b"").fits(b"anything"));
    }
}
