//! The place that survives.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};

use super::{DeriveError, system};
use crate::{
    medium::{Medium, write_atomically},
    spool::{Place, SpoolId},
};

/// Layout of [`Saved`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Version {
    #[serde(rename = "1")]
    One,
}

/// A place in a file, whatever its name is by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileMark {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) length: u64,
}

impl FileMark {
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}

/// How far both files were written, from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    version: Version,
    pub(super) spool: SpoolId,
    pub(super) place: Place,
    pub(super) log: FileMark,
    pub(super) json: FileMark,
}

impl Saved {
    pub(super) fn new(spool: SpoolId, place: Place, log: FileMark, json: FileMark) -> Self {
        Self { version: Version::One, spool, place, log, json }
    }

    /// What was saved last, if anything was.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, DeriveError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(system("read", path, error)),
        };
        let saved = serde_json::from_slice(&bytes);
        saved.map(Some).map_err(|source| DeriveError::Place { path: path.to_owned(), source })
    }

    pub(super) fn write(&self, medium: &mut impl Medium, path: &Path) -> io::Result<()> {
        write_atomically(medium, path, &serde_json::to_vec(self)?)
    }
}
