//! The files of a swarm's master, in its state folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use decnet_daemon::lock::RoleLock;

use super::storage::make_private_dir;

/// Whoever has this role in the folder is the swarm's controller, or works on its files alone.
const ROLE: &str = "controller";

/// `<state>/swarm`.
#[derive(Clone, Debug)]
pub(crate) struct SwarmFolder {
    dir: PathBuf,
}

impl SwarmFolder {
    /// That of a state folder.
    pub(crate) fn of(state: &Path) -> Self {
        Self { dir: state.join("swarm") }
    }

    /// Whether there ever was a controller here, as far as this user can see.
    pub(crate) fn exists(&self) -> bool {
        self.dir.is_dir()
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// The authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.dir.join("ca")
    }

    /// Keys and trust of the master's own parts.
    pub(crate) fn master(&self) -> PathBuf {
        self.dir.join("master")
    }

    /// What the master remembers.
    pub(crate) fn store(&self) -> PathBuf {
        self.dir.join("store.db")
    }

    /// The operator's token.
    pub(crate) fn token(&self) -> PathBuf {
        self.dir.join("operator.token")
    }

    /// The releases that it keeps.
    pub(crate) fn releases(&self) -> PathBuf {
        self.dir.join("releases")
    }

    /// Makes the folder, for its owner alone, where it is missing.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn make(&self) -> anyhow::Result<()> {
        make_private_dir(&self.dir).with_context(|| format!("cannot make the folder {}", self.dir.display()))
    }

    /// Keeps a controller from starting on it until the lock is dropped.
    ///
    /// # Errors
    /// A controller runs on it, or there is no such folder.
    pub(crate) fn lock(&self) -> anyhow::Result<RoleLock> {
        lock_folder(&self.dir)
    }
}

/// Keeps a controller from starting on the files in `dir`.
///
/// # Errors
/// As [`SwarmFolder::lock`].
pub(crate) fn lock_folder(dir: &Path) -> anyhow::Result<RoleLock> {
    if !dir.is_dir() {
        bail!("there is no folder {}: no controller ever ran here", dir.display());
    }
    Ok(RoleLock::acquire(dir, ROLE)?)
}
