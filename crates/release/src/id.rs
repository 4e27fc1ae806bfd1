//! What a release is known by.

use std::{fmt, str::FromStr};

use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    caps,
    digest::{Digest, InvalidDigest},
};

/// What an archive is for: what is installed, switched and rolled back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Agent, forwarder and decoy of a worker.
    Worker,
    /// A worker's updater.
    Updater,
    /// The master. Nobody pushes it.
    Master,
    /// The listener. Nobody pushes it.
    Listener,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Worker, Self::Updater, Self::Master, Self::Listener];

    /// Its name in manifests, file names and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Updater => "updater",
            Self::Master => "master",
            Self::Listener => "listener",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no part, version, target or release.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidId {
    /// No part.
    #[error("{0:?} is no part: worker, updater, master or listener is")]
    Part(String),
    /// No version that a release may have.
    #[error(
        "{0:?} is no version of a release: MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRE, without build metadata"
    )]
    Version(String),
    /// No target.
    #[error("{0:?} is no target: it would be a triple such as x86_64-unknown-linux-gnu")]
    Target(String),
    /// No release.
    #[error("{0:?} names no release: it would be VERSION-SHA256")]
    Release(String),
    /// No digest.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
}

/// As much of a wrong text as an error shows.
fn excerpt(text: &str) -> String {
    text.chars().take(160).collect()
}

impl FromStr for Part {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let found = Self::ALL.into_iter().find(|part| part.name() == text);
        found.ok_or_else(|| InvalidId::Part(excerpt(text)))
    }
}

/// Parses a version as releases have them: semantic, without build metadata, because that has no place
/// in the order of versions; at most [`caps::VERSION`] bytes.
///
/// # Errors
/// [`InvalidId::Version`].
pub fn version(text: &str) -> Result<Version, InvalidId> {
    let parsed = Version::parse(text).ok().filter(|_| text.len() <= caps::VERSION);
    parsed.filter(|version| version.build.is_empty()).ok_or_else(|| InvalidId::Version(excerpt(text)))
}

/// What machine programs are for: a target triple of the compiler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target(String);

impl Target {
    /// That of this program.
    pub fn own() -> Self {
        let vendor_and_system = if cfg!(target_env = "musl") { "linux-musl" } else { "linux-gnu" };
        Self(format!("{}-unknown-{vendor_and_system}", std::env::consts::ARCH))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Target {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let valid = (1..=caps::TARGET).contains(&text.len()) && text.bytes().all(allowed);
        valid.then(|| Self(text.to_owned())).ok_or_else(|| InvalidId::Target(excerpt(text)))
    }
}

impl TryFrom<String> for Target {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.0
    }
}

/// A release: its version, for people and for the order; the SHA-256 of its manifest, which makes it
/// unmistakable. Its text, `<version>-<digest>`, is the name of its folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseId {
    /// Its version.
    pub version: Version,
    /// SHA-256 of its `manifest.json`.
    pub digest: Digest,
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.version, self.digest))
    }
}

impl FromStr for ReleaseId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (number, digest) = text.rsplit_once('-').ok_or_else(|| InvalidId::Release(excerpt(text)))?;
        Ok(Self { version: version(number)?, digest: digest.parse()? })
    }
}

impl TryFrom<String> for ReleaseId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ReleaseId> for String {
    fn from(id: ReleaseId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_one_text() {
        let digest = Digest::of(b"x");
        for number in ["1.2.3", "0.1.0-rc.1", "1.0.0-alpha-2"] {
            let text = format!("{number}-{digest}");
            let id: ReleaseId = text.parse().unwrap();
            assert_eq!(
                (id.to_string(), id.version.to_string(), id.digest),
                (text, number.to_owned(), digest)
            );
        }
        for bad in [
            "",
            "1.2.3",
            "1.2.3-",
            &format!("1.2-{digest}"),
            &format!("-{digest}"),
            &format!("1.2.3+b-{digest}"),
        ] {
            assert!(bad.parse::<ReleaseId>().is_err(), "{bad}");
        }
        assert!(format!("../1.2.3-{digest}").parse::<ReleaseId>().is_err());
    }

    #[test]
    fn versions_and_targets_are_bounded() {
        assert!(version(&format!("1.0.0-{}", "a".repeat(caps::VERSION - 6))).is_ok());
        assert!(version(&format!("1.0.0-{}", "a".repeat(caps::VERSION - 5))).is_err());
        assert!("a".repeat(caps::TARGET).parse::<Target>().is_ok());
        for bad in ["", "x86_64/linux", "X86", "a b", &"a".repeat(caps::TARGET + 1)] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
        assert_eq!(Target::own().as_str().parse(), Ok(Target::own()));
    }

    #[test]
    fn parts_are_known_by_their_names() {
        for part in Part::ALL {
            assert_eq!(part.name().parse(), Ok(part));
            assert_eq!(serde_json::to_string(&part).unwrap(), format!("{:?}", part.name()));
        }
        assert!("decoy".parse::<Part>().is_err());
    }
}
