//! What the lab has made on this machine, written down before it is made.
//!
//! The file is in `/run`: it goes with a reboot, as links and namespaces do, and it is
//! found by every checkout on the machine.

use std::{fs, io, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

const PATH: &str = "/run/decnet-lab.json";

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// The engine, if the lab started it.
    pub engine: Option<Started>,
    /// First processes of the machines of a swarm.
    #[serde(default)]
    pub machines: Vec<Started>,
}

/// A process, told from a later one with the same id by the time of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Process id.
    pub pid: i32,
    /// Start time in clock ticks since boot, field 22 of `/proc/PID/stat`.
    pub start: u64,
}

impl Started {
    /// The running process with this id.
    pub fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, so fields are counted behind it.
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        let zombie = fields.next() == Some("Z");
        let start = fields.nth(18)?.parse().ok()?;
        (!zombie).then_some(Self { pid, start })
    }

    /// Whether it still runs.
    pub fn runs(&self) -> bool {
        Self::of(self.pid) == Some(*self)
    }
}

/// Reads the marker, if there is one.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read() -> Result<Option<Marker>> {
    match fs::read(PATH) {
        Ok(text) => serde_json::from_slice(&text).map(Some).with_context(|| format!("reading {PATH}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {PATH}")),
    }
}

/// Writes the marker.
///
/// # Errors
/// When the file cannot be written.
pub fn write(marker: &Marker) -> Result<()> {
    let text = serde_json::to_vec(marker).context("encoding the lab's marker")?;
    let new = Path::new(PATH).with_extension("new");
    fs::write(&new, text).with_context(|| format!("writing {}", new.display()))?;
    fs::rename(&new, PATH).with_context(|| format!("writing {PATH}"))
}

/// Removes the marker.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove() -> Result<()> {
    match fs::remove_file(PATH) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {PATH}"))
        }
        _ => Ok(()),
    }
}
