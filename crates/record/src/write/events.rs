//! The events themselves.

use super::{
    batch::{Batch, Row},
    known::{Known, next},
    streams::Kept,
    words,
};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

const EVENTS: Insert = Insert {
    table: "events",
    columns: &["id", "time", "worker", "decky", "service", "kind", "address", "session", "line", "ignored"],
};

/// An event that is kept, with the ids of what it speaks of; 0 stands for none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'b> {
    pub(super) row: &'b Row,
    pub(super) id: i64,
    pub(super) stream: i64,
    pub(super) worker: i64,
    pub(super) decky: i64,
    pub(super) service: i64,
    pub(super) kind: i64,
    pub(super) address: i64,
    pub(super) session: i64,
    /// The entry of the ignore list that covers it.
    pub(super) ignored: i64,
}

impl Event<'_> {
    /// All its words.
    pub(super) fn words(&self) -> [i64; 5] {
        [self.worker, self.decky, self.service, self.kind, self.address]
    }
}

/// Gives ids to what is kept. Sessions have none yet, and nothing is ignored yet.
pub(super) fn of<'b>(kept: Vec<Kept<'b>>, words: &words::Ids<'_>, known: &mut Known) -> Vec<Event<'b>> {
    let event = |Kept { row, stream }: Kept<'b>| Event {
        row,
        id: next(&mut known.last.event),
        stream,
        worker: words.id(row.worker),
        decky: words.id(row.decky),
        service: words.id(row.service),
        kind: words.id(row.kind),
        address: words.id(row.address),
        session: 0,
        ignored: 0,
    };
    kept.into_iter().map(event).collect()
}

/// How many are handed over at a time: what they are made of is still at hand then.
const AT_ONCE: usize = 512;

/// Adds them.
pub(super) fn insert(
    connection: &mut Connection,
    batch: &Batch,
    events: &[Event<'_>],
) -> Result<(), RecordError> {
    let mut values = Vec::new();
    for some in events.chunks(AT_ONCE) {
        values.clear();
        values.extend(some.iter().flat_map(|event| row(batch, event)));
        connection.insert(EVENTS, &values)?;
    }
    Ok(())
}

fn row<'b>(batch: &'b Batch, event: &Event<'_>) -> [Value<'b>; 10] {
    let [worker, decky, service, kind, address] = event.words().map(Value::Int);
    let [id, time, session, ignored] =
        [event.id, event.row.time, event.session, event.ignored].map(Value::Int);
    let line = Value::Bytes(batch.line(event.row));
    [id, time, worker, decky, service, kind, address, session, line, ignored]
}
