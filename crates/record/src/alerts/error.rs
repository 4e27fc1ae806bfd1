//! Why something about alerts was not done.

use thiserror::Error;

use crate::RecordError;

/// Why something about alerts was not done. Nothing has changed.
#[derive(Debug, Error)]
pub enum AlertError {
    /// It cannot be as it was given.
    #[error("{what} must be {rule}")]
    Invalid {
        /// What.
        what: &'static str,
        /// What it should be.
        rule: &'static str,
    },
    /// Another one has the name.
    #[error("there is a receiver of that name")]
    Taken,
    /// There are as many as there may be.
    #[error("there are {most} {what} already, the most that there may be")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        most: usize,
    },
    /// There is none.
    #[error("there is no such {what}")]
    Absent {
        /// What there is not.
        what: &'static str,
    },
    /// The record failed.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// [`AlertError::Invalid`] unless it is as it should be.
pub(super) fn demand(right: bool, what: &'static str, rule: &'static str) -> Result<(), AlertError> {
    if right { Ok(()) } else { Err(AlertError::Invalid { what, rule }) }
}
