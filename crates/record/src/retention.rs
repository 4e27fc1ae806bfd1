//! Removes what is too old or too much.
//!
//! Events go from the oldest on, with what is told of each of them; what was learnt of attackers
//! stays. At every moment tallies are of the events that are there.

mod blocks;
mod piece;
mod sqlite;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::{
    RecordError,
    follow::now,
    keeper::{Chore, Stop, Worked},
    sql::{Connection, Mode},
};

/// How often it is looked whether something is to go.
const EVERY: Duration = Duration::from_secs(60);

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// Pages that are given back at a time.
const PAGES: u32 = 512;

/// How much is kept; nothing: everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// For how many days events are kept.
    pub days: Option<u32>,
    /// How many events are kept.
    pub events: Option<u64>,
    /// How many bytes the file may have, about; what was learnt of attackers counts, and stays. Of a database
    /// of a server nobody knows how much of it is used.
    pub bytes: Option<u64>,
}

/// Removes what is beyond the limits.
#[derive(Debug)]
pub(crate) struct Retention {
    limits: Limits,
    /// When it was last found that nothing is to go.
    done: Option<Instant>,
}

impl Retention {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, done: None }
    }

    /// The id below which events are to go now; nothing where none are.
    fn end(&self, connection: &mut Connection) -> Result<Option<i64>, RecordError> {
        let Some(stretch) = piece::oldest(connection)? else { return Ok(None) };
        let Limits { days, events, bytes } = self.limits;
        let mut end = None;
        if let Some(days) = days {
            let now = now();
            end = end.max(piece::expired(connection, stretch, now - i64::from(days) * DAY, now + DAY)?);
        }
        if let Some(most) = events {
            let first = stretch.newest.saturating_add(1).saturating_sub_unsigned(most);
            end = end.max((first > stretch.first).then_some(first.min(stretch.end)));
        }
        if let Some(most) = bytes
            && sqlite::bytes(connection)? > most
        {
            end = end.max(Some(stretch.end));
        }
        Ok(end)
    }
}

impl Chore for Retention {
    fn name(&self) -> &'static str {
        "remove what is old"
    }

    fn work(&mut self, connection: &mut Connection, _stop: &Stop) -> Result<Worked, RecordError> {
        if self.limits == Limits::default() || self.done.is_some_and(|done| done.elapsed() < EVERY) {
            return Ok(Worked::Done);
        }
        if let Some(end) = self.end(connection)? {
            connection.transaction(Mode::Write, |connection| piece::remove(connection, end))?;
            return Ok(Worked::More);
        }
        if sqlite::vacuum(connection, PAGES)? {
            return Ok(Worked::More);
        }
        self.done = Some(Instant::now());
        Ok(Worked::Done)
    }
}
