//! What MariaDB says went wrong.

use mysql_async::{DriverError, Error};

use crate::{
    RecordError,
    error::{NO_SUCH_DATABASE, NOT_LET_IN, NOT_TAKEN, unanswered},
};

/// No room: the disk is full, a table is full.
const FULL: [u16; 2] = [1021, 1114];

/// What errors of the system about a full disk say, whatever was being done.
const NO_SPACE: &str = "No space left on device";

/// A statement took too long: of MariaDB, of MySQL.
const TOO_LONG: [u16; 2] = [1969, 3024];

/// The server ends, or ends the connection: shutting down, killed, idle for too long.
const GONE: [u16; 6] = [1053, 1152, 1158, 1317, 1927, 4031];

/// Nobody is let in with this user and password.
const DENIED: [u16; 4] = [1044, 1045, 1251, 1698];

/// There is no such database.
const NO_DATABASE: u16 = 1049;

/// What was being attempted is added by who asks for the work.
impl From<Error> for RecordError {
    fn from(source: Error) -> Self {
        match &source {
            Error::Server(error) if FULL.contains(&error.code) || error.message.contains(NO_SPACE) => {
                Self::Full
            }
            Error::Server(error) if TOO_LONG.contains(&error.code) => Self::TooLong,
            Error::Server(error) if GONE.contains(&error.code) => Self::lost(source),
            Error::Io(_)
            | Error::Driver(
                DriverError::ConnectionClosed
                | DriverError::PacketOutOfOrder
                | DriverError::UnexpectedPacket { .. },
            ) => Self::lost(source),
            _ => Self::Database { attempt: "", source: source.into() },
        }
    }
}

/// Why nothing could be had of a server, and what would be right.
pub(super) fn why(error: &Error) -> &'static str {
    match error {
        Error::Server(error) if error.code == NO_DATABASE => NO_SUCH_DATABASE,
        Error::Server(error) if DENIED.contains(&error.code) => NOT_LET_IN,
        _ => unanswered(error).unwrap_or(NOT_TAKEN),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use mysql_async::ServerError;

    use super::*;
    use crate::error::{NO_SERVER, NOT_BELIEVED};

    fn server(code: u16) -> Error {
        let message =
            if code == 1030 { "Got error 28 \"No space left on device\" from storage engine" } else { "" };
        ServerError { code, message: message.to_owned(), state: String::new() }.into()
    }

    #[test]
    fn a_server_that_cannot_be_had_is_told_of() {
        let check = |error: Error, expect: &str| assert_eq!(why(&error), expect, "{error:?}");
        check(server(1045), NOT_LET_IN);
        check(server(1049), NO_SUCH_DATABASE);
        check(server(1040), NOT_TAKEN);
        check(io::Error::from(io::ErrorKind::ConnectionRefused).into(), NO_SERVER);
        check(io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError).into(), NOT_BELIEVED);
        check(DriverError::NoClientSslFlagFromServer.into(), NOT_TAKEN);
    }

    #[test]
    fn what_is_worth_trying_again_is_known() {
        let lost = |error: Error| matches!(error.into(), RecordError::Lost { .. });
        assert!(lost(server(1927)) && lost(io::Error::from(io::ErrorKind::BrokenPipe).into()));
        assert!(lost(DriverError::ConnectionClosed.into()) && !lost(server(1062)));
        assert!(matches!(server(1021).into(), RecordError::Full));
        assert!(matches!(server(1030).into(), RecordError::Full));
        assert!(matches!(server(1969).into(), RecordError::TooLong));
        assert!(matches!(server(3024).into(), RecordError::TooLong));
    }
}
