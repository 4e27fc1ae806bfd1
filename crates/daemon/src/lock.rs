//! One process per role.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why a role cannot be taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("the {role} already runs as process {holder} (lock {})", path.display())]
    Held {
        /// The role.
        role: String,
        /// Process id of who has it, as the lock file says.
        holder: String,
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file cannot be used.
    #[error("cannot use the lock file {}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A role that this process has until the value is dropped or the process ends, however it
/// ends: the kernel holds the lock, the file only says who has it.
#[derive(Debug)]
pub struct RoleLock {
    _file: File,
}

impl RoleLock {
    /// Takes `role`, a plain word, by the lock file `<role>.lock` in `dir`.
    ///
    /// # Errors
    /// [`LockError::Held`] when another process has the role, and [`LockError::File`].
    pub fn acquire(dir: &Path, role: &str) -> Result<Self, LockError> {
        let path = dir.join(format!("{role}.lock"));
        let failed = |source| LockError::File { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The holder may just be writing its id; the lock itself is what counts.
                let _ = file.take(16).read_to_string(&mut holder);
                let holder = holder.trim().to_owned();
                return Err(LockError::Held { role: role.to_owned(), holder, path });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// The process that took `role` last, by the lock file in `dir`. Whether it has the role still, only
/// whether it lives can tell: to try the lock would be to take it from who is just about to.
pub fn last_holder(dir: &Path, role: &str) -> Option<u32> {
    let mut text = String::new();
    File::open(dir.join(format!("{role}.lock"))).ok()?.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_has_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = RoleLock::acquire(dir.path(), "collector").expect("free");
        let error = RoleLock::acquire(dir.path(), "collector").expect_err("held").to_string();
        let expected = format!("the collector already runs as process {} ", std::process::id());
        assert!(error.starts_with(&expected), "{error}");
        RoleLock::acquire(dir.path(), "ingester").expect("another role is free");
        assert_eq!(last_holder(dir.path(), "collector"), Some(std::process::id()));
        assert_eq!(last_holder(dir.path(), "nobody"), None);
        drop(first);
        RoleLock::acquire(dir.path(), "collector").expect("free again");
    }
}
