//! What sorts of servers there are.

use super::UrlError;
use crate::RecordError;

/// What sort of server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB, or MySQL.
    MariaDb,
}

impl Kind {
    /// The one that a scheme stands for.
    pub(super) fn of(scheme: &str) -> Result<Self, UrlError> {
        match scheme {
            "postgres" | "postgresql" => Ok(Self::Postgres),
            "mariadb" | "mysql" => Ok(Self::MariaDb),
            _ => Err(UrlError::Scheme),
        }
    }

    /// How a URL of it begins.
    pub(super) const fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
        }
    }

    /// The port where none is named.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::MariaDb => 3306,
        }
    }

    /// The settings that there are in a URL of it.
    pub(super) const fn settings(self) -> &'static str {
        match self {
            Self::Postgres => "host, hostaddr, schema, sslrootcert, password-file",
            Self::MariaDb => "socket, hostaddr, sslrootcert, password-file",
        }
    }

    /// What does with a database what was to be done with a file.
    pub(crate) const fn no_file(self) -> RecordError {
        let (copies, restores) = match self {
            Self::Postgres => ("pg_dump", "pg_restore"),
            Self::MariaDb => ("mariadb-dump", "mariadb"),
        };
        RecordError::NoFile { copies, restores }
    }
}
