//! Where locks and pid files are.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use nix::unistd::{Uid, geteuid};
use thiserror::Error;

use crate::environment::Environment;

/// Why there is no runtime folder.
#[derive(Debug, Error)]
pub enum RuntimeDirError {
    /// The environment names none.
    #[error("no folder for locks and pid files: set XDG_RUNTIME_DIR or HOME, or run as root")]
    None,
    /// It cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Make {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else owns it.
    #[error("{} belongs to user {owner} and not to user {us}: remove it", path.display())]
    Foreign {
        /// Its path.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who asks.
        us: u32,
    },
    /// Others may write to it.
    #[error("others may write to {}: `chmod go-w` it", path.display())]
    Open {
        /// Its path.
        path: PathBuf,
    },
}

/// The folder, made if it is missing: `/run/decnet` for root, else `decnet` in
/// `XDG_RUNTIME_DIR`, else `~/.decnet`. Never a folder that others may write to, because
/// whoever writes a pid file chooses which process is ended.
///
/// # Errors
/// [`RuntimeDirError`].
pub fn open(environment: &Environment) -> Result<PathBuf, RuntimeDirError> {
    let path = choose(geteuid(), environment).ok_or(RuntimeDirError::None)?;
    make(&path)?;
    Ok(path)
}

fn choose(user: Uid, environment: &Environment) -> Option<PathBuf> {
    if user.is_root() {
        return Some(PathBuf::from("/run/decnet"));
    }
    let runtime = environment.runtime_dir.as_ref().map(|dir| dir.join("decnet"));
    runtime.or_else(|| environment.home.as_ref().map(|home| home.join(".decnet")))
}

fn make(path: &Path) -> Result<(), RuntimeDirError> {
    let failed = |source| RuntimeDirError::Make { path: path.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(failed)?;
    let metadata = fs::metadata(path).map_err(failed)?;
    let us = geteuid().as_raw();
    if metadata.uid() != us {
        return Err(RuntimeDirError::Foreign { path: path.to_owned(), owner: metadata.uid(), us });
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(RuntimeDirError::Open { path: path.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn root_has_run_and_others_their_own() {
        let user = Uid::from_raw(1000);
        let mut environment = Environment::default();
        assert_eq!(choose(Uid::from_raw(0), &environment), Some("/run/decnet".into()));
        assert_eq!(choose(user, &environment), None);
        environment.home = Some("/home/ada".into());
        assert_eq!(choose(user, &environment), Some("/home/ada/.decnet".into()));
        environment.runtime_dir = Some("/run/user/1000".into());
        assert_eq!(choose(user, &environment), Some("/run/user/1000/decnet".into()));
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("run");
        make(&path).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("opened to all");
        assert!(matches!(make(&path), Err(RuntimeDirError::Open { .. })));
    }
}
