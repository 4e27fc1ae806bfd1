//! Conversations.

use std::collections::HashMap;

use super::{
    events::Event,
    keys::{Lookup, change_or_add, look_up},
    known::{Known, SessionKey, next},
};
use crate::{
    RecordError,
    derive::{End, Finding},
    sql::{Connection, Insert, Value},
};

const SESSIONS: Insert = Insert {
    table: "sessions",
    columns: &[
        "id",
        "stream",
        "name",
        "worker",
        "decky",
        "service",
        "address",
        "port",
        "first",
        "last",
        "first_event",
        "last_event",
        "events",
        "commands",
        "bytes_in",
        "bytes_out",
        "ended",
        "username",
    ],
};

const UPDATE: &str = "UPDATE sessions SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    last_event = ?, events = events + ?, commands = commands + ?, bytes_in = bytes_in + ?, \
    bytes_out = bytes_out + ?, ended = COALESCE(?, ended), username = COALESCE(?, username) WHERE id = ?";

const BY_NAME: Lookup = Lookup {
    select: "SELECT id, stream, name FROM sessions",
    condition: "(stream = ? AND name = ?)",
    width: 2,
};

/// What a batch says of a conversation.
#[derive(Debug)]
struct Session<'b> {
    id: i64,
    key: SessionKey,
    /// Its first event here.
    begin: Event<'b>,
    first: i64,
    last: i64,
    last_event: i64,
    events: i64,
    commands: i64,
    end: Option<&'b End>,
    username: Option<&'b str>,
}

/// Keeps what the events say of their conversations, and tells each which one it is of.
pub(super) fn keep(
    connection: &mut Connection,
    known: &mut Known,
    events: &mut [Event<'_>],
) -> Result<(), RecordError> {
    let (mut sessions, places) = gather(events);
    give_ids(connection, known, &mut sessions)?;
    for (event, place) in events.iter_mut().zip(places) {
        event.session = place.and_then(|place| sessions.get(place)).map_or(0, |session| session.id);
    }
    save(connection, &sessions)
}

/// Each conversation once, and which one each event is of.
fn gather<'b>(events: &[Event<'b>]) -> (Vec<Session<'b>>, Vec<Option<usize>>) {
    let (mut sessions, mut by_key) = (Vec::new(), HashMap::new());
    let mut places = Vec::with_capacity(events.len());
    for event in events {
        let key = event.row.session.map(|name| (event.stream, name));
        let place = key.map(|key| {
            *by_key.entry(key).or_insert_with(|| {
                sessions.push(Session::new(key, *event));
                sessions.len() - 1
            })
        });
        if let Some(session) = place.and_then(|place| sessions.get_mut(place)) {
            session.take(event);
        }
        places.push(place);
    }
    (sessions, places)
}

impl<'b> Session<'b> {
    fn new(key: SessionKey, begin: Event<'b>) -> Self {
        let (first, last) = (begin.row.time, begin.row.time);
        Self {
            id: 0,
            key,
            begin,
            first,
            last,
            last_event: 0,
            events: 0,
            commands: 0,
            end: None,
            username: None,
        }
    }

    fn take(&mut self, event: &Event<'b>) {
        self.first = self.first.min(event.row.time);
        self.last = self.last.max(event.row.time);
        self.last_event = event.id;
        self.events += 1;
        for finding in &event.row.findings {
            match finding {
                Finding::Command => self.commands += 1,
                Finding::End(end) => self.end = Some(end),
                Finding::Login(username) => self.username = Some(username),
                _ => {}
            }
        }
    }

    fn bytes(&self) -> (i64, i64) {
        self.end.map_or((0, 0), |end| (end.bytes_in, end.bytes_out))
    }

    fn changes(&self) -> [Value<'b>; 12] {
        let (bytes_in, bytes_out) = self.bytes();
        let times = [self.first, self.first, self.last, self.last].map(Value::Int);
        let [first, first_again, last, last_again] = times;
        let [last_event, events, commands, bytes_in, bytes_out, id] =
            [self.last_event, self.events, self.commands, bytes_in, bytes_out, self.id].map(Value::Int);
        let (ended, username) = self.texts();
        [
            first,
            first_again,
            last,
            last_again,
            last_event,
            events,
            commands,
            bytes_in,
            bytes_out,
            ended,
            username,
            id,
        ]
    }

    fn row(&self) -> [Value<'b>; 18] {
        let ((stream, name), event, (bytes_in, bytes_out)) = (self.key, self.begin, self.bytes());
        let [id, stream, name, worker, decky, service, address, port] = [
            self.id,
            stream,
            name,
            event.worker,
            event.decky,
            event.service,
            event.address,
            i64::from(event.row.port),
        ]
        .map(Value::Int);
        let [first, last, first_event, last_event, events, commands, bytes_in, bytes_out] = [
            self.first,
            self.last,
            event.id,
            self.last_event,
            self.events,
            self.commands,
            bytes_in,
            bytes_out,
        ]
        .map(Value::Int);
        let (ended, username) = self.texts();
        [
            id,
            stream,
            name,
            worker,
            decky,
            service,
            address,
            port,
            first,
            last,
            first_event,
            last_event,
            events,
            commands,
            bytes_in,
            bytes_out,
            ended,
            username,
        ]
    }

    fn texts(&self) -> (Value<'b>, Value<'b>) {
        let text = |text: Option<&'b str>| text.map_or(Value::Null, Value::Text);
        (text(self.end.map(|end| &*end.reason)), text(self.username))
    }
}

fn give_ids(
    connection: &mut Connection,
    known: &mut Known,
    sessions: &mut [Session<'_>],
) -> Result<(), RecordError> {
    let mut unknown = Vec::new();
    for session in sessions.iter_mut() {
        let (stream, name) = session.key;
        match known.sessions.get(&session.key) {
            Some(id) => session.id = *id,
            None => unknown.extend([Value::Int(stream), Value::Int(name)]),
        }
    }
    let mut found = HashMap::new();
    look_up(connection, BY_NAME, &unknown, &mut |row| {
        found.insert((row.int(1)?, row.int(2)?), row.int(0)?);
        Ok(())
    })?;
    for session in sessions.iter_mut().filter(|session| session.id == 0) {
        session.id = found.get(&session.key).copied().unwrap_or_else(|| next(&mut known.last.session));
        known.sessions.insert(session.key, session.id);
    }
    Ok(())
}

/// One that was removed since it was known is there again, under its id.
fn save(connection: &mut Connection, sessions: &[Session<'_>]) -> Result<(), RecordError> {
    let changes: Vec<_> = sessions.iter().flat_map(Session::changes).collect();
    let row = |at: usize| sessions.get(at).map(Session::row);
    change_or_add(connection, UPDATE, (12, &changes), SESSIONS, row).map(|_| ())
}
