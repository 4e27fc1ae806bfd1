//! What PostgreSQL says went wrong.

use tokio_postgres::{Error, error::SqlState};

use crate::RecordError;

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

fn has_io(error: &Error) -> bool {
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |error| error.source())
        .any(<dyn std::error::Error>::is::<std::io::Error>)
}
