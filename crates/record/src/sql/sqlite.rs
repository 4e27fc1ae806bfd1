//! SQLite, embedded.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{Insert, Mode, More, Row, Value};
use crate::RecordError;

/// Statements that are kept prepared.
const PREPARED: usize = 128;

/// How long a connection waits for another one's lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// After how many steps of its machine a statement looks at the clock.
const STEPS: i32 = 2_000;

/// A connection to a file.
#[derive(Debug)]
pub(crate) struct Sqlite(Connection);

impl Sqlite {
    /// Opens the file, which is there, for the one who writes: what is committed survives a power cut.
    pub(crate) fn writer(file: &Path) -> Result<Self, RecordError> {
        Self::open(
            file,
            // How large pages are and how they are freed can be chosen only before anything is written.
            // The cache is for a backlog, whose indices have many pages; it is given back in quiet times.
            // A page that several batches change is copied into the file once for all of them.
            "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16000;
             PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY",
        )
    }

    /// Opens the file for one who reads: it cannot change anything.
    pub(crate) fn reader(file: &Path) -> Result<Self, RecordError> {
        Self::open(file, "PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY")
    }

    fn open(file: &Path, settings: &str) -> Result<Self, RecordError> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(settings)?;
        Ok(Self(connection))
    }

    /// The connection itself, for what only this database can do.
    pub(crate) const fn inner(&self) -> &Connection {
        &self.0
    }

    pub(super) fn begin(&self, mode: Mode) -> Result<(), RecordError> {
        let word = match mode {
            Mode::Read => "BEGIN",
            Mode::Write => "BEGIN IMMEDIATE",
        };
        self.run(word, &[]).map(|_| ())
    }

    pub(super) fn end(&self, keep: bool) -> Result<(), RecordError> {
        // A full disk may have ended it already.
        if !keep && self.0.is_autocommit() {
            return Ok(());
        }
        self.run(if keep { "COMMIT" } else { "ROLLBACK" }, &[]).map(|_| ())
    }

    pub(super) fn deadline(&self, deadline: Option<Instant>) -> Result<(), RecordError> {
        let is_over = deadline.map(|deadline| move || Instant::now() >= deadline);
        Ok(self.0.progress_handler(STEPS, is_over)?)
    }

    pub(super) fn batch(&self, statements: &str) -> Result<(), RecordError> {
        Ok(self.0.execute_batch(statements)?)
    }

    pub(super) fn run(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, RecordError> {
        let changed = self.0.prepare_cached(statement)?.execute(params_from_iter(values))?;
        Ok(changed as u64)
    }

    pub(super) fn run_each(
        &self,
        statement: &str,
        width: usize,
        values: &[Value<'_>],
        changed: &mut dyn FnMut(u64),
    ) -> Result<(), RecordError> {
        let mut statement = self.0.prepare_cached(statement)?;
        for row in values.chunks(width.max(1)) {
            changed(statement.execute(params_from_iter(row))? as u64);
        }
        Ok(())
    }

    pub(super) fn release_memory(&self) -> Result<(), RecordError> {
        Ok(self.0.release_memory()?)
    }

    pub(super) fn has_table(&self, name: &str) -> Result<bool, RecordError> {
        Ok(self.0.table_exists(None, name)?)
    }

    pub(super) fn insert(&self, into: Insert<'_>, values: &[Value<'_>]) -> Result<(), RecordError> {
        let Insert { table, columns } = into;
        let marks = vec!["?"; columns.len()].join(", ");
        let statement = format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "));
        let mut statement = self.0.prepare_cached(&statement)?;
        for row in values.chunks(columns.len().max(1)) {
            statement.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    pub(super) fn query(
        &self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        let mut statement = self.0.prepare_cached(statement)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if each(&Row::Sqlite(row))? == More::No {
                break;
            }
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
