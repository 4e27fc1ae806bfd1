//! Rows of answers.

use std::str::from_utf8;

use super::{mariadb, postgres};
use crate::RecordError;

/// A row of an answer; columns are counted from 0.
#[derive(Debug)]
pub(crate) enum Row<'r> {
    /// Of the embedded database.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of PostgreSQL.
    Postgres(&'r tokio_postgres::Row),
    /// Of MariaDB.
    MariaDb(&'r mysql_async::Row),
}

impl Row<'_> {
    /// A number.
    pub(crate) fn int(&self, at: usize) -> Result<i64, RecordError> {
        self.int_or_none(at)?.ok_or(RecordError::Row { what: "a number" })
    }

    /// A number, where there is one.
    pub(crate) fn int_or_none(&self, at: usize) -> Result<Option<i64>, RecordError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(at)?),
            Self::Postgres(row) => postgres::int(row, at),
            Self::MariaDb(row) => mariadb::int(row, at),
        }
    }

    /// A text.
    pub(crate) fn text(&self, at: usize) -> Result<&str, RecordError> {
        self.text_or_none(at)?.ok_or(RecordError::Row { what: "a text" })
    }

    /// A text, where there is one.
    pub(crate) fn text_or_none(&self, at: usize) -> Result<Option<&str>, RecordError> {
        let wrong = |_| RecordError::Row { what: "a text" };
        let text = |bytes: Option<_>| bytes.map(|bytes| from_utf8(bytes).map_err(wrong)).transpose();
        match self {
            Self::Sqlite(row) => {
                row.get_ref(at)?.as_str_or_null().map_err(|_| RecordError::Row { what: "a text" })
            }
            Self::Postgres(row) => text(postgres::bytes(row, at)?),
            Self::MariaDb(row) => text(mariadb::bytes(row, at)?),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&self, at: usize) -> Result<&[u8], RecordError> {
        let wrong = RecordError::Row { what: "bytes" };
        match self {
            Self::Sqlite(row) => row.get_ref(at)?.as_blob().map_err(|_| wrong),
            Self::Postgres(row) => postgres::bytes(row, at)?.ok_or(wrong),
            Self::MariaDb(row) => mariadb::bytes(row, at)?.ok_or(wrong),
        }
    }
}
