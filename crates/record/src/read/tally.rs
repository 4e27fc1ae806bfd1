//! How many events there are, as far as it is counted when they come.

use super::{
    period::{self, Span},
    plan::Plan,
    visit::{self, Columns, Walk},
};
use crate::{
    RecordError,
    limits::LOOKED_AT,
    sql::{Connection, More, Value},
};

/// How many rows a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) count: u64,
    /// Else there are at least so many.
    pub(super) is_exact: bool,
}

impl Total {
    /// A list without rows.
    pub(super) const NONE: Self = Self { count: 0, is_exact: true };

    /// What was counted up to one more than `most`.
    pub(super) fn counted(count: u64, most: u64) -> Self {
        Self { count: count.min(most), is_exact: count <= most }
    }

    /// At least so many, whatever was counted.
    pub(super) fn at_least(self, count: u64) -> Self {
        Self { count: self.count.max(count), ..self }
    }
}

/// How many events a plan finds.
pub(super) fn total(connection: &mut Connection, plan: &Plan) -> Result<Total, RecordError> {
    if let Some(word) = plan.tallied() {
        return Ok(Total { count: exact(connection, plan, word)?, is_exact: true });
    }
    if !plan.has_checks() {
        return visit::count(connection, plan, LOOKED_AT + 1).map(|count| Total::counted(count, LOOKED_AT));
    }
    let mut count = 0;
    let is_exact = visit::events(connection, plan, Walk::all(Columns::Time), &mut |looked| {
        count += u64::from(looked.found.is_some());
        Ok(if looked.number < LOOKED_AT { More::Yes } else { More::No })
    })?;
    Ok(Total { count, is_exact })
}

/// How many events with a word there are in the span of the plan, which looks for nothing else.
fn exact(connection: &mut Connection, plan: &Plan, word: i64) -> Result<u64, RecordError> {
    let mut count = sum(connection, word, plan.span)?.cast_unsigned();
    for edge in plan.span.edges() {
        count += edge_count(connection, plan, edge)?;
    }
    Ok(count)
}

/// How many events a plan that only narrows finds in a part of its span.
pub(super) fn edge_count(connection: &mut Connection, plan: &Plan, edge: Span) -> Result<u64, RecordError> {
    let Some(ids) = period::ids(connection, edge)? else { return Ok(0) };
    visit::count(connection, &plan.within(edge, ids), u64::MAX >> 1)
}

/// How many events with a word there were in the whole quarters of a span.
pub(super) fn sum(connection: &mut Connection, word: i64, span: Span) -> Result<i64, RecordError> {
    let (first, end) = span.quarters();
    let values = [word, first, end].map(Value::Int);
    let sum = connection.first(
        "SELECT COALESCE(SUM(events), 0) FROM tallies WHERE word = ? AND quarter >= ? AND quarter < ?",
        &values,
        |row| row.int(0),
    )?;
    Ok(sum.unwrap_or(0))
}
