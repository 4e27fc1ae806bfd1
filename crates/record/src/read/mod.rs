//! Questions to the record.
//!
//! Each is answered from one moment: in one transaction, which cannot change anything and may take only so
//! long. Texts of an answer come from lines and words that were bounded when they came in.
//!
//! ```text
//! Search ──► plan: words → ids, which index leads ──► visit: rows, newest first ──► pages, totals, buckets
//!                     │                                    ▲
//!                     └── words to find candidates by ─────┘ text::Index, stretch by stretch
//! ```

mod alerts;
mod artifacts;
mod attackers;
mod blocks;
mod bounties;
mod commands;
mod cursor;
mod histogram;
mod list;
mod logs;
mod matcher;
mod names;
mod period;
mod plan;
mod pool;
mod sessions;
mod stats;
mod tally;
#[cfg(test)]
mod tests;
mod visit;

use std::time::{Duration, Instant};

pub(crate) use self::list::List;
use self::pool::Pool;
pub use self::{
    attackers::{AttackerSort, Attackers},
    bounties::Bounties,
    cursor::{Cursor, CursorError, Paging},
    logs::Streamed,
    matcher::Matcher,
    period::Period,
    sessions::Sessions,
};
use crate::{
    Database, RecordError,
    accounts::{AccountError, Accounts},
    sql::{Connection, Mode},
};

/// How much is asked of the database at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Most questions that are answered at the same time; others wait.
    pub questions: usize,
    /// How long an answer may take.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { questions: 4, answer: Duration::from_secs(5) }
    }
}

/// Who asks the record. It may be shared between threads; each question blocks the one that asks.
#[derive(Debug)]
pub struct Reader {
    pool: Pool,
    answer: Duration,
}

impl Reader {
    /// Opens a record, which is there.
    ///
    /// # Errors
    /// [`RecordError`] when it cannot be opened.
    pub fn open(database: impl Into<Database>, patience: Patience) -> Result<Self, RecordError> {
        let pool = Pool::open(database.into(), patience.questions)?;
        Ok(Self { pool, answer: patience.answer })
    }

    /// Answers a question: what `work` finds, all of it at one moment.
    pub(crate) fn ask<T>(
        &self,
        attempt: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        let mut lent = self.pool.take()?;
        let answer = lent.with(|connection| {
            connection.deadline(Some(Instant::now() + self.answer))?;
            connection.transaction(Mode::Read, work)
        });
        answer.map_err(|error| error.during(attempt))
    }

    /// Looks at accounts; nothing can be changed by this way.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn accounts<T>(
        &self,
        work: impl FnOnce(&mut Accounts<'_>) -> Result<T, AccountError>,
    ) -> Result<T, AccountError> {
        let mut lent = self.pool.take()?;
        let answer = lent.with(|connection| {
            connection.deadline(Some(Instant::now() + self.answer))?;
            let answer = work(&mut Accounts::new(connection));
            connection.deadline(None)?;
            Ok(answer)
        });
        answer?
    }
}
