//! Spans of time, and which events may be in them.

use decnet_event::Timestamp;

use crate::{
    RecordError,
    sql::{Connection, Value},
};

/// A quarter of an hour, in microseconds.
pub(super) const QUARTER: i64 = 900_000_000;

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first moment of it; without one it has no beginning.
    pub from: Option<Timestamp>,
    /// The first moment behind it; without one it has no end.
    pub until: Option<Timestamp>,
}

/// A span in microseconds, whose end is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl From<Period> for Span {
    fn from(period: Period) -> Self {
        let number = |time: Option<Timestamp>, none| time.map_or(none, |time| time.0);
        Self { from: number(period.from, i64::MIN), until: number(period.until, i64::MAX) }
    }
}

impl Span {
    /// All of time.
    pub(super) const ALL: Self = Self { from: i64::MIN, until: i64::MAX };

    pub(super) const fn is_empty(self) -> bool {
        self.from >= self.until
    }

    /// The quarters that are in it whole: the first, and the first behind them.
    pub(super) const fn quarters(self) -> (i64, i64) {
        let first = match self.from {
            i64::MIN => i64::MIN,
            from => from.div_euclid(QUARTER) + (from.rem_euclid(QUARTER) > 0) as i64,
        };
        let end = match self.until {
            i64::MAX => i64::MAX,
            until => until.div_euclid(QUARTER),
        };
        (first, end)
    }

    /// What is left of it without its whole quarters: less than a quarter at each end.
    pub(super) fn edges(self) -> Vec<Self> {
        let (first, end) = self.quarters();
        let edges = if first >= end && first != i64::MIN && end != i64::MAX {
            // It may reach from one quarter into the next.
            let middle = first.saturating_mul(QUARTER).clamp(self.from, self.until);
            [Self { from: self.from, until: middle }, Self { from: middle, until: self.until }]
        } else {
            let start = if first == i64::MIN { self.from } else { first.saturating_mul(QUARTER) };
            let stop = if end == i64::MAX { self.until } else { end.saturating_mul(QUARTER) };
            [Self { from: self.from, until: start }, Self { from: stop, until: self.until }]
        };
        edges.into_iter().filter(|edge| !edge.is_empty()).collect()
    }
}

/// Between which ids the events of a span are: the first and the last; nothing where there are none.
pub(super) fn ids(connection: &mut Connection, span: Span) -> Result<Option<(i64, i64)>, RecordError> {
    if span == Span::ALL {
        return Ok(Some((i64::MIN, i64::MAX)));
    }
    if span.is_empty() {
        return Ok(None);
    }
    let quarters = [span.from, span.until - 1].map(|time| Value::Int(time.div_euclid(QUARTER)));
    let ids = connection.first(
        "SELECT MIN(first), MAX(last) FROM quarters WHERE quarter >= ? AND quarter <= ?",
        &quarters,
        |row| Ok(row.int_or_none(0)?.zip(row.int_or_none(1)?)),
    )?;
    Ok(ids.flatten())
}
