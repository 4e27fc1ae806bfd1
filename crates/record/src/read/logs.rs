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
    limits::STREAMED,
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
            let (events, next) = some(connection, &plan, paging, Order::NewestFirst)?;
            let met = paging.offset + events.len() as u64;
            // A list that was gone through to its end has been counted.
            let total = if next.is_none() && paging.after.is_none() && !events.is_empty() {
                Total { count: met, is_exact: true }
            } else {
                tally::total(connection, &plan)?.at_least(met)
            };
            Ok(page(rows(connection, events)?, total, paging, next))
        })
    }

    /// Events that `search` finds behind the event `id`, in the order in which they came.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn logs_after(&self, id: i64, search: &Search, limit: u32) -> Result<Streamed, RecordError> {
        self.ask("find new events", |connection| {
            let behind = id.max(oldest(connection)?.saturating_sub(1));
            let last = newest(connection)?.min(behind.saturating_add(STREAMED));
            let Some(plan) = Plan::make(connection, search, Span::ALL)? else {
                return Ok(Streamed { rows: Vec::new(), seen: last.max(id) });
            };
            let ids = (behind.saturating_add(1), last);
            let walk = Walk { ids, order: Order::OldestFirst, ..Walk::all(Columns::All) };
            let (events, is_more) = collect(connection, &plan, walk, 0, Paging::first(limit).limit())?;
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
            let (events, _) = collect(connection, &plan, walk, 0, 1)?;
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

/// The part of the events of a plan that is wanted, and the place behind it where there are more.
pub(super) fn some(
    connection: &mut Connection,
    plan: &Plan,
    paging: Paging,
    order: Order,
) -> Result<(Vec<Event>, Option<Cursor>), RecordError> {
    let ids = match (paging.after, order) {
        (None, _) => (i64::MIN, i64::MAX),
        (Some(after), Order::NewestFirst) => (i64::MIN, after.id.saturating_sub(1)),
        (Some(after), Order::OldestFirst) => (after.id.saturating_add(1), i64::MAX),
    };
    let walk = Walk { ids, order, ..Walk::all(Columns::All) };
    let (events, is_more) = collect(connection, plan, walk, paging.offset, paging.limit())?;
    let next = events.last().filter(|_| is_more).map(|event| Cursor { key: 0, id: event.id });
    Ok((events, next))
}

/// At most `limit` events, behind those that are left out, and whether there are more.
fn collect(
    connection: &mut Connection,
    plan: &Plan,
    walk: Walk,
    mut left_out: u64,
    limit: u32,
) -> Result<(Vec<Event>, bool), RecordError> {
    let (mut events, mut is_more) = (Vec::new(), false);
    visit::events(connection, plan, walk, &mut |row| {
        if left_out > 0 {
            left_out -= 1;
        } else if events.len() < limit as usize {
            events.push(Event::read(row)?);
        } else {
            is_more = true;
        }
        Ok(if is_more { More::No } else { More::Yes })
    })?;
    Ok((events, is_more))
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
