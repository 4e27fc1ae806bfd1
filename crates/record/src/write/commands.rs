//! Commands of attackers.

use super::events::Event;
use crate::{
    RecordError,
    derive::Finding,
    sql::{Connection, Insert, Value},
};

const COMMANDS: Insert = Insert { table: "commands", columns: &["event", "attacker", "service"] };

/// Notes which events are commands.
pub(super) fn insert(connection: &mut Connection, events: &[Event<'_>]) -> Result<(), RecordError> {
    let is_command = |event: &&Event<'_>| event.address > 0 && event.row.findings.contains(&Finding::Command);
    let row = |event: &Event<'_>| [event.id, event.address, event.service].map(Value::Int);
    let rows: Vec<_> = events.iter().filter(is_command).flat_map(row).collect();
    connection.insert(COMMANDS, &rows)
}
