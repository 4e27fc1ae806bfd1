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
    database::Kind,
    sql::{self, Connection, Role},
};

/// Says on which server the tests of this process are; without it they are in files.
const ON: &str = "RECORD_TEST_ON";

/// The URL of the database on a server, where tests are there.
pub(crate) fn text() -> Option<String> {
    std::env::var(ON).ok()
}

fn server() -> Option<DatabaseUrl> {
    text().map(|url| url.parse().unwrap())
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
    match url.kind {
        Kind::Postgres => {
            carry_out(&url, &format!("CREATE SCHEMA IF NOT EXISTS {name}"));
            url.schema = Some(name);
        }
        Kind::MariaDb => {
            let name = format!("{}_{name}", url.database);
            carry_out(&url, &format!("CREATE DATABASE IF NOT EXISTS {name}"));
            url.database = name;
        }
    }
    Database::Server { url, ledger: crate::file::beside(path, ".follow") }
}

/// Connects to a server, outside of any record, to do as one likes.
fn connect(url: &DatabaseUrl) -> Connection {
    let mut connection = Connection::connect(url, Role::Reader).unwrap();
    let freely = match url.kind {
        Kind::Postgres => "SET default_transaction_read_only = off",
        Kind::MariaDb => "SET SESSION TRANSACTION READ WRITE",
    };
    connection.batch(freely).unwrap();
    connection
}

/// Carries out a statement on a server.
fn carry_out(url: &DatabaseUrl, statement: &str) {
    connect(url).batch(statement).unwrap();
}

/// Has the server end the connection of the one who writes a record.
pub(crate) fn cut(database: &Database) {
    let Database::Server { url, .. } = database else { return };
    match url.kind {
        Kind::Postgres => {
            let schema = url.schema.as_deref().unwrap_or("public");
            let statement = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND \
                 ((classid::bigint << 32) | objid::bigint) = hashtextextended('decnet record ' || '{schema}', 0)"
            );
            carry_out(url, &statement);
        }
        Kind::MariaDb => {
            let mut connection = connect(url);
            let holder = format!("SELECT IS_USED_LOCK({})", sql::LOCK);
            let holder = connection.first(&holder, &[], |row| row.int_or_none(0)).unwrap().flatten();
            // Whoever it was may have gone meanwhile.
            holder.map(|holder| connection.batch(&format!("KILL {holder}")));
        }
    }
}

/// Has the server end the connection of this process of its own.
pub(crate) fn end(database: &Database, process: i64) {
    let Database::Server { url, .. } = database else { return };
    match url.kind {
        Kind::Postgres => carry_out(url, &format!("SELECT pg_terminate_backend({process})")),
        Kind::MariaDb => carry_out(url, &format!("KILL {process}")),
    }
}

/// What makes the server on which the tests are sleep for ten minutes, and what tells its process.
pub(crate) fn sleep_and_process() -> (&'static str, &'static str) {
    match server().map(|url| url.kind) {
        Some(Kind::MariaDb) => ("SELECT SLEEP(600)", "SELECT CONNECTION_ID()"),
        _ => ("SELECT 1 FROM pg_sleep(600)", "SELECT pg_backend_pid()"),
    }
}
