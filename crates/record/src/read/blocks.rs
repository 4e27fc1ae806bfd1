//! Where events with a word may be: the blocks that have it.

use super::visit::Order;
use crate::{
    RecordError, block,
    sql::{Connection, More, Value},
};

/// Most blocks that are asked for at once: who wants a page has enough of the first.
const AT_ONCE: usize = 64;

/// Ids between which events are, first and last.
pub(super) type Ids = (i64, i64);

/// The next rows of ids, in order, between which events with the word are, and what is left to be asked
/// behind them.
pub(super) fn next(
    connection: &mut Connection,
    word: i64,
    (first, last): Ids,
    order: Order,
) -> Result<(Vec<Ids>, Option<Ids>), RecordError> {
    let direction = if order == Order::NewestFirst { "DESC" } else { "ASC" };
    let statement = format!(
        "SELECT block FROM blocks WHERE word = ? AND block >= ? AND block <= ? ORDER BY block {direction} LIMIT ?"
    );
    let values = [word, block::of(first), block::of(last), AT_ONCE as i64].map(Value::Int);
    let (mut runs, mut blocks) = (Vec::new(), 0);
    connection.query(&statement, &values, &mut |row| {
        let (begin, end) = block::ids(row.int(0)?);
        join(&mut runs, (begin.max(first), end.min(last)));
        blocks += 1;
        Ok(More::Yes)
    })?;
    let rest = runs.last().filter(|_| blocks == AT_ONCE).map(|run| match order {
        Order::NewestFirst => (first, run.0.saturating_sub(1)),
        Order::OldestFirst => (run.1.saturating_add(1), last),
    });
    Ok((runs, rest.filter(|(first, last)| first <= last)))
}

/// Adds ids to the last row, where they follow or precede it.
fn join(runs: &mut Vec<Ids>, ids: Ids) {
    match runs.last_mut() {
        Some(run) if run.1.checked_add(1) == Some(ids.0) => run.1 = ids.1,
        Some(run) if ids.1.checked_add(1) == Some(run.0) => run.0 = ids.0,
        _ => runs.push(ids),
    }
}
