//! Why releases on disk cannot be used.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{
    digest::Digest,
    id::ReleaseId,
    manifest::{EntryPath, ManifestError},
};

/// Why a folder cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Something cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such release.
    #[error("there is no release {0} here")]
    Missing(ReleaseId),
    /// The link points to something else.
    #[error("{} points to {}, which is no folder of a release", link.display(), target.display())]
    Elsewhere {
        /// The link.
        link: PathBuf,
        /// Where it points.
        target: PathBuf,
    },
    /// The folder's manifest is none.
    #[error("the manifest in {} is none", folder.display())]
    Manifest {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: ManifestError,
    },
    /// The folder's manifest is that of another release.
    #[error("the manifest in {} is that of another release: {digest}", folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// What its manifest has.
        digest: Digest,
    },
    /// A file of it is missing or not what the manifest says.
    #[error("{file} in {} is not what its manifest says", folder.display())]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: EntryPath,
    },
}
