//! Files that were captured.

use super::events::Event;
use crate::{
    RecordError,
    derive::{Artifact, Finding},
    sql::{Connection, Insert, Value},
};

const ARTIFACTS: Insert = Insert {
    table: "artifacts",
    columns: &[
        "event",
        "time",
        "attacker",
        "decky",
        "service",
        "sha256",
        "size",
        "name",
        "source",
        "truncated",
    ],
};

/// Notes which events tell of a file.
pub(super) fn insert(connection: &mut Connection, events: &[Event<'_>]) -> Result<(), RecordError> {
    let rows: Vec<_> = events.iter().flat_map(rows_of).flatten().collect();
    connection.insert(ARTIFACTS, &rows)
}

fn rows_of<'b>(event: &Event<'b>) -> impl Iterator<Item = [Value<'b>; 10]> {
    let numbers = [event.id, event.row.time, event.address, event.decky, event.service];
    event.row.findings.iter().filter_map(move |finding| {
        let Finding::Artifact(Artifact { sha256, size, name, source, truncated }) = finding else {
            return None;
        };
        let [id, time, attacker, decky, service] = numbers.map(Value::Int);
        let [sha256, name, source] = [sha256, name, source].map(|text| Value::Text(text));
        let (size, truncated) = (Value::Int(*size), Value::Int(i64::from(*truncated)));
        Some([id, time, attacker, decky, service, sha256, size, name, source, truncated])
    })
}
