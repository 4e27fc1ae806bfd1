//! The checkpoint file and its lock.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};
use serde::{Deserialize, Serialize};

use super::{
    appender::{FILE_MODE, Mark, sync_directory},
    book::Book,
};

/// Layout of [`Checkpoint`]; another number makes the file unreadable, and the log is read instead.
const VERSION: u32 = 1;

/// What survives the collector beside the log itself. `B` is [`Book`] or a reference to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Checkpoint<B> {
    version: u32,
    pub(super) log: Mark,
    pub(super) json: Mark,
    pub(super) book: B,
}

impl<B> Checkpoint<B> {
    pub(super) fn new(log: Mark, json: Mark, book: B) -> Self {
        Self { version: VERSION, log, json, book }
    }
}

/// The directory of the checkpoint, held by this process alone.
#[derive(Debug)]
pub(super) struct StateDir {
    path: PathBuf,
    _lock: Flock<File>,
}

/// Why the state directory could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another collector has it.
    #[error("another collector holds {path}: process {holder}")]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it.
        holder: String,
    },
    /// The system refused.
    #[error("cannot lock {path}")]
    System {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl StateDir {
    /// Takes the directory, making it where it is missing.
    pub(super) fn lock(path: &Path) -> Result<Self, LockError> {
        let file = path.join("collector.lock");
        match try_lock(path, &file) {
            Ok(Ok(lock)) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Ok(Err(holder)) => Err(LockError::Held { path: file, holder }),
            Err(source) => Err(LockError::System { path: file, source }),
        }
    }

    fn file(&self) -> PathBuf {
        self.path.join("collector.json")
    }

    /// The checkpoint, if there is one that can be read.
    pub(super) fn load(&self) -> io::Result<Option<Checkpoint<Book>>> {
        let bytes = match std::fs::read(self.file()) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Checkpoint<Book>>(&bytes) {
            Ok(checkpoint) if checkpoint.version == VERSION => Ok(Some(checkpoint)),
            Ok(checkpoint) => {
                tracing::warn!(
                    "checkpoint has layout {}, not {VERSION}: reading the log instead",
                    checkpoint.version
                );
                Ok(None)
            }
            Err(error) => {
                tracing::warn!("checkpoint cannot be read ({error}): reading the log instead");
                Ok(None)
            }
        }
    }

    /// Replaces the checkpoint: after a crash at any moment there is the old one or the new one.
    pub(super) fn save(&self, checkpoint: &Checkpoint<&Book>) -> io::Result<()> {
        let bytes = serde_json::to_vec(checkpoint)?;
        let new = self.path.join("collector.json.new");
        let mut options = OpenOptions::new();
        let mut file = options.create(true).write(true).truncate(true).mode(FILE_MODE).open(&new)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        std::fs::rename(&new, self.file())?;
        sync_directory(&self.path)
    }
}

/// The lock, or the process that has it.
fn try_lock(directory: &Path, path: &Path) -> io::Result<Result<Flock<File>, String>> {
    std::fs::create_dir_all(directory)?;
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).read(true).write(true).mode(FILE_MODE).open(path)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            lock.set_len(0)?;
            lock.write_all(std::process::id().to_string().as_bytes())?;
            Ok(Ok(lock))
        }
        Err((mut file, Errno::EWOULDBLOCK)) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            Ok(Err(if holder.is_empty() { "unknown".to_owned() } else { holder }))
        }
        Err((_, errno)) => Err(errno.into()),
    }
}
