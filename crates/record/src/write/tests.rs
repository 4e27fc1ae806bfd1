//! Batches on a real file, and what a naive model makes of the same lines.

mod alerts;
mod cases;
pub(crate) mod model;
mod schedule;

use std::path::Path;

use decnet_event::{Boot, Event, Kind, Origin, Session, SessionId, Timestamp, record, wire};

use super::*;
pub(crate) use crate::scratch::rows;
use crate::{scratch, sql::Value};

/// Noon of a day.
pub(crate) const NOON: i64 = 1_764_158_400_000_000;

/// Which words are in which block of four events, as the events say.
pub(crate) const BLOCKS_OF_EVENTS: &str = "SELECT word, first FROM (
    SELECT worker AS word, id - id % 4 AS first FROM events UNION SELECT decky, id - id % 4 FROM events
    UNION SELECT service, id - id % 4 FROM events UNION SELECT kind, id - id % 4 FROM events
    UNION SELECT address, id - id % 4 FROM events) AS places WHERE word > 0 ORDER BY word, first";

/// The same, as it is kept.
pub(crate) const BLOCKS: &str = "SELECT word, block * 4 AS first FROM blocks ORDER BY word, first";

/// A line as a test needs it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) worker: &'static str,
    pub(crate) decky: &'static str,
    pub(crate) service: &'static str,
    pub(crate) boot: u64,
    pub(crate) seq: u64,
    pub(crate) session: Option<(u64, &'static str)>,
    /// In microseconds after noon.
    pub(crate) time: i64,
    pub(crate) kind: Kind,
}

impl Line {
    pub(crate) fn new(seq: u64, kind: Kind) -> Self {
        let session = Some((1, "192.0.2.1"));
        Self { worker: "", decky: "d1", service: "ssh", boot: 7, seq, session, time: 0, kind }
    }

    /// The object of it, as it stands in the log.
    pub(crate) fn object(&self) -> Vec<u8> {
        let session = self.session.map(|(id, address)| Session {
            id: SessionId(id),
            src: (address.parse::<std::net::IpAddr>().unwrap(), 4711).into(),
            dst: "198.51.100.1:22".parse().unwrap(),
        });
        let (decky, service) = (self.decky.to_owned(), self.service.to_owned());
        let origin = Origin { decky, service, boot: Boot(self.boot) }.into();
        let time = Timestamp(NOON + self.time);
        let event = Event { time, origin, seq: self.seq, session, kind: self.kind.clone() };
        let (mut line, mut object) = (Vec::new(), Vec::new());
        wire::encode(&event, &mut line);
        let worker = [("source_worker", self.worker)];
        let extra: &[_] = if self.worker.is_empty() { &[] } else { &worker };
        record::write_json(&wire::decode(&line).unwrap(), &line, extra, &mut object);
        object
    }
}

pub(crate) fn attempt(username: &str, password: &str, status: &'static str) -> Kind {
    Kind::AuthAttempt {
        mechanism: "plain",
        username: Some(username.as_bytes().to_vec()),
        password: Some(password.as_bytes().to_vec()),
        status,
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: None,
    }
}

pub(crate) fn command(word: &str) -> Kind {
    Kind::Command { command: word.as_bytes().to_vec(), args: Vec::new() }
}

pub(crate) fn batch(lines: &[Line]) -> Batch {
    let mut batch = Batch::default();
    lines.iter().for_each(|line| batch.push(&line.object(), 0));
    batch
}

/// The record in a folder.
pub(crate) fn database(folder: &Path) -> Database {
    scratch::database(&folder.join("record.db"))
}

pub(crate) fn open(folder: &Path) -> Writer {
    Writer::open(database(folder)).unwrap()
}

pub(crate) fn number(connection: &mut Connection, statement: &str) -> i64 {
    connection.first(statement, &[] as &[Value<'_>], |row| row.int(0)).unwrap().unwrap()
}
