//! Why the store did not do what was asked.

use std::{io, path::PathBuf};

use decnet_proto::ids::{DeckyName, HostId, HostName};
use thiserror::Error;

/// Why the store did not do what was asked. Nothing was changed then.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file or its folder cannot be made or looked at.
    #[error("cannot make the store {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could put another file in its place.
    #[error("the folder {} may be written by others: the store wants one of its own", .0.display())]
    OpenFolder(PathBuf),
    /// The path cannot be handed to the database.
    #[error("the path {} of the store is no UTF-8", .0.display())]
    Path(PathBuf),
    /// It is no database, or cannot be opened.
    #[error("cannot open the store")]
    Connect(#[source] diesel::ConnectionError),
    /// The database does not take a setting without which it would not keep its promises.
    #[error("the store does not take the setting {setting} = {wanted}: it stays {found}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// Its tables cannot be brought up to date.
    #[error("cannot bring the store up to date")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A newer program has written it.
    #[error("the store was written by a newer version of this program (it has the migration {0})")]
    Newer(String),
    /// The database refused.
    #[error("cannot {attempt}")]
    Query {
        /// What was being attempted.
        attempt: &'static str,
        /// Why not.
        source: diesel::result::Error,
    },
    /// A row does not say what it should.
    #[error("the store has {text:?} where {what} should be")]
    Row {
        /// What should be there.
        what: &'static str,
        /// What is there, at most 64 characters of it.
        text: String,
    },
    /// The work on the store ended before it was done.
    #[error("the work on the store was broken off")]
    Broken(#[source] tokio::task::JoinError),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A host of that name is in the swarm.
    #[error("a host called {0} is in the swarm")]
    NameTaken(HostName),
    /// No such host is in the swarm.
    #[error("no host {0} is in the swarm")]
    NoSuchHost(HostId),
    /// The host is being taken out of the swarm.
    #[error("the host {0} is being taken out of the swarm")]
    HostLeaving(HostId),
    /// A listener of that name is there.
    #[error("a listener called {0} is there")]
    ListenerTaken(HostName),
    /// No such listener is there.
    #[error("no listener is called {0}")]
    NoSuchListener(HostName),
    /// There are as many listeners as there may be.
    #[error("there are {} listeners, and no more may come", crate::limits::LISTENERS)]
    TooManyListeners,
    /// No such certificate was ever signed.
    #[error("no certificate {0} was ever signed")]
    NoSuchCertificate(String),
    /// The certificate was revoked.
    #[error("the certificate {0} was revoked")]
    Revoked(String),
    /// There is such a certificate already.
    #[error("the certificate {0} is there already")]
    CertificateTaken(String),
    /// There is such a token already.
    #[error("the token is there already")]
    TokenTaken,
    /// Something newer is wanted already.
    #[error("generation {given} is older than {wanted}, which is wanted already")]
    Stale {
        /// What is wanted.
        wanted: u64,
        /// What was asked for.
        given: u64,
    },
    /// A decky is wanted twice.
    #[error("{0} is wanted twice")]
    DeckyTwice(DeckyName),
    /// No such operation is remembered.
    #[error("no operation {0} is remembered")]
    NoSuchOperation(u64),
    /// Something is larger than the store takes.
    #[error("{what} is larger than {most} bytes")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How large it may be.
        most: usize,
    },
}

impl StoreError {
    /// The same, told what was being attempted.
    pub(crate) fn during(self, attempt: &'static str) -> Self {
        match self {
            Self::Query { attempt: "", source } => Self::Query { attempt, source },
            other => other,
        }
    }
}

/// What was being attempted is added by who asks for the work.
impl From<diesel::result::Error> for StoreError {
    fn from(source: diesel::result::Error) -> Self {
        Self::Query { attempt: "", source }
    }
}

/// Whether it is the database saying that there is such a row already.
pub(crate) fn is_taken(error: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    matches!(error, DatabaseError(UniqueViolation, _))
}
