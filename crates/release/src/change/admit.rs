//! Whether a release may follow what runs here: decided from its signed manifest alone.

use semver::Version;
use thiserror::Error;

use super::state::State;
use crate::{
    id::{Part, ReleaseId, Target},
    manifest::Manifest,
};

/// Where a release is to run.
#[derive(Clone, Debug)]
pub struct Here<'a> {
    /// What the chain takes.
    pub part: Part,
    /// This machine.
    pub target: &'a Target,
    /// What is current.
    pub current: &'a ReleaseId,
    /// What is known of releases.
    pub state: &'a State,
}

/// What to do with a release that may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is current already.
    Already,
    /// Change to it.
    Change,
}

/// Why a release may not come, though it was signed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Inadmissible {
    /// It is for something else.
    #[error("this is a release of the {found}, and one of the {expected} is expected")]
    Part {
        /// What it is for.
        found: Part,
        /// What it must be for.
        expected: Part,
    },
    /// It is for other machines.
    #[error("this release is for {found}, and this machine is {own}")]
    Target {
        /// What it is for.
        found: Target,
        /// What this is.
        own: Target,
    },
    /// It cannot take over from so old a one.
    #[error("this release can follow {least} or newer, and {running} runs: update to one between first")]
    TooOldHere {
        /// The least that it can follow.
        least: Version,
        /// What runs.
        running: Version,
    },
    /// It is no newer than what runs.
    #[error("this release, {offered}, is not newer than what runs, {running}, and is no signed downgrade")]
    NotNewer {
        /// What came.
        offered: Version,
        /// What runs.
        running: Version,
    },
    /// It is no newer than what ran.
    #[error(
        "this release, {offered}, is not newer than the newest that ever ran well here, {highest}, and is no signed downgrade"
    )]
    NotHighest {
        /// What came.
        offered: Version,
        /// The newest that was committed.
        highest: Version,
    },
}

/// Decides.
///
/// # Errors
/// [`Inadmissible`].
pub fn admit(manifest: &Manifest, here: &Here<'_>) -> Result<Admission, Inadmissible> {
    if manifest.part != here.part {
        return Err(Inadmissible::Part { found: manifest.part, expected: here.part });
    }
    if manifest.target != *here.target {
        return Err(Inadmissible::Target { found: manifest.target.clone(), own: here.target.clone() });
    }
    let id = manifest.id();
    if id == *here.current {
        return Ok(Admission::Already);
    }
    let running = &here.current.version;
    if let Some(least) = manifest.min_from.as_ref().filter(|least| running < *least) {
        return Err(Inadmissible::TooOldHere { least: least.clone(), running: running.clone() });
    }
    if manifest.downgrade || here.state.is_good(&id) {
        return Ok(Admission::Change);
    }
    let offered = id.version;
    if offered <= *running {
        return Err(Inadmissible::NotNewer { offered, running: running.clone() });
    }
    match here.state.highest() {
        Some(highest) if offered <= *highest => {
            Err(Inadmissible::NotHighest { offered, highest: highest.clone() })
        }
        _ => Ok(Admission::Change),
    }
}
