//! Places for the records of tests: in files, or where `RECORD_TEST_ON` says, in a database of a server.
//!
//! The tests of this crate are run once in files, and once more, by [`servers`], on each server that
//! there is.

#![cfg(test)]

mod dump;
mod servers;

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
};

pub(crate) use self::dump::rows;
use crate::{
    Database, DatabaseUrl,
    sql::{Connection, Role},
};

/// Says on which server the tests of this process are; without it they are in files.
const ON: &str = "RECORD_TEST_ON";

fn server() -> Option<DatabaseUrl> {
    let url = std::env::var(ON).ok()?;
    Some(url.parse().unwrap())
}

/// Whether records are in files.
pub(crate) fn in_files() -> bool {
    std::env::var_os(ON).is_none()
}

/// How many cases a test has that draws them: a server takes longer for each.
pub(crate) fn cases(in_files_so_many: u32) -> u32 {
    if in_files() { in_files_so_many } else { (in_files_so_many / 6).max(4) }
}

/// The database that stands for the file at `path`.
pub(crate) fn database(path: &Path) -> Database {
    let Some(mut url) = server() else { return path.into() };
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    let name = format!("t_{:016x}", hasher.finish());
    carry_out(&url, &format!("CREATE SCHEMA IF NOT EXISTS {name}"));
    url.schema = Some(name);
    Database::Server { url, ledger: crate::file::beside(path, ".follow") }
}

/// Carries out a statement on a server, outside of any record.
fn carry_out(url: &DatabaseUrl, statement: &str) {
    let mut connection = Connection::connect(url, Role::Reader).unwrap();
    connection.batch("SET default_transaction_read_only = off").unwrap();
    connection.batch(statement).unwrap();
}

/// Has the server end the connection of the one who writes a record.
pub(crate) fn cut(database: &Database) {
    let Database::Server { url, .. } = database else { return };
    let schema = url.schema.as_deref().unwrap_or("public");
    let statement = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
         AND ((classid::bigint << 32) | objid::bigint) = hashtextextended('decnet record ' || '{schema}', 0)"
    );
    carry_out(url, &statement);
}

/// Has the server end the connection of this process of its own.
pub(crate) fn end(database: &Database, process: i64) {
    let Database::Server { url, .. } = database else { return };
    carry_out(url, &format!("SELECT pg_terminate_backend({process})"));
}
