//! Databases as the record knows them: a few verbs that all of them have.
//!
//! Statements are written once, in what all of them understand, with `?` for each value. Ids are
//! given out by the one writer and what is there is known before it is written, so that no
//! statement needs a sequence, `RETURNING`, or what each calls an upsert.

mod mariadb;
mod placeholders;
mod postgres;
mod roots;
mod row;
mod server;
mod sqlite;

use std::time::Instant;

#[cfg(test)]
pub(crate) use self::mariadb::LOCK;
use self::{mariadb::MariaDbSession, postgres::PostgresSession};
pub(crate) use self::{
    row::Row,
    server::{Role, Server, Session},
    sqlite::Sqlite,
};
use crate::{
    RecordError,
    database::{DatabaseUrl, Kind},
};

/// A value for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'v> {
    /// None.
    Null,
    /// A number, a time in microseconds, an id, a truth (0 or 1).
    Int(i64),
    /// A text.
    Text(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
}

/// Into which table and columns rows go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insert<'t> {
    /// The table.
    pub(crate) table: &'t str,
    /// Its columns, in the order of the values of a row.
    pub(crate) columns: &'static [&'static str],
}

/// Whether rows that are left are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// The next one, please.
    Yes,
    /// That was enough.
    No,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To look at the database as it is at one moment.
    Read,
    /// To change it, alone.
    Write,
}

/// A connection to a database.
#[derive(Debug)]
pub(crate) enum Connection {
    /// The embedded one.
    Sqlite(Sqlite),
    /// PostgreSQL.
    Postgres(Box<Server<PostgresSession>>),
    /// MariaDB, or MySQL.
    MariaDb(Box<Server<MariaDbSession>>),
}

impl Connection {
    /// Connects to a server.
    pub(crate) fn connect(url: &DatabaseUrl, role: Role) -> Result<Self, RecordError> {
        Ok(match url.kind {
            Kind::Postgres => Self::Postgres(Box::new(Server::open(url, role)?)),
            Kind::MariaDb => Self::MariaDb(Box::new(Server::open(url, role)?)),
        })
    }

    /// The embedded one, for what no other can do.
    pub(crate) const fn sqlite(&mut self) -> Option<&mut Sqlite> {
        match self {
            Self::Sqlite(database) => Some(database),
            Self::Postgres(_) | Self::MariaDb(_) => None,
        }
    }

    /// Grows when a connection was lost: what was known through it may be wrong.
    pub(crate) const fn epoch(&self) -> u64 {
        match self {
            Self::Sqlite(_) => 0,
            Self::Postgres(server) => server.epoch(),
            Self::MariaDb(server) => server.epoch(),
        }
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.begin(mode),
            Self::Postgres(server) => server.begin(mode),
            Self::MariaDb(server) => server.begin(mode),
        }
    }

    /// Ends it: keeps everything durably, or nothing.
    pub(crate) fn end(&mut self, keep: bool) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.end(keep),
            Self::Postgres(server) => server.end(keep),
            Self::MariaDb(server) => server.end(keep),
        }
    }

    /// Carries statements out that take no values, one behind the other.
    pub(crate) fn batch(&mut self, statements: &str) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.batch(statements),
            Self::Postgres(server) => server.batch(statements),
            Self::MariaDb(server) => server.batch(statements),
        }
    }

    /// Carries a statement out, and says how many rows it changed.
    pub(crate) fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, RecordError> {
        match self {
            Self::Sqlite(database) => database.run(statement, values),
            Self::Postgres(server) => server.with(|session| session.run(statement, values)),
            Self::MariaDb(server) => server.with(|session| session.run(statement, values)),
        }
    }

    /// Carries a statement out once for every `width` values, and tells `changed` each time how many
    /// rows it changed.
    pub(crate) fn run_each(
        &mut self,
        statement: &str,
        width: usize,
        values: &[Value<'_>],
        changed: &mut dyn FnMut(u64),
    ) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.run_each(statement, width, values, changed),
            Self::Postgres(server) => {
                server.with(|session| session.run_each(statement, width, values, changed))
            }
            Self::MariaDb(server) => {
                server.with(|session| session.run_each(statement, width, values, changed))
            }
        }
    }

    /// Gives memory back that only makes the next statements quicker.
    pub(crate) fn release_memory(&mut self) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.release_memory(),
            Self::Postgres(_) | Self::MariaDb(_) => Ok(()),
        }
    }

    /// Whether there is a table of this name.
    pub(crate) fn has_table(&mut self, name: &str) -> Result<bool, RecordError> {
        match self {
            Self::Sqlite(database) => database.has_table(name),
            Self::Postgres(server) => server.with(|session| session.has_table(name)),
            Self::MariaDb(server) => server.with(|session| session.has_table(name)),
        }
    }

    /// Until when statements may take; without one, for as long as they want. What takes longer fails
    /// with [`RecordError::TooLong`].
    pub(crate) fn deadline(&mut self, deadline: Option<Instant>) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.deadline(deadline),
            Self::Postgres(server) => {
                server.set_deadline(deadline);
                Ok(())
            }
            Self::MariaDb(server) => {
                server.set_deadline(deadline);
                Ok(())
            }
        }
    }

    /// Adds rows, whose values follow each other.
    pub(crate) fn insert(&mut self, into: Insert<'_>, values: &[Value<'_>]) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.insert(into, values),
            Self::Postgres(server) => server.with(|session| session.insert(into, values)),
            Self::MariaDb(server) => server.with(|session| session.insert(into, values)),
        }
    }

    /// Gives every row of an answer to `each`, until it has enough.
    pub(crate) fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.query(statement, values, each),
            Self::Postgres(server) => server.with(|session| session.query(statement, values, each)),
            Self::MariaDb(server) => server.with(|session| session.query(statement, values, each)),
        }
    }

    /// The same for an answer of which not all may be wanted. Its rows have one order, and no `LIMIT`.
    pub(crate) fn walk(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        match self {
            Self::Sqlite(database) => database.query(statement, values, each),
            Self::Postgres(server) => server.walk(statement, values, each),
            Self::MariaDb(server) => server.walk(statement, values, each),
        }
    }

    /// Does `work` in a transaction: all of it or nothing.
    pub(crate) fn transaction<T>(
        &mut self,
        mode: Mode,
        work: impl FnOnce(&mut Self) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        self.all_or_nothing(mode, work)
    }

    /// Does `work`, which can fail in other ways than a database, in a transaction.
    pub(crate) fn all_or_nothing<T, E: From<RecordError>>(
        &mut self,
        mode: Mode,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin(mode)?;
        let done = work(self).and_then(|done| Ok(self.end(true).map(|()| done)?));
        if done.is_err() {
            // What went wrong first is what is told; a transaction that cannot be ended is known by
            // the next one that cannot begin.
            let _ = self.end(false);
        }
        done
    }

    /// The first row of an answer, as `take` reads it.
    pub(crate) fn first<T>(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        take: impl Fn(&Row<'_>) -> Result<T, RecordError>,
    ) -> Result<Option<T>, RecordError> {
        let mut first = None;
        self.query(statement, values, &mut |row| {
            first = Some(take(row)?);
            Ok(More::No)
        })?;
        Ok(first)
    }

    /// Every row of an answer, as `take` reads it.
    pub(crate) fn all<T>(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<T, RecordError>,
    ) -> Result<Vec<T>, RecordError> {
        let mut all = Vec::new();
        self.query(statement, values, &mut |row| {
            all.push(take(row)?);
            Ok(More::Yes)
        })?;
        Ok(all)
    }
}
