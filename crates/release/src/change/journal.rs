//! What is being done to a chain, or was done last.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    health::Before,
    record::{self, RecordError},
};
use crate::{
    digest::Digest,
    id::ReleaseId,
    medium::{KeepError, Look, Medium},
    store::Layout,
};

const FORMAT: u32 = 1;

/// One change, from its beginning on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    format: u32,
    /// Why it is made.
    pub kind: Kind,
    /// What was current.
    pub from: ReleaseId,
    /// What is to be.
    pub to: ReleaseId,
    /// When it began, in seconds since the Unix epoch.
    pub began: i64,
    /// How far it is.
    pub phase: Phase,
    /// What was good before programs were touched.
    pub before: Vec<Before>,
    /// How the programs were started, in the words of who supervises them.
    pub how: Value,
}

/// Why a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A release came.
    Push,
    /// The one before is wanted back.
    Rollback,
}

/// How far a change is. What a phase says is about to be done may be done, begun or not; what those
/// before say is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Phase {
    /// The manifest came, with a good signature, and may follow what runs; the files are unpacked.
    Received,
    /// All files are what the manifest says, and durable; the folder gets its name.
    Verified,
    /// The release has its folder; the programs are looked at.
    Staged,
    /// `current` is made to point to it.
    Switched,
    /// The programs are restarted and must prove themselves.
    Probing {
        /// How often this was begun.
        attempt: u32,
    },
    /// They did: it is what runs.
    Committed,
    /// They did not: `current` is made to point to the former again, whose programs must prove themselves.
    Reverting {
        /// What was wrong.
        why: String,
    },
    /// The former runs again.
    Reverted {
        /// What was wrong.
        why: String,
        /// What is wrong with the former, where it did not prove itself.
        trouble: Option<String>,
    },
    /// Nothing was switched, or somebody else switched meanwhile.
    Abandoned {
        /// Why.
        why: String,
    },
}

impl Phase {
    /// Whether it is over.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Committed | Self::Reverted { .. } | Self::Abandoned { .. })
    }

    /// Whether the switch or the programs may have been touched, and it is not over.
    pub const fn is_under_way(&self) -> bool {
        matches!(self, Self::Switched | Self::Probing { .. } | Self::Reverting { .. })
    }
}

impl Journal {
    pub(super) const fn new(kind: Kind, from: ReleaseId, to: ReleaseId, began: i64, phase: Phase) -> Self {
        Self { format: FORMAT, kind, from, to, began, phase, before: Vec::new(), how: Value::Null }
    }

    /// That of a chain; none where there was no change yet.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn load(look: &impl Look, layout: &Layout) -> Result<Option<Self>, RecordError> {
        let journal: Option<Self> = record::load(look, &layout.journal())?;
        match journal {
            Some(journal) if journal.format != FORMAT => {
                Err(RecordError::Format { path: layout.journal(), format: journal.format })
            }
            journal => Ok(journal),
        }
    }

    /// Tells it from every other: the boots in it are drawn.
    pub(super) fn digest(&self) -> Digest {
        // Serializing plain data into memory cannot fail.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn save(&self, medium: &mut impl Medium, layout: &Layout) -> Result<(), KeepError> {
        record::save(medium, &layout.journal(), self)
    }
}
