//! Small files that are replaced as a whole.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    caps,
    medium::{KeepError, Look, Medium},
    store,
};

/// Mode of records: whoever wants to know may read them.
const MODE: u32 = 0o644;

/// Why a record cannot be read.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is none.
    #[error("{} is not what it should be", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It is of another program.
    #[error("{} has format {format}, which this program does not know", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
}

/// Reads one; none where there is no file.
pub(super) fn load<T: DeserializeOwned>(look: &impl Look, path: &Path) -> Result<Option<T>, RecordError> {
    let bytes = match store::read(look, path, caps::RECORD) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        result => result.map_err(|source| RecordError::Read { path: path.to_owned(), source })?,
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|source| RecordError::Malformed { path: path.to_owned(), source })
}

/// Replaces one, durably: at every moment there is the old one or the new one.
pub(super) fn save(medium: &mut impl Medium, path: &Path, record: &impl Serialize) -> Result<(), KeepError> {
    let failed = |source| KeepError { path: path.to_owned(), source };
    let mut bytes = serde_json::to_vec_pretty(record).map_err(|error| failed(error.into()))?;
    bytes.push(b'\n');
    if bytes.len() as u64 > caps::RECORD {
        // It could never be read again.
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "the record would be too large")));
    }
    replace(medium, path, &bytes).map_err(failed)
}

fn replace(medium: &mut impl Medium, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_added_extension("new");
    medium.remove(&new)?;
    medium.write(&new, MODE, &mut &*bytes)?;
    medium.sync(&new)?;
    medium.rename(&new, path)?;
    medium.sync(folder_of(path))
}

/// The folder that has a name.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
