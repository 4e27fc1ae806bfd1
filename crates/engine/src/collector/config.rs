//! What the collector is told.

use std::{path::PathBuf, time::Duration};

/// Settings of a [`super::Collector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the checkpoint and its lock live.
    pub state_dir: PathBuf,
    /// The log; the JSON file stands beside it with the suffix `json`.
    pub log_file: PathBuf,
    /// Where artifacts go, each under its SHA-256.
    pub artifacts_dir: PathBuf,
    /// When the log begins a new file; `None` leaves that to others.
    pub rotation: Option<Rotation>,
    /// Bounds of artifacts.
    pub artifacts: ArtifactLimits,
    /// How often the engine is asked anew for containers and for entries that
    /// following may have missed.
    pub reconcile: Duration,
}

/// Rotation of log and JSON file by renaming to `.1`, `.2`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Size in bytes from which the log is renamed.
    pub bytes: u64,
    /// How many renamed files are kept.
    pub keep: u32,
}

/// Bounds of artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtifactLimits {
    /// Largest artifact in bytes.
    pub size: u64,
    /// Bytes that one decky may bring in a day (UTC). What a decky brings beyond it is
    /// recorded as incomplete.
    pub daily_bytes: u64,
    /// Bytes that must stay free on the file system of the artifacts, so that they never
    /// stop the log.
    pub reserve: u64,
}

const MIB: u64 = 1024 * 1024;

impl Config {
    /// The usual settings, with all files where they are told to be.
    pub fn new(state_dir: PathBuf, log_file: PathBuf, artifacts_dir: PathBuf) -> Self {
        Self {
            state_dir,
            log_file,
            artifacts_dir,
            rotation: Some(Rotation { bytes: 64 * MIB, keep: 5 }),
            artifacts: ArtifactLimits { size: 10 * MIB, daily_bytes: 512 * MIB, reserve: 256 * MIB },
            reconcile: Duration::from_secs(15),
        }
    }
}
