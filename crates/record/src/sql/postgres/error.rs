//! What PostgreSQL says went wrong.

use tokio_postgres::{Error, error::SqlState};

use crate::{
    RecordError,
    error::{NO_SUCH_DATABASE, NOT_LET_IN, NOT_TAKEN, unanswered},
};

/// Beginnings of the codes that tell that a connection, or its server, has gone.
const GONE: [&str; 3] = ["08", "57P0", "25P03"];

/// What was being attempted is added by who asks for the work.
impl From<Error> for RecordError {
    fn from(source: Error) -> Self {
        match source.code() {
            Some(&SqlState::DISK_FULL) => Self::Full,
            Some(&SqlState::QUERY_CANCELED) => Self::TooLong,
            Some(code) if GONE.iter().any(|gone| code.code().starts_with(gone)) => {
                Self::Lost { source: source.into() }
            }
            // Nothing but a connection that broke leaves an error of the system behind.
            None if source.is_closed() || has_io(&source) => Self::Lost { source: source.into() },
            _ => Self::Database { attempt: "", source: source.into() },
        }
    }
}

/// Why nothing could be had of a server, and what would be right.
pub(super) fn why(error: &Error) -> &'static str {
    match error.code() {
        Some(&SqlState::INVALID_CATALOG_NAME) => NO_SUCH_DATABASE,
        // Of the class of these is all that has to do with who somebody is.
        Some(code) if code.code().starts_with("28") || *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            NOT_LET_IN
        }
        // A password is wanted, and there is none.
        None if error.to_string().contains("password") => NOT_LET_IN,
        None => unanswered(error).unwrap_or(NOT_TAKEN),
        Some(_) => NOT_TAKEN,
    }
}

fn has_io(error: &Error) -> bool {
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |error| error.source())
        .any(<dyn std::error::Error>::is::<std::io::Error>)
}
