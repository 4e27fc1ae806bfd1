//! Where a record is: in a file of this machine, or in a database of a server.

mod kind;
mod password;
mod text;
mod url;

use std::{
    fmt,
    path::{Path, PathBuf},
};

pub use self::url::{DatabaseUrl, UrlError};
pub(crate) use self::{kind::Kind, url::Host};
use crate::{
    RecordError,
    file::{beside, folder_of},
};

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file of SQLite. A lock and the ledger of the log are beside it.
    File(PathBuf),
    /// In a database of a server.
    Server {
        /// Which.
        url: DatabaseUrl,
        /// The ledger of the log, which is a folder of this machine.
        ledger: PathBuf,
    },
}

impl Database {
    /// The file, for what is done with files only.
    ///
    /// # Errors
    /// [`RecordError::NoFile`] where it is in a database of a server.
    pub fn file(&self) -> Result<&Path, RecordError> {
        match self {
            Self::File(path) => Ok(path),
            Self::Server { url, .. } => Err(url.kind.no_file()),
        }
    }

    /// The folder of this machine that belongs to the record, whatever is in it.
    pub fn folder(&self) -> &Path {
        let (Self::File(path) | Self::Server { ledger: path, .. }) = self;
        folder_of(path)
    }

    /// The folder that the ledger of the log is in.
    pub(crate) fn ledger(&self) -> PathBuf {
        match self {
            Self::File(path) => beside(path, ".follow"),
            Self::Server { ledger, .. } => ledger.clone(),
        }
    }
}

/// As errors name it, without any password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server { url, .. } => url.fmt(f),
        }
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&PathBuf> for Database {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&Path> for Database {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&Self> for Database {
    fn from(database: &Self) -> Self {
        database.clone()
    }
}
