//! The events of a plan, one after the other.

use super::{
    blocks,
    plan::{Narrow, Plan},
};
use crate::{
    Dimension, RecordError,
    sql::{Connection, More, Row, Value},
    text::Index,
};

/// In which order events are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// What came last comes first.
    NewestFirst,
    /// As they came.
    OldestFirst,
}

/// What is read of each event. Its line is read too where it has to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// [`TIME`] alone.
    Time,
    /// Everything, in the order of [`Event`].
    All,
}

/// How events are gone through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// Between which ids, both of them included.
    pub(super) ids: (i64, i64),
    pub(super) columns: Columns,
    pub(super) order: Order,
}

impl Walk {
    /// Through all there are, newest first.
    pub(super) const fn all(columns: Columns) -> Self {
        Self { ids: (i64::MIN, i64::MAX), columns, order: Order::NewestFirst }
    }
}

/// How many of the newest events are gone through one by one, though their words are known. Tests have few.
const NEAR: i64 = if cfg!(test) { 8 } else { 2_000 };

/// The column of the time.
pub(super) const TIME: usize = 1;

/// The column of the line.
const LINE: usize = 2;

/// An event as the database has it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: i64,
    pub(super) time: i64,
    pub(super) line: Vec<u8>,
    pub(super) worker: i64,
    pub(super) decky: i64,
    pub(super) service: i64,
    pub(super) kind: i64,
    pub(super) address: i64,
    pub(super) session: i64,
    pub(super) ignored: i64,
}

impl Event {
    /// Reads a row of [`Columns::All`].
    pub(super) fn read(row: &Row<'_>) -> Result<Self, RecordError> {
        Ok(Self {
            id: row.int(0)?,
            time: row.int(TIME)?,
            line: row.bytes(LINE)?.to_vec(),
            worker: row.int(3)?,
            decky: row.int(4)?,
            service: row.int(5)?,
            kind: row.int(6)?,
            address: row.int(7)?,
            session: row.int(8)?,
            ignored: row.int(9)?,
        })
    }
}

/// A run of ids all of which are gone through in the same way.
#[derive(Clone, Copy, Debug)]
struct Piece {
    first: i64,
    last: i64,
    /// The stretch whose words are known.
    stretch: Option<i64>,
}

/// An event that was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked<'r> {
    /// How many were looked at so far, this one among them.
    pub(super) number: u64,
    /// Its row, where it is one that is looked for.
    pub(super) found: Option<&'r Row<'r>>,
}

/// Looks at every event that the plan may find and tells `each` of it, until that has enough; says whether all
/// were gone through.
pub(super) fn events(
    connection: &mut Connection,
    plan: &Plan,
    walk: Walk,
    each: &mut dyn FnMut(Looked<'_>) -> Result<More, RecordError>,
) -> Result<bool, RecordError> {
    let index = Index::of(connection);
    let pieces = pieces(connection, plan, walk)?;
    let newest = pieces.iter().find_map(|piece| Some((piece.stretch?, piece.last.saturating_add(1))));
    let question = match newest {
        Some(newest) => index.question(&index.telling(connection, newest, &plan.sought)?),
        None => String::new(),
    };
    let (mut number, mut more) = (0, More::Yes);
    for piece in pieces {
        let is_done = piece.runs(connection, plan, walk.order, &mut |connection, run| {
            let (statement, values) = run.select(index, plan, walk, &question);
            connection.walk(&statement, &values, &mut |row| {
                number += 1;
                let holds = !plan.has_checks() || plan.holds(row.bytes(LINE)?);
                more = each(Looked { number, found: holds.then_some(row) })?;
                Ok(more)
            })?;
            Ok(more)
        })?;
        if !is_done {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Between which ids a plan looks for events, newest first.
#[cfg(test)]
pub(super) fn runs(connection: &mut Connection, plan: &Plan) -> Result<Vec<(i64, i64)>, RecordError> {
    let mut runs = Vec::new();
    for piece in pieces(connection, plan, Walk::all(Columns::All))? {
        piece.runs(connection, plan, Order::NewestFirst, &mut |_, run| {
            runs.push((run.first, run.last));
            Ok(More::Yes)
        })?;
    }
    Ok(runs)
}

/// How many events a plan without conditions on lines finds, up to `most`.
pub(super) fn count(connection: &mut Connection, plan: &Plan, most: u64) -> Result<u64, RecordError> {
    let piece = Piece { first: plan.ids.0, last: plan.ids.1, stretch: None };
    let (index, mut count) = (Index::of(connection), 0);
    piece.runs(connection, plan, Order::NewestFirst, &mut |connection, run| {
        let (conditions, mut values) = run.conditions(index, plan, "");
        values.push(Value::Int((most - count).cast_signed()));
        let statement =
            format!("SELECT COUNT(*) FROM (SELECT events.id FROM {conditions} LIMIT ?) AS counted");
        count += connection.first(&statement, &values, |row| row.int(0))?.unwrap_or(0).cast_unsigned();
        Ok(if count < most { More::Yes } else { More::No })
    })?;
    Ok(count)
}

/// Divides ids at the stretches of the text index. The newest events, and those whose ids are in none, are
/// gone through one by one: what is said often is found sooner so.
fn pieces(connection: &mut Connection, plan: &Plan, walk: Walk) -> Result<Vec<Piece>, RecordError> {
    let (first, mut last) = (plan.ids.0.max(walk.ids.0), plan.ids.1.min(walk.ids.1));
    let mut pieces = Vec::new();
    if plan.is_by_words() && walk.order == Order::NewestFirst {
        let stretches = connection.all(
            "SELECT id, first, next FROM texts WHERE next > ? AND first <= ? ORDER BY id DESC",
            &[Value::Int(first), Value::Int(last)],
            |row| Ok(Piece { stretch: Some(row.int(0)?), first: row.int(1)?, last: row.int(2)? - 1 }),
        )?;
        let newest = connection.first("SELECT MAX(id) FROM events", &[], |row| row.int_or_none(0))?;
        let near = newest.flatten().unwrap_or(last).min(last).saturating_sub(NEAR);
        for stretch in stretches {
            let stretch =
                Piece { first: stretch.first.max(first), last: stretch.last.min(last).min(near), ..stretch };
            if stretch.first <= stretch.last {
                pieces.push(Piece { first: stretch.last.saturating_add(1), last, stretch: None });
                pieces.push(stretch);
                last = stretch.first.saturating_sub(1);
            }
        }
    }
    pieces.push(Piece { first, last, stretch: None });
    pieces.retain(|piece| piece.first <= piece.last);
    Ok(pieces)
}

impl Piece {
    /// Gives what there is to go through in it to `each`, in order, until that has enough: the blocks of the word
    /// that leads, or all of it. Says whether all was given.
    fn runs(
        self,
        connection: &mut Connection,
        plan: &Plan,
        order: Order,
        each: &mut dyn FnMut(&mut Connection, Self) -> Result<More, RecordError>,
    ) -> Result<bool, RecordError> {
        let Some(word) = plan.lead.filter(|_| self.stretch.is_none()) else {
            return Ok(each(connection, self)? == More::Yes);
        };
        let mut left = Some((self.first, self.last));
        while let Some(ids) = left {
            let (runs, rest) = blocks::next(connection, word, ids, order)?;
            for (first, last) in runs {
                if each(connection, Self { first, last, stretch: None })? == More::No {
                    return Ok(false);
                }
            }
            left = rest;
        }
        Ok(true)
    }

    /// The statement that finds the events of the plan in this piece, but for conditions on lines.
    fn select<'v>(
        self,
        index: Index,
        plan: &Plan,
        walk: Walk,
        question: &'v str,
    ) -> (String, Vec<Value<'v>>) {
        let columns = match walk.columns {
            Columns::All => {
                "events.id, time, line, worker, decky, service, kind, events.address, events.session, \
                 events.ignored"
            }
            Columns::Time if plan.has_checks() => "events.id, time, line",
            Columns::Time => "events.id, time",
        };
        let order = if walk.order == Order::NewestFirst { "DESC" } else { "ASC" };
        let id = self.id(index);
        let (conditions, values) = self.conditions(index, plan, question);
        (format!("SELECT {columns} FROM {conditions} ORDER BY {id} {order}"), values)
    }

    fn id(self, index: Index) -> String {
        self.stretch.map_or_else(|| "events.id".to_owned(), |stretch| index.id(stretch))
    }

    /// What stands behind `FROM`, and its values.
    fn conditions<'v>(self, index: Index, plan: &Plan, question: &'v str) -> (String, Vec<Value<'v>>) {
        let mut values = Vec::new();
        let mut text = match self.stretch {
            None => "events WHERE 1 = 1".to_owned(),
            Some(stretch) => {
                values.push(Value::Text(question));
                index.candidates(stretch)
            }
        };
        let id = self.id(index);
        text.push_str(&format!(" AND {id} >= ? AND {id} <= ?"));
        values.extend([self.first, self.last].map(Value::Int));
        for narrow in &plan.narrows {
            text.push_str(&narrow.condition());
            values.extend(narrow.ids.iter().copied().map(Value::Int));
        }
        if plan.span != super::period::Span::ALL {
            text.push_str(" AND time >= ? AND time < ?");
            values.extend([plan.span.from, plan.span.until].map(Value::Int));
        }
        (text, values)
    }
}

impl Narrow {
    /// The condition, for as many values as there are.
    fn condition(&self) -> String {
        let column = match self.dimension {
            Dimension::Worker => "worker",
            Dimension::Decky => "decky",
            Dimension::Service => "service",
            Dimension::Kind => "kind",
            Dimension::Address => "address",
            Dimension::Session => "session",
            Dimension::Ignored => "ignored",
        };
        let compared = match (self.ids.len(), self.excluded) {
            (1, false) => "= ?".to_owned(),
            (1, true) => "<> ?".to_owned(),
            (ids, excluded) => {
                let not = if excluded { "NOT " } else { "" };
                format!("{not}IN ({})", vec!["?"; ids].join(", "))
            }
        };
        format!(" AND events.{column} {compared}")
    }
}
