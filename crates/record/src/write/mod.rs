//! Lines become rows: a batch of them in one transaction, with how far the log is kept.
//!
//! A batch is collected without the database ([`Batch`]). Then ids are found or given out for what it
//! speaks of ([`Known`]), lines that came before are left out, and each table is changed once for
//! each of its rows that the batch touches, however many lines do.
//!
//! What is known in memory is what the database has. After an error nothing is known any more, and
//! the next batch begins with what the database says: so memory cannot be ahead of it.

mod alerts;
mod artifacts;
mod attackers;
mod batch;
mod blocks;
mod bounties;
mod cache;
mod commands;
mod contacts;
mod credentials;
mod events;
mod hash;
mod ignore;
mod keys;
mod known;
mod marks;
mod purge;
mod sessions;
mod stream;
mod streams;
mod tallies;
#[cfg(test)]
pub(crate) mod tests;
mod watch;
mod words;

use std::{collections::HashSet, sync::Arc};

use decnet_logship::position::Generation;

use self::known::Known;
pub(crate) use self::{batch::Batch, known::note_last, marks::Mark, tallies::Tallies};
pub use self::{purge::Purged, watch::Watch};
use crate::{
    Database, RecordError,
    file::{self, Lock},
    open,
    sql::{Connection, Mode},
};

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Events that are kept.
    pub(crate) events: u64,
    /// Lines that came before.
    pub(crate) duplicates: u64,
    /// Id of the newest event there is.
    pub(crate) newest: i64,
}

/// The one who writes the record.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    /// What the database has, as far as it is known through the connection of an epoch.
    known: Option<(u64, Known)>,
    watch: Arc<Watch>,
    /// That of a file; servers have their own.
    _lock: Option<Lock>,
}

impl Writer {
    /// Opens a record, making it where there is none.
    ///
    /// # Errors
    /// [`RecordError::Held`] or [`RecordError::Taken`] when another process writes it, [`RecordError::Newer`],
    /// [`RecordError::OpenFolder`], [`RecordError::File`], [`RecordError::Unreachable`].
    pub(crate) fn open(database: impl Into<Database>) -> Result<Self, RecordError> {
        let (database, lock) = lock(database.into())?;
        let mut connection = open::writer(&database)?;
        let known = Known::load(&mut connection).map_err(|error| error.during("read the record"))?;
        let watch = Arc::new(Watch::new(known.last.event));
        Ok(Self { known: Some((connection.epoch(), known)), connection, watch, _lock: lock })
    }

    /// Who wants to know of new events asks here.
    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// The connection, for other work between batches.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// How far the log is kept, what moved last at the end.
    pub(crate) fn marks(&mut self) -> Result<Vec<Mark>, RecordError> {
        marks::all(&mut self.connection)
    }

    /// Forgets marks of files that are not among `living`, but for the newest.
    pub(crate) fn prune_marks(&mut self, living: &HashSet<Generation>) -> Result<(), RecordError> {
        self.connection.transaction(Mode::Write, |connection| marks::prune(connection, living))
    }

    /// Keeps a batch, and that the log is kept as far as `marks`: all of it durably, or nothing.
    ///
    /// # Errors
    /// [`RecordError::Full`], [`RecordError::Database`]. The same batch may be given again.
    pub(crate) fn apply(&mut self, batch: &Batch, marks: &[Mark]) -> Result<Applied, RecordError> {
        let (mut known, told) = (self.known.take(), self.watch.newest());
        let kept = self.connection.transaction(Mode::Write, |connection| {
            let epoch = connection.epoch();
            if known.as_ref().is_none_or(|(its, _)| *its != epoch) {
                open::known(connection)?;
                let (_, known) = known.insert((epoch, Known::load(connection)?));
                // An answer that was lost may have been that all of it is kept.
                if marks::are_kept(connection, marks)? {
                    let newest = known.last.event;
                    let events = newest.saturating_sub(told).try_into().unwrap_or(0);
                    return Ok((Applied { events, duplicates: 0, newest }, 0));
                }
            }
            let Some((_, known)) = &mut known else { return Err(RecordError::Closed) };
            keep(connection, known, batch, marks)
        });
        let (applied, alerts) = kept.map_err(|error| error.during("keep what came"))?;
        self.known = known;
        if applied.events > 0 {
            self.watch.tell(applied.newest, alerts);
        }
        Ok(applied)
    }

    /// Removes every event and all that was learnt of attackers: all of it, or nothing.
    ///
    /// # Errors
    /// [`RecordError::Database`].
    pub(crate) fn purge(&mut self) -> Result<Purged, RecordError> {
        // What was known of the rows is known no more, whatever comes of it.
        self.known = None;
        let purged = self.connection.transaction(Mode::Write, purge::purge);
        purged.map_err(|error| error.during("empty the record"))
    }
}

/// Makes room for a file and takes its lock.
fn lock(database: Database) -> Result<(Database, Option<Lock>), RecordError> {
    let Database::File(path) = database else { return Ok((database, None)) };
    let path = file::prepare_folder(&path)?;
    let lock = Lock::take(&path)?;
    Ok((Database::File(file::prepare(&path)?), Some(lock)))
}

/// Keeps a batch, in the transaction that is under way, and says how many alerts it raised.
fn keep(
    connection: &mut Connection,
    known: &mut Known,
    batch: &Batch,
    marks: &[Mark],
) -> Result<(Applied, u64), RecordError> {
    known.alerts.refresh(connection)?;
    let mut words = words::Ids::new(batch);
    let mut streams = streams::load(connection, known, batch, &mut words)?;
    let kept = streams::admit(batch, &mut streams);
    words.resolve(connection, known, kept.iter().flat_map(|kept| kept.row.words()))?;
    let mut events = events::of(kept, &words, known);
    ignore::mark(&mut events, &words, &known.alerts.standing);
    sessions::keep(connection, known, &mut events)?;
    events::insert(connection, batch, &events)?;
    blocks::keep(connection, &mut known.newest_block, &events)?;
    let mut tallies = Tallies::default();
    events.iter().for_each(|event| tallies.count(event.row.time, event.words()));
    tallies.add(connection)?;
    tallies::quarters(connection, &events)?;
    let news = attackers::keep(connection, known, &words, &events)?;
    commands::insert(connection, &events)?;
    artifacts::insert(connection, &events)?;
    let alerts = alerts::raise(connection, &mut known.alerts, batch, &words, (&events, &news))?;
    streams::save(connection, known, streams)?;
    marks::save(connection, known, marks)?;
    let (events, all) = (events.len() as u64, batch.rows().len() as u64);
    Ok((Applied { events, duplicates: all - events, newest: known.last.event }, alerts))
}
