//! Conversations.

use decnet_event::{SessionId, Timestamp};
use decnet_proto::record::{LogRow, Page, SessionRow, UNKNOWN};

use super::{Paging, Reader, list::List, logs, names, period::Span, plan::Plan, tally::Total, visit::Order};
use crate::{
    Dimension, RecordError, Search,
    sql::{Connection, Row, Value},
};

/// Most sessions of one name that are looked for: emitters draw names at random.
const NAMESAKES: i64 = 16;

/// Which sessions are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Of this address only.
    pub attacker_ip: Option<String>,
    /// With this decky only.
    pub decky: Option<String>,
    /// With this service only.
    pub service: Option<String>,
}

impl Reader {
    /// Sessions, those that began last first.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn sessions(&self, wanted: &Sessions, paging: Paging) -> Result<Page<SessionRow>, RecordError> {
        let wanted = [
            (Dimension::Address, "sessions.address = ?", &wanted.attacker_ip),
            (Dimension::Decky, "+sessions.decky = ?", &wanted.decky),
            (Dimension::Service, "+sessions.service = ?", &wanted.service),
        ];
        self.ask("find sessions", |connection| {
            let mut conditions = Vec::new();
            for (dimension, condition, name) in wanted {
                let Some(name) = name else { continue };
                let Some(id) = names::id(connection, dimension, name)? else {
                    return Ok(logs::page(Vec::new(), Total::NONE, paging, None));
                };
                conditions.push((condition, Value::Int(id)));
            }
            list(conditions).page(connection, paging, false, &|row| session(row).map(Some))
        })
    }

    /// A session.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn session(&self, id: i64) -> Result<Option<SessionRow>, RecordError> {
        self.ask("find a session", |connection| {
            let list = list(vec![("sessions.id = ?", Value::Int(id))]);
            let page = list.page(connection, Paging::first(1), false, &|row| session(row).map(Some))?;
            Ok(page.data.into_iter().next())
        })
    }

    /// The events of a session, in the order in which they came.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn session_events(&self, id: i64, paging: Paging) -> Result<Page<LogRow>, RecordError> {
        let search = Search::of(Dimension::Session, id.to_string());
        self.ask("find the events of a session", |connection| {
            let Some(plan) = Plan::make(connection, &search, Span::ALL)? else {
                return Ok(logs::page(Vec::new(), Total::NONE, paging, None));
            };
            logs::some(connection, &plan, paging, Order::OldestFirst)
        })
    }
}

fn list<'v>(conditions: Vec<(&'static str, Value<'v>)>) -> List<'v> {
    List {
        columns: "sessions.id, name, worker.text, decky.text, service.text, address.text, port, first, last, \
            events, commands, bytes_in, bytes_out, ended, username",
        tables: "sessions LEFT JOIN words AS worker ON worker.id = sessions.worker \
            LEFT JOIN words AS decky ON decky.id = sessions.decky \
            LEFT JOIN words AS service ON service.id = sessions.service \
            LEFT JOIN words AS address ON address.id = sessions.address",
        conditions,
        key: "sessions.id",
        id: "sessions.id",
        width: 15,
    }
}

fn session(row: &Row<'_>) -> Result<SessionRow, RecordError> {
    let count = |at| row.int(at).map(i64::cast_unsigned);
    Ok(SessionRow {
        id: row.int(0)?,
        name: SessionId(count(1)?).to_string(),
        source_worker: row.text_or_none(2)?.map(str::to_owned),
        decky: row.text_or_none(3)?.unwrap_or_default().to_owned(),
        service: row.text_or_none(4)?.unwrap_or_default().to_owned(),
        attacker_ip: row.text_or_none(5)?.unwrap_or(UNKNOWN).to_owned(),
        src_port: u16::try_from(row.int(6)?).unwrap_or(0),
        first_seen: Timestamp(row.int(7)?).to_string(),
        last_seen: Timestamp(row.int(8)?).to_string(),
        event_count: count(9)?,
        command_count: count(10)?,
        bytes_in: count(11)?,
        bytes_out: count(12)?,
        ended: row.text_or_none(13)?.map(str::to_owned),
        username: row.text_or_none(14)?.map(str::to_owned),
    })
}

/// Where the events of a session are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) id: i64,
    pub(super) address: i64,
    /// Its first and its last event.
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Sessions by what somebody typed: the id of one, or what its lines call it.
pub(super) fn named(connection: &mut Connection, name: &str) -> Result<Vec<Place>, RecordError> {
    let place = |row: &Row<'_>| {
        Ok(Place { id: row.int(0)?, address: row.int(1)?, first: row.int(2)?, last: row.int(3)? })
    };
    if let (16, Ok(SessionId(name))) = (name.len(), name.parse()) {
        return connection.all(
            "SELECT id, address, first_event, last_event FROM sessions
             WHERE stream IN (SELECT id FROM streams) AND name = ? LIMIT ?",
            &[Value::Int(name.cast_signed()), Value::Int(NAMESAKES)],
            place,
        );
    }
    let Ok(id) = name.parse() else { return Ok(Vec::new()) };
    let select = "SELECT id, address, first_event, last_event FROM sessions WHERE id = ?";
    connection.all(select, &[Value::Int(id)], place)
}
