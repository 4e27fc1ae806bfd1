//! What a release is made of. `manifest.json` is signed, and its SHA-256 names the release.
//!
//! There is one text for each manifest: what [`Manifest::bytes`] gives. Other bytes that mean the same
//! are refused, so that a manifest that was read and one that was made have the same digest.

use std::{collections::BTreeSet, fmt, str::FromStr};

use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    caps,
    digest::Digest,
    id::{InvalidId, Part, ReleaseId, Target, version},
};

/// Name of the manifest in archives and folders.
pub const MANIFEST: &str = "manifest.json";

/// Name of its signature.
pub const SIGNATURE: &str = "manifest.sig";

/// The version of this format.
const FORMAT: u32 = 1;

/// Everything that is known of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// What it is for.
    pub part: Part,
    /// Its version, without build metadata.
    pub version: Version,
    /// The machines that it is for.
    pub target: Target,
    /// The least version that may be changed to this one directly.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min_from: Option<Version>,
    /// Whether it may take the place of a newer one.
    pub downgrade: bool,
    files: Vec<Entry>,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it stands in the release's folder.
    pub path: EntryPath,
    /// Who may do what with it.
    pub mode: Mode,
    /// Its size, in bytes.
    pub size: u64,
    /// SHA-256 of its content.
    pub sha256: Digest,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is run: 0755.
    Program,
    /// It is read: 0644.
    Data,
}

impl Mode {
    /// Its bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Program => 0o755,
            Self::Data => 0o644,
        }
    }
}

/// Everything of a manifest but its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is for.
    pub part: Part,
    /// Its version, without build metadata.
    pub version: Version,
    /// The machines that it is for.
    pub target: Target,
    /// The least version that may be changed to this one directly.
    pub min_from: Option<Version>,
    /// Whether it may take the place of a newer one.
    pub downgrade: bool,
}

/// Why bytes are no manifest, or facts make none.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It is longer than [`caps::MANIFEST`].
    #[error("the manifest has {0} bytes: at most {max}", max = caps::MANIFEST)]
    Long(u64),
    /// It is no JSON of this shape.
    #[error("the manifest cannot be read")]
    Json(#[from] serde_json::Error),
    /// It is of another format.
    #[error("the manifest has format {0}, and this program knows {FORMAT} only")]
    Format(u32),
    /// It means something, but is not written as we write it.
    #[error("the manifest is not in its canonical form")]
    Form,
    /// Its version is none that releases have.
    #[error(transparent)]
    Version(#[from] InvalidId),
    /// It has no file, or more than [`caps::ENTRIES`].
    #[error("the manifest names {0} files: 1 to {max} are allowed", max = caps::ENTRIES)]
    Entries(usize),
    /// Its files together are longer than [`caps::CONTENT`].
    #[error("the files of the manifest have more than {max} bytes together", max = caps::CONTENT)]
    Content,
    /// Its files are not in the order of their paths, or one comes twice.
    #[error("{0} is out of order in the manifest, or comes twice")]
    Order(EntryPath),
    /// A file of it would be the folder of another.
    #[error("{0} lies in a folder that the manifest has as a file")]
    Folder(EntryPath),
}

impl Manifest {
    /// Of these files, in any order.
    ///
    /// # Errors
    /// [`ManifestError`], when they are none that a release may have.
    pub fn new(facts: Facts, mut files: Vec<Entry>) -> Result<Self, ManifestError> {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let Facts { part, version, target, min_from, downgrade } = facts;
        let manifest = Self { format: FORMAT, part, version, target, min_from, downgrade, files };
        manifest.check()?;
        let length = manifest.bytes().len() as u64;
        if length > caps::MANIFEST { Err(ManifestError::Long(length)) } else { Ok(manifest) }
    }

    /// Reads the content of a `manifest.json`.
    ///
    /// # Errors
    /// [`ManifestError`] for everything but what [`Self::bytes`] gives.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let length = bytes.len() as u64;
        if length > caps::MANIFEST {
            return Err(ManifestError::Long(length));
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.format != FORMAT {
            return Err(ManifestError::Format(manifest.format));
        }
        manifest.check()?;
        if manifest.bytes() == bytes { Ok(manifest) } else { Err(ManifestError::Form) }
    }

    /// The content of its `manifest.json`: what is signed and hashed.
    pub fn bytes(&self) -> Vec<u8> {
        // Serializing plain data into memory cannot fail.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// What the release is known by.
    pub fn id(&self) -> ReleaseId {
        ReleaseId { version: self.version.clone(), digest: Digest::of(&self.bytes()) }
    }

    /// The name of its archive: `decnet-<part>-<version>-<target>.tar.gz`.
    pub fn archive_name(&self) -> String {
        format!("decnet-{}-{}-{}.tar.gz", self.part, self.version, self.target)
    }

    /// Its files, in the order of their paths.
    pub fn files(&self) -> &[Entry] {
        &self.files
    }

    /// Bytes of all its files together.
    pub fn size(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    fn check(&self) -> Result<(), ManifestError> {
        version(&self.version.to_string())?;
        if let Some(least) = &self.min_from {
            version(&least.to_string())?;
        }
        if self.files.is_empty() || self.files.len() > caps::ENTRIES {
            return Err(ManifestError::Entries(self.files.len()));
        }
        if self.size() > caps::CONTENT {
            return Err(ManifestError::Content);
        }
        let mut before = BTreeSet::new();
        let mut last: Option<&EntryPath> = None;
        for Entry { path, .. } in &self.files {
            if last.is_some_and(|last| last >= path) {
                return Err(ManifestError::Order(path.clone()));
            }
            if path.folders().any(|folder| before.contains(folder)) {
                return Err(ManifestError::Folder(path.clone()));
            }
            before.insert(path.as_str());
            last = Some(path);
        }
        Ok(())
    }
}

/// Where a file stands in its release: a relative path of plain names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryPath(String);

/// The text is no path that a file of a release may have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no path of a release: names of A-Z a-z 0-9 . _ - @ with / between, at most {max} bytes", max = caps::PATH)]
pub struct InvalidPath(pub String);

impl EntryPath {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders that it lies in, outermost first, as paths.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').filter_map(|(at, _)| self.0.get(..at))
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for EntryPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@');
        let name = |name: &str| !matches!(name, "" | "." | "..") && name.bytes().all(allowed);
        // These two stand in every folder, and are not on their own list.
        let taken = |name: &str| matches!(name, MANIFEST | SIGNATURE);
        let valid = text.len() <= caps::PATH
            && text.split('/').all(name)
            && !text.split('/').next().is_some_and(taken);
        valid
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| InvalidPath(text.chars().take(2 * caps::PATH).collect()))
    }
}

impl TryFrom<String> for EntryPath {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        text.parse()
    }
}

impl From<EntryPath> for String {
    fn from(path: EntryPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests;
