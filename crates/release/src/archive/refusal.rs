//! Why an archive is not taken.

use std::io;

use thiserror::Error;

use crate::{
    caps,
    key::{Forged, KeyError},
    manifest::{EntryPath, ManifestError},
    medium::KeepError,
};

/// Why an archive was not unpacked.
#[derive(Debug, Error)]
pub enum UnpackError {
    /// It cannot be read from where it comes.
    #[error("the archive cannot be read to its end")]
    Source(#[source] io::Error),
    /// It is none that is taken.
    #[error("the archive is refused")]
    Refused(#[from] Refusal),
    /// What is in it cannot be kept.
    #[error("cannot keep what is in the archive")]
    Keep(#[source] KeepError),
}

/// What is wrong with an archive.
#[derive(Debug, Error)]
pub enum Refusal {
    /// It is longer than [`caps::ARCHIVE`].
    #[error("it has more than {max} bytes", max = caps::ARCHIVE)]
    Large,
    /// It expands to more than [`caps::RATIO`] times its length.
    #[error("it expands to more than {max} times its length", max = caps::RATIO)]
    Ratio,
    /// It is no gzip, or a broken one.
    #[error("it is no gzip, or damaged: {0}")]
    Compression(String),
    /// It ends too early.
    #[error("it ends before it is whole")]
    Truncated,
    /// Something follows where it must end.
    #[error("something follows behind its end")]
    Trailing,
    /// Something is in it that is no regular file.
    #[error("{found} is in it where {expected} must be, and only regular files may be")]
    Kind {
        /// What must be there.
        expected: String,
        /// What is: its name and kind.
        found: String,
    },
    /// Another file is in it than the one that must be.
    #[error("{found} is in it where {expected} must be")]
    Other {
        /// What must be there.
        expected: String,
        /// What is.
        found: String,
    },
    /// The header of a file is not exactly what it must be.
    #[error("the header of {0} is not what it must be: owner, mode, time, size or form differ")]
    Header(String),
    /// What fills a block is not zeros.
    #[error("what follows {0} is not zeros")]
    Padding(String),
    /// Its manifest is none.
    #[error("its manifest is none")]
    Manifest(#[from] ManifestError),
    /// Its signature is none.
    #[error("its signature is none")]
    Signature(#[from] KeyError),
    /// Its signature is wrong.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// A file has another content than the manifest says.
    #[error("the content of {0} is not what the manifest says")]
    Content(EntryPath),
}
