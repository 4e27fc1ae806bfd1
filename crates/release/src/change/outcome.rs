//! How a change ended.

use std::path::PathBuf;

use thiserror::Error;

use super::{admit::Inadmissible, health::Seen, record::RecordError, supervisor::Trouble};
use crate::{archive::UnpackError, digest::Digest, id::ReleaseId, medium::KeepError, store::StoreError};

/// What a change came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The release is current already: nothing was done.
    Already(ReleaseId),
    /// It runs, and proved itself.
    Committed {
        /// What ran before.
        from: ReleaseId,
        /// What runs.
        to: ReleaseId,
        /// What proved it.
        seen: Vec<Seen>,
    },
    /// It did not prove itself, and the former runs again.
    RolledBack {
        /// What runs.
        from: ReleaseId,
        /// What did not.
        to: ReleaseId,
        /// What was wrong, at most [`WHY`](crate::caps::WHY) bytes.
        why: String,
        /// What is wrong with the former, where it did not prove itself either.
        trouble: Option<String>,
    },
    /// Nothing was switched: of a change that was interrupted before, or that somebody else overtook.
    Abandoned {
        /// What was to be.
        to: ReleaseId,
        /// Why it is not.
        why: String,
    },
}

/// What a change came to that somebody else finishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// The release is current already: nothing was done.
    Already(ReleaseId),
    /// It is staged, and the journal says that it is to be switched to: [`Engine::resume`](super::Engine::resume), in
    /// another process, does it.
    HandedOver {
        /// What runs.
        from: ReleaseId,
        /// What is to be.
        to: ReleaseId,
    },
}

/// Why there was no change, or why it is not over.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// The archive was not taken. Nothing was changed.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The archive is another than was announced. Nothing was changed.
    #[error("the archive came with SHA-256 {found}, and {expected} was announced")]
    Announced {
        /// What was announced.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// The release may not follow what runs. Nothing was changed.
    #[error(transparent)]
    Inadmissible(#[from] Inadmissible),
    /// There is not enough room for it. Nothing was changed.
    #[error("{} has {free} bytes free, and this release needs {needed}", folder.display())]
    NoRoom {
        /// Where it would be.
        folder: PathBuf,
        /// What it takes, and what must stay free.
        needed: u64,
        /// What there is.
        free: u64,
    },
    /// Nothing is current here. Nothing was changed.
    #[error("no release is current here, so there would be none to go back to: install a package first")]
    NoCurrent,
    /// There is no good release to go back to. Nothing was changed.
    #[error("there is no other good release here to go back to")]
    NothingToRollBackTo,
    /// A change is not over, and whoever watches it does not live.
    #[error("the change to {0} is not over yet")]
    Unfinished(ReleaseId),
    /// It is not known how the programs run. Nothing was changed.
    #[error("cannot tell how the programs run")]
    Remember(#[source] Trouble),
    /// Releases here cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something here cannot be written. The change is gone on with by whoever resumes it.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// Journal or state cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}
