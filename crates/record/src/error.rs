//! Why the record did not do what was asked.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why the record did not do what was asked. What was to be changed is as it was before.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file or its folder cannot be made or looked at.
    #[error("cannot make the record {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could put another file in its place.
    #[error("the folder {} may be written by others: the record wants one of its own", .0.display())]
    OpenFolder(PathBuf),
    /// A newer program has written it.
    #[error(
        "the record was written by a newer version of this program (its tables are of version {found}, this program knows {known})"
    )]
    Newer {
        /// Version of its tables.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The disk has no room. It is worth trying again later.
    #[error("no room is left for the record")]
    Full,
    /// The answer took longer than it may.
    #[error("the answer took too long: ask for less, or for a shorter time")]
    TooLong,
    /// The database refused.
    #[error("cannot {attempt}")]
    Database {
        /// What was being attempted.
        attempt: &'static str,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row does not say what it should.
    #[error("the record has something else where {what} should be")]
    Row {
        /// What should be there.
        what: &'static str,
    },
}

impl RecordError {
    /// The same, told what was being attempted.
    pub(crate) fn during(self, attempt: &'static str) -> Self {
        match self {
            Self::Database { attempt: "", source } => Self::Database { attempt, source },
            other => other,
        }
    }
}

/// What was being attempted is added by who asks for the work.
impl From<rusqlite::Error> for RecordError {
    fn from(source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::TooLong,
            _ => Self::Database { attempt: "", source: Box::new(source) },
        }
    }
}
