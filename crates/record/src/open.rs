//! Opening a record: its tables as this program knows them.

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::{
    Database, RecordError, file,
    sql::{Connection, Mode, Role, Sqlite, Value},
};

/// What makes the tables of each version out of those of the one before; the first is of version 1.
type Migrations = [&'static str; 6];

const SQLITE: Migrations = [
    include_str!("../migrations/sqlite/0001_record.sql"),
    include_str!("../migrations/sqlite/0002_accounts.sql"),
    include_str!("../migrations/sqlite/0003_alerts.sql"),
    include_str!("../migrations/sqlite/0004_ignored.sql"),
    include_str!("../migrations/sqlite/0005_blocks.sql"),
    include_str!("../migrations/sqlite/0006_sightings.sql"),
];

const POSTGRES: Migrations = [
    include_str!("../migrations/postgres/0001_record.sql"),
    include_str!("../migrations/postgres/0002_accounts.sql"),
    include_str!("../migrations/postgres/0003_alerts.sql"),
    include_str!("../migrations/postgres/0004_ignored.sql"),
    include_str!("../migrations/postgres/0005_blocks.sql"),
    include_str!("../migrations/postgres/0006_sightings.sql"),
];

/// There was none of it before what the fourth and the sixth change.
const MARIADB: Migrations = [
    include_str!("../migrations/mariadb/0001_record.sql"),
    include_str!("../migrations/mariadb/0002_accounts.sql"),
    include_str!("../migrations/mariadb/0003_alerts.sql"),
    "",
    include_str!("../migrations/mariadb/0005_blocks.sql"),
    "",
];

/// The name under which the version of the tables stands in `state`.
const VERSION: &str = "schema";

/// The version of the tables that this program knows.
pub(crate) const KNOWN: i64 = SQLITE.len() as i64;

/// Opens the record, whose file is there, to write, with the tables that it has.
pub(crate) fn as_it_is(database: &Database) -> Result<Connection, RecordError> {
    let opened = match database {
        Database::File(path) => Sqlite::writer(path).map(Connection::Sqlite),
        Database::Server { url, .. } => Connection::connect(url, Role::Writer),
    };
    opened.map_err(|error| error.during("open the record"))
}

/// Opens the record, whose file is there, to write, and brings its tables up to date.
pub(crate) fn writer(database: &Database) -> Result<Connection, RecordError> {
    let mut connection = as_it_is(database)?;
    migrate(&mut connection, KNOWN)
        .map_err(|error| error.during("bring the tables of the record up to date"))?;
    Ok(connection)
}

/// Opens the record, which is there, to read.
pub(crate) fn reader(database: &Database) -> Result<Connection, RecordError> {
    let opened = match database {
        Database::File(path) => there(path).and_then(|()| Sqlite::reader(path)).map(Connection::Sqlite),
        Database::Server { url, .. } => Connection::connect(url, Role::Reader),
    };
    opened.map_err(|error| error.during("open the record to read"))
}

/// SQLite would make one.
fn there(path: &Path) -> Result<(), RecordError> {
    std::fs::metadata(path).map(|_| ()).map_err(file::failed(path))
}

/// The version of the tables; 0 where there are none yet.
pub(crate) fn version(connection: &mut Connection) -> Result<i64, RecordError> {
    if !connection.has_table("state")? {
        return Ok(0);
    }
    Ok(number(connection, VERSION)?.unwrap_or(0))
}

/// The number that stands under `name` in `state`.
pub(crate) fn number(connection: &mut Connection, name: &str) -> Result<Option<i64>, RecordError> {
    connection.first("SELECT value FROM state WHERE name = ?", &[Value::Text(name)], |row| {
        row.text(0)?.parse().map_err(|_| RecordError::Row { what: "a number" })
    })
}

/// Puts `number` under `name` into `state`, in the transaction that is under way.
pub(crate) fn set_number(connection: &mut Connection, name: &str, number: i64) -> Result<(), RecordError> {
    let text = number.to_string();
    let values = [Value::Text(&text), Value::Text(name)];
    if connection.run("UPDATE state SET value = ? WHERE name = ?", &values)? == 0 {
        connection.run("INSERT INTO state (value, name) VALUES (?, ?)", &values)?;
    }
    Ok(())
}

/// Refuses tables of a version that this program does not know.
pub(crate) fn known(connection: &mut Connection) -> Result<i64, RecordError> {
    let found = version(connection)?;
    if found > KNOWN { Err(RecordError::Newer { found, known: KNOWN }) } else { Ok(found) }
}

/// Brings the tables up to the version `last`.
fn migrate(connection: &mut Connection, last: i64) -> Result<(), RecordError> {
    let found = known(connection)?;
    let migrations = match connection {
        Connection::Sqlite(_) => SQLITE,
        Connection::Postgres(_) => POSTGRES,
        Connection::MariaDb(_) => MARIADB,
    };
    let missing = migrations.iter().zip(1..=last).filter(|(_, version)| *version > found);
    for (migration, version) in missing {
        connection.transaction(Mode::Write, |connection| {
            connection.batch(migration)?;
            set_number(connection, VERSION, version)
        })?;
    }
    Ok(())
}
