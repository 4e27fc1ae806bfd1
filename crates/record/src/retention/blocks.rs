//! Blocks whose events go.

use std::collections::HashSet;

use crate::{
    RecordError, block,
    sql::{Connection, More, Value},
};

/// Forgets that these words were in blocks below `end`. The block that `end` is in keeps the words of the events
/// that stay. The one that the `newest` event is in keeps all: who writes goes by what it had.
pub(super) fn remove(
    connection: &mut Connection,
    (end, newest): (i64, i64),
    words: impl Iterator<Item = i64>,
) -> Result<(), RecordError> {
    let edge = block::of(end);
    let stay = if edge < block::of(newest) { Some(staying(connection, end)?) } else { None };
    let first = |word| if stay.as_ref().is_none_or(|stay| stay.contains(&word)) { edge } else { edge + 1 };
    let ends: Vec<_> = words.flat_map(|word| [word, first(word)].map(Value::Int)).collect();
    connection.run_each("DELETE FROM blocks WHERE word = ? AND block < ?", 2, &ends, &mut |_| {})
}

/// The words of the events from `end` on that are in its block.
fn staying(connection: &mut Connection, end: i64) -> Result<HashSet<i64>, RecordError> {
    let mut stay = HashSet::new();
    let statement = "SELECT worker, decky, service, kind, address FROM events WHERE id >= ? AND id <= ?";
    let (_, last) = block::ids(block::of(end));
    connection.query(statement, &[end, last].map(Value::Int), &mut |row| {
        for at in 0..5 {
            stay.insert(row.int(at)?);
        }
        Ok(More::Yes)
    })?;
    Ok(stay)
}
