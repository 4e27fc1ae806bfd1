//! How far the log is kept.

use std::collections::HashSet;

use decnet_logship::position::{Generation, Position};

use super::{
    keys::change_or_add,
    known::{Known, next},
};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

/// A file of the log, and the first byte of it that is not kept.
pub(crate) type Mark = Position;

/// How many marks of files that nobody knows any more stay.
const REMEMBERED: usize = 64;

const MARKS: Insert = Insert { table: "marks", columns: &["place", "moved", "generation"] };

/// All marks, the one that moved last at the end.
pub(super) fn all(connection: &mut Connection) -> Result<Vec<Mark>, RecordError> {
    connection.all("SELECT generation, place FROM marks ORDER BY moved", &[], |row| {
        let wrong = || RecordError::Row { what: "a mark" };
        let generation = row.bytes(0)?.try_into().map_err(|_| wrong())?;
        let offset = row.int(1)?.try_into().map_err(|_| wrong())?;
        Ok(Position { generation: Generation(generation), offset })
    })
}

/// Whether the log is kept exactly as far as `marks`, of which there are some.
pub(super) fn are_kept(connection: &mut Connection, marks: &[Mark]) -> Result<bool, RecordError> {
    let kept = all(connection)?;
    Ok(!marks.is_empty() && marks.iter().all(|mark| kept.contains(mark)))
}

/// Moves marks.
pub(super) fn save(
    connection: &mut Connection,
    known: &mut Known,
    marks: &[Mark],
) -> Result<(), RecordError> {
    let mut values = Vec::with_capacity(3 * marks.len());
    for mark in marks {
        let place = i64::try_from(mark.offset).map_err(|_| RecordError::Row { what: "a place in a file" })?;
        let moved = next(&mut known.last.moved);
        values.extend([Value::Int(place), Value::Int(moved), Value::Bytes(&mark.generation.0)]);
    }
    let row = |at: usize| values.get(3 * at..)?.first_chunk::<3>().copied();
    let update = "UPDATE marks SET place = ?, moved = ? WHERE generation = ?";
    change_or_add(connection, update, (3, &values), MARKS, row).map(|_| ())
}

/// Removes marks of files that are not in `living`, but for the newest.
pub(crate) fn prune(connection: &mut Connection, living: &HashSet<Generation>) -> Result<(), RecordError> {
    let all = all(connection)?;
    let dead = all.iter().map(|mark| mark.generation).filter(|generation| !living.contains(generation));
    let dead: Vec<_> = dead.collect();
    let excess = dead.len().saturating_sub(REMEMBERED);
    let values: Vec<_> = dead.iter().take(excess).map(|generation| Value::Bytes(&generation.0)).collect();
    connection.run_each("DELETE FROM marks WHERE generation = ?", 1, &values, &mut |_| {})
}
