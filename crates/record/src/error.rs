//! Why the record did not do what was asked.

use std::{io, path::PathBuf};

use decnet_logship::tail::TailError;
use thiserror::Error;

/// Why a server cannot be connected to, and what would be right.
pub(crate) const NO_SERVER: &str =
    "no server answers there: it should run, and its address and port, or its socket, be those of the URL";
/// The same.
pub(crate) const NOT_LET_IN: &str = "it does not let that user in: user and password should be as the server knows them, with rights to the database";
/// The same.
pub(crate) const NO_SUCH_DATABASE: &str =
    "the server has no such database: it should be made first, or another one be named";
/// The same.
pub(crate) const NOT_BELIEVED: &str = "its certificate is not believed: whoever sslrootcert names should vouch for it, and it should name that host";
/// The same.
pub(crate) const NOT_TAKEN: &str = "the server does not take the connection";

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
    /// Another process writes it.
    #[error("process {holder} writes this record (lock {})", path.display())]
    Held {
        /// Process id of who has it, as the lock file says.
        holder: String,
        /// The lock file.
        path: PathBuf,
    },
    /// Another process writes it.
    #[error("another process keeps the record {database} of db-url")]
    Taken {
        /// The database.
        database: String,
    },
    /// The server of the database is not there, or lets nobody in.
    #[error("cannot connect to the database {database} of db-url: {why}")]
    Unreachable {
        /// The database.
        database: String,
        /// What is wrong, and what would be right.
        why: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server of the database has gone. It is worth trying again.
    #[error("the connection to the database was lost")]
    Lost {
        /// How it was noticed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database is not as a record needs it.
    #[error("the database {database} of db-url cannot hold a record: {why}")]
    Unfit {
        /// The database.
        database: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The file of the password of a database cannot be read.
    #[error("cannot read the password of the database in {}", path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The certificates that are to vouch for a database cannot be used.
    #[error("{} has no certificates that could vouch for the database: {why}", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It is in a database of a server, and what was asked is done with files.
    #[error("the record is in a database of a server: {copies} copies it, and {restores} puts it back")]
    NoFile {
        /// The server's own program that copies.
        copies: &'static str,
        /// The one that puts copies back.
        restores: &'static str,
    },
    /// It is there, and it is something else.
    #[error("{} is no record: {why}", path.display())]
    NotRecord {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The log that it is made of cannot be followed.
    #[error("cannot follow the log")]
    Log(#[from] TailError),
    /// The disk has no room. It is worth trying again later.
    #[error("no room is left for the record")]
    Full,
    /// The answer took longer than it may.
    #[error("the answer took too long: ask for less, or for a shorter time")]
    TooLong,
    /// Too much waits to be written.
    #[error("too much waits to be written: try again in a moment")]
    Busy,
    /// Nothing is written any more.
    #[error("the record is being closed")]
    Closed,
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
    /// What failed of a server that had answered before.
    pub(crate) fn lost(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Lost { source: source.into() }
    }

    /// The same, where it is for this that nothing of a server can be had.
    pub(crate) fn unreachable(self, url: &crate::DatabaseUrl, why: &'static str) -> Self {
        match self {
            Self::Lost { source } | Self::Database { source, .. } => {
                Self::Unreachable { database: url.to_string(), why, source }
            }
            other => other,
        }
    }

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

/// Why a server cannot be connected to, where the way to it is to blame.
pub(crate) fn unanswered(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let mut all = std::iter::successors(Some(error), |error| error.source());
    let failed = all.find_map(|error| error.downcast_ref::<io::Error>())?;
    let is_of_tls = failed.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    Some(if is_of_tls { NOT_BELIEVED } else { NO_SERVER })
}

/// An error and what it came from, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
