//! Some events at a time.

use super::blocks;
use crate::{
    RecordError,
    sql::{Connection, Value},
    text::forget,
    write::{Tallies, note_last},
};

/// Most events that go in one transaction.
const EVENTS: i64 = 5000;

/// The oldest events, as many as go at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The oldest.
    pub(super) first: i64,
    /// The first one that is not among them.
    pub(super) end: i64,
    /// The newest of all.
    pub(super) newest: i64,
}

/// The oldest events; nothing where there are none.
pub(super) fn oldest(connection: &mut Connection) -> Result<Option<Stretch>, RecordError> {
    let first = id(connection, "SELECT MIN(id) FROM events")?;
    let newest = newest(connection)?;
    let stretch =
        |(first, newest): (i64, i64)| Stretch { first, end: (first + EVENTS).min(newest + 1), newest };
    Ok(first.zip(newest).map(stretch))
}

fn newest(connection: &mut Connection) -> Result<Option<i64>, RecordError> {
    id(connection, "SELECT MAX(id) FROM events")
}

fn id(connection: &mut Connection, statement: &str) -> Result<Option<i64>, RecordError> {
    Ok(connection.first(statement, &[], |row| row.int_or_none(0))?.flatten())
}

/// The id below which the events of a stretch are of before `begin`; nothing where there is none.
///
/// An event of behind `end` has a clock that is wrong, and goes with those before it: it must not keep
/// what is behind it for ever.
pub(super) fn expired(
    connection: &mut Connection,
    stretch: Stretch,
    begin: i64,
    end: i64,
) -> Result<Option<i64>, RecordError> {
    let statement = "SELECT MIN(id) FROM events WHERE id >= ? AND id < ? AND time >= ? AND time <= ?";
    let values = [stretch.first, stretch.end, begin, end].map(Value::Int);
    let stays = connection.first(statement, &values, |row| row.int_or_none(0))?.flatten();
    Ok(Some(stays.unwrap_or(stretch.end)).filter(|end| *end > stretch.first))
}

/// Removes all events below `end`, in the transaction that is under way.
pub(super) fn remove(connection: &mut Connection, end: i64) -> Result<(), RecordError> {
    note_last(connection)?;
    let newest = newest(connection)?.unwrap_or(end);
    let mut tallies = Tallies::default();
    let events = "SELECT time, worker, decky, service, kind, address FROM events WHERE id < ?";
    connection.query(events, &[Value::Int(end)], &mut |row| {
        let words = [row.int(1)?, row.int(2)?, row.int(3)?, row.int(4)?, row.int(5)?];
        tallies.count(row.int(0)?, words);
        Ok(crate::sql::More::Yes)
    })?;
    tallies.take_off(connection)?;
    for quarter in tallies.quarters() {
        let values = [Value::Int(quarter), Value::Int(end)];
        connection.run("DELETE FROM quarters WHERE quarter = ? AND last < ?", &values)?;
        let values = [Value::Int(end), Value::Int(quarter), Value::Int(end)];
        connection.run("UPDATE quarters SET first = ? WHERE quarter = ? AND first < ?", &values)?;
    }
    remove_sessions(connection, end)?;
    blocks::remove(connection, (end, newest), tallies.words())?;
    for statement in [
        "DELETE FROM commands WHERE event < ?",
        "DELETE FROM artifacts WHERE event < ?",
        "DELETE FROM events WHERE id < ?",
    ] {
        connection.run(statement, &[Value::Int(end)])?;
    }
    // Words of events that are all gone go at once.
    forget(connection, end)
}

/// Conversations whose last event goes.
fn remove_sessions(connection: &mut Connection, end: i64) -> Result<(), RecordError> {
    let statement = "DELETE FROM sessions WHERE last_event < ? AND id IN \
        (SELECT session FROM events WHERE id < ? AND session > 0)";
    connection.run(statement, &[Value::Int(end), Value::Int(end)]).map(|_| ())
}
