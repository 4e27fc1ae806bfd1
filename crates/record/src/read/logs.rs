//! Events.

use decnet_event::Timestamp;
use decnet_proto::record::{LogRow, Page, UNKNOWN};

use super::{
    Cursor, Paging, Period, Reader,
    names::Names,
    period::Span,
    plan::Plan,
    tally::{self, Total},
    visit::{self, Columns, Event, Order, Walk},
};
use crate::{
    RecordError, Search,
    limits::{LOOKED_AT, STREAMED},
    sql::{Connection, More, Value},
    text::Line,
};

/// What came behind an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// Events that were looked for, as they came.
    pub rows: Vec<LogRow>,
    /// The last event that was looked at: what comes next is behind it.
    pub seen: i64,
}

impl Reader {
    /// Events that `search` finds, newest first.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn logs(&self, search: &Search, period: Period, paging: Paging) -> Result<Page<LogRow>, RecordError> {
        self.ask("find events", |connection| {
            let Some(plan) = Plan::make(connection, search, period.into())? else {
                return Ok(page(Vec::new(), Total::NONE, paging, None));
            };
            some(connection, &plan, paging, Order::NewestFirst)
        })
    }

    /// Events of a period that `search` finds behind the event `id`, in the order in which they came.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn logs_after(
        &self,
        id: i64,
        search: &Search,
        period: Period,
        limit: u32,
    ) -> Result<Streamed, RecordError> {
        self.ask("find new events", |connection| {
            let behind = id.max(oldest(connection)?.saturating_sub(1));
            let last = newest(connection)?.min(behind.saturating_add(STREAMED));
            let Some(plan) = Plan::make(connection, search, period.into())? else {
                return Ok(Streamed { rows: Vec::new(), seen: last.max(id) });
            };
            let ids = (behind.saturating_add(1), last);
            let walk = Walk { ids, order: Order::OldestFirst, ..Walk::all(Columns::All) };
            let Part { events, is_more, .. } = part(connection, &plan, walk, Paging::first(limit))?;
            let seen = events.last().filter(|_| is_more).map_or(last.max(id), |event| event.id);
            Ok(Streamed { rows: rows(connection, events)?, seen })
        })
    }

    /// An event.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn log(&self, id: i64) -> Result<Option<LogRow>, RecordError> {
        self.ask("find an event", |connection| {
            let Some(plan) = Plan::make(connection, &Search::default(), Span::ALL)? else { return Ok(None) };
            let walk = Walk { ids: (id, id), ..Walk::all(Columns::All) };
            let Part { events, .. } = part(connection, &plan, walk, Paging::first(1))?;
            Ok(rows(connection, events)?.pop())
        })
    }

    /// The id of the newest event; 0 where there is none.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn newest(&self) -> Result<i64, RecordError> {
        self.ask("find the newest event", newest)
    }
}

/// A page of the events of a plan.
pub(super) fn some(
    connection: &mut Connection,
    plan: &Plan,
    paging: Paging,
    order: Order,
) -> Result<Page<LogRow>, RecordError> {
    let ids = match (paging.after, order) {
        (None, _) => (i64::MIN, i64::MAX),
        (Some(after), Order::NewestFirst) => (i64::MIN, after.id.saturating_sub(1)),
        (Some(after), Order::OldestFirst) => (after.id.saturating_add(1), i64::MAX),
    };
    let walk = Walk { ids, order, ..Walk::all(Columns::All) };
    let Part { events, is_more, met } = part(connection, plan, walk, paging)?;
    // A walk from the beginning has counted what it met.
    let is_counted = paging.after.is_none() && (met.is_exact || plan.has_checks());
    let total = if is_counted { met } else { tally::total(connection, plan)?.at_least(met.count) };
    let next = events.last().filter(|_| is_more).map(|event| Cursor { key: 0, id: event.id });
    Ok(page(rows(connection, events)?, total, paging, next))
}

/// A part of what a walk meets.
#[derive(Debug)]
struct Part {
    events: Vec<Event>,
    /// Whether there is more behind it.
    is_more: bool,
    /// How many events were met.
    met: Total,
}

/// Collects what is wanted. If lines have to be looked at, the walk goes on some way to count them.
fn part(connection: &mut Connection, plan: &Plan, walk: Walk, paging: Paging) -> Result<Part, RecordError> {
    let (mut events, mut is_more, mut count) = (Vec::new(), false, 0);
    let counts = plan.has_checks() && paging.after.is_none();
    // What is left out by its columns takes its time as well.
    let budget = if plan.narrows.is_empty() { LOOKED_AT } else { LOOKED_AT / 8 };
    let is_exact = visit::events(connection, plan, walk, &mut |looked| {
        if let Some(row) = looked.found {
            count += 1;
            is_more = events.len() >= paging.limit() as usize;
            if count > paging.offset && !is_more {
                events.push(Event::read(row)?);
            }
        }
        let is_enough = is_more && (!counts || looked.number >= budget);
        Ok(if is_enough { More::No } else { More::Yes })
    })?;
    Ok(Part { events, is_more, met: Total { count, is_exact } })
}

/// A page of a list.
pub(super) fn page<T>(data: Vec<T>, total: Total, paging: Paging, next: Option<Cursor>) -> Page<T> {
    Page {
        total: total.count,
        total_exact: total.is_exact,
        limit: paging.limit(),
        offset: paging.offset,
        data,
        next: next.map(|cursor| cursor.to_string()),
    }
}

/// Events as they are shown.
pub(super) fn rows(connection: &mut Connection, events: Vec<Event>) -> Result<Vec<LogRow>, RecordError> {
    let mut names = Names::default();
    events.into_iter().map(|event| row(connection, &mut names, &event)).collect()
}

fn row(connection: &mut Connection, names: &mut Names, event: &Event) -> Result<LogRow, RecordError> {
    let line = Line::of(&event.line);
    Ok(LogRow {
        id: event.id,
        timestamp: Timestamp(event.time).to_string(),
        decky: names.text(connection, event.decky, "")?,
        service: names.text(connection, event.service, "")?,
        event_type: names.text(connection, event.kind, "-")?,
        attacker_ip: names.text(connection, event.address, UNKNOWN)?,
        fields: line.fields().map(|(name, value)| (name.to_owned(), value.into_owned())).collect(),
        msg: line.message().into_owned(),
        raw_line: String::from_utf8_lossy(&event.line).into_owned(),
        source_worker: names.get(connection, event.worker)?.map(|name| name.as_ref().to_owned()),
        session: Some(event.session).filter(|session| *session != 0),
        ignored: Some(event.ignored).filter(|entry| *entry != 0),
    })
}

fn oldest(connection: &mut Connection) -> Result<i64, RecordError> {
    number(connection, "SELECT MIN(id) FROM events", &[])
}

fn newest(connection: &mut Connection) -> Result<i64, RecordError> {
    number(connection, "SELECT MAX(id) FROM events", &[])
}

/// The number that a statement answers; 0 where it answers none.
pub(super) fn number(
    connection: &mut Connection,
    statement: &str,
    values: &[Value<'_>],
) -> Result<i64, RecordError> {
    Ok(connection.first(statement, values, |row| row.int_or_none(0))?.flatten().unwrap_or(0))
}
