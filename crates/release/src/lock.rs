//! Who changes a chain's folders holds its lock. The kernel holds it (`flock`), so that it ends with the
//! process, and so that maintainer scripts of packages can take the same one with `flock(1)`.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why the lock is not had.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error("another change is under way here")]
    Busy,
    /// Its file cannot be used.
    #[error("cannot use the lock {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The lock, had until the value is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it, or says at once that somebody has it.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::File { path: path.to_owned(), source };
        let options = &mut OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o644).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Busy),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path).unwrap();
        assert!(matches!(Lock::take(&path), Err(LockError::Busy)));
        drop(first);
        drop(Lock::take(&path).unwrap());
        assert!(matches!(Lock::take(&dir.path().join("no/lock")), Err(LockError::File { .. })));
    }
}
