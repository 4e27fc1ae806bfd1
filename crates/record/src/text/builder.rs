//! The index of words, made behind ingest.

use super::{Index, Line, words::Words};
use crate::{
    RecordError,
    keeper::{Chore, Stop, Worked},
    sql::{Connection, Mode, More, Value},
};

/// How many events a stretch has before another one begins. Tests have few events.
const STRETCH: i64 = if cfg!(test) { 32 } else { 1_000_000 };

/// Most events of a piece: as many as are written while nobody waits for long.
const PIECE: usize = if cfg!(test) { 8 } else { 4_000 };

/// Adds to the index what is not in it yet, a piece at a time.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    words: Words,
    /// The words of the events of a piece, one behind the other.
    texts: String,
    /// Each event of the piece, and where its words end.
    ends: Vec<(i64, usize)>,
}

/// A row of `texts`.
#[derive(Clone, Copy)]
struct Stretch {
    id: i64,
    first: i64,
    next: i64,
}

impl Chore for Builder {
    fn name(&self) -> &'static str {
        "index words"
    }

    fn work(&mut self, connection: &mut Connection, _: &Stop) -> Result<Worked, RecordError> {
        Ok(if self.piece(connection)? { Worked::More } else { Worked::Done })
    }
}

impl Builder {
    /// Adds a piece, durably, and says whether there is more to do at once.
    ///
    /// # Errors
    /// [`RecordError`] when the database cannot; nothing of the piece is added then.
    pub(crate) fn piece(&mut self, connection: &mut Connection) -> Result<bool, RecordError> {
        let newest = newest(connection)?;
        self.read(connection, newest.map_or(i64::MIN, |stretch| stretch.next))?;
        let (Some((first, _)), Some((last, _))) = (self.ends.first(), self.ends.last()) else {
            return Ok(false);
        };
        let (first, next) = (*first, *last + 1);
        connection.transaction(Mode::Write, |connection| {
            let stretch = match newest.filter(|stretch| stretch.next - stretch.first < STRETCH) {
                Some(stretch) => stretch,
                None => begin(connection, newest.map_or(1, |stretch| stretch.id + 1), first)?,
            };
            Index::of(connection).add(connection, stretch.id, self.events())?;
            let ends = [Value::Int(next), Value::Int(stretch.id)];
            connection.run("UPDATE texts SET next = ? WHERE id = ?", &ends).map(|_| ())
        })?;
        Ok(self.ends.len() == PIECE)
    }

    /// Reads the events from `next` on, and the words of their lines.
    fn read(&mut self, connection: &mut Connection, next: i64) -> Result<(), RecordError> {
        let Self { words, texts, ends } = self;
        texts.clear();
        ends.clear();
        let values = [Value::Int(next), Value::Int(PIECE as i64)];
        connection.query(
            "SELECT id, line FROM events WHERE id >= ? ORDER BY id LIMIT ?",
            &values,
            &mut |row| {
                texts.push_str(words.of(&Line::of(row.bytes(1)?)));
                ends.push((row.int(0)?, texts.len()));
                Ok(More::Yes)
            },
        )
    }

    /// What was read: each event and its words.
    fn events(&self) -> impl Iterator<Item = (i64, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(event, end)| {
            let words = self.texts.get(start..*end).unwrap_or_default();
            start = *end;
            (*event, words)
        })
    }
}

/// Drops stretches all of whose events are before the event `first`.
///
/// # Errors
/// [`RecordError`] when the database cannot. It is to be called in a transaction.
pub(crate) fn forget(connection: &mut Connection, first: i64) -> Result<(), RecordError> {
    let select = "SELECT id FROM texts WHERE next <= ?";
    for stretch in connection.all(select, &[Value::Int(first)], |row| row.int(0))? {
        connection.run("DELETE FROM texts WHERE id = ?", &[Value::Int(stretch)])?;
        Index::drop(connection, stretch)?;
    }
    Ok(())
}

fn newest(connection: &mut Connection) -> Result<Option<Stretch>, RecordError> {
    connection.first("SELECT id, first, next FROM texts ORDER BY id DESC LIMIT 1", &[], |row| {
        Ok(Stretch { id: row.int(0)?, first: row.int(1)?, next: row.int(2)? })
    })
}

fn begin(connection: &mut Connection, id: i64, first: i64) -> Result<Stretch, RecordError> {
    Index::of(connection).create(connection, id)?;
    let values = [Value::Int(id), Value::Int(first), Value::Int(first)];
    connection.run("INSERT INTO texts (id, first, next) VALUES (?, ?, ?)", &values)?;
    Ok(Stretch { id, first, next: first })
}
