//! Connections, opened when they are needed and kept.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::{Database, RecordError, open, sql::Connection};

/// At most so many connections, of which each is lent to one question at a time.
#[derive(Debug)]
pub(super) struct Pool {
    database: Database,
    most: usize,
    kept: Mutex<Kept>,
    /// Tells that a connection is back.
    back: Condvar,
}

#[derive(Debug)]
struct Kept {
    idle: Vec<Connection>,
    lent: usize,
}

/// A connection that is lent, and goes back by itself.
pub(super) struct Lent<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Pool {
    pub(super) fn open(database: Database, most: usize) -> Result<Self, RecordError> {
        let first = open::reader(&database)?;
        let kept = Mutex::new(Kept { idle: vec![first], lent: 0 });
        Ok(Self { database, most: most.max(1), kept, back: Condvar::new() })
    }

    /// Lends a connection, as soon as there is one.
    pub(super) fn take(&self) -> Result<Lent<'_>, RecordError> {
        let is_busy = |kept: &mut Kept| kept.lent >= self.most;
        let kept = self.back.wait_while(self.lock(), is_busy);
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        kept.lent += 1;
        let idle = kept.idle.pop();
        drop(kept);
        let mut lent = Lent { pool: self, connection: idle };
        if lent.connection.is_none() {
            lent.connection = Some(open::reader(&self.database)?);
        }
        Ok(lent)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent<'_> {
    /// Does `work` with the connection. One on which something failed is not used again, unless only time
    /// ran out.
    pub(super) fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        let Some(mut connection) = self.connection.take() else {
            return Err(RecordError::Row { what: "a connection" });
        };
        let done = work(&mut connection);
        if matches!(done, Ok(_) | Err(RecordError::TooLong)) {
            self.connection = Some(connection);
        }
        done
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut kept = self.pool.lock();
        kept.lent -= 1;
        kept.idle.extend(self.connection.take());
        self.pool.back.notify_one();
    }
}
