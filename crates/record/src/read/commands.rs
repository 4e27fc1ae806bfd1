//! Commands of attackers.

use decnet_event::Timestamp;
use decnet_proto::record::{CommandRow, Page};
use uuid::Uuid;

use super::{Paging, Reader, attackers, list::List, logs, names, tally::Total};
use crate::{
    Dimension, RecordError,
    sql::{Row, Value},
    text::Line,
};

/// Fields that may hold a command, best first.
const COMMANDS: [&str; 6] = ["command", "query", "input", "line", "sql", "cmd"];

impl Reader {
    /// Commands that an attacker gave, newest first, to one service or to all; nothing where there is no such
    /// attacker.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn attacker_commands(
        &self,
        uuid: Uuid,
        service: Option<&str>,
        paging: Paging,
    ) -> Result<Option<Page<CommandRow>>, RecordError> {
        self.ask("find commands", |connection| {
            let Some(attacker) = attackers::id(connection, uuid)? else { return Ok(None) };
            let mut conditions = vec![("commands.attacker = ?", Value::Int(attacker))];
            if let Some(service) = service {
                let Some(service) = names::id(connection, Dimension::Service, service)? else {
                    return Ok(Some(logs::page(Vec::new(), Total::NONE, paging, None)));
                };
                conditions.push(("+commands.service = ?", Value::Int(service)));
            }
            let list = List {
                columns: "events.id, events.time, decky.text, service.text, kind.text, events.session, \
                    events.line",
                tables: "commands JOIN events ON events.id = commands.event \
                    LEFT JOIN words AS decky ON decky.id = events.decky \
                    LEFT JOIN words AS service ON service.id = events.service \
                    LEFT JOIN words AS kind ON kind.id = events.kind",
                conditions,
                key: "commands.event",
                id: "commands.event",
                width: 7,
            };
            list.page(connection, paging, false, &|row| command(row).map(Some)).map(Some)
        })
    }
}

fn command(row: &Row<'_>) -> Result<CommandRow, RecordError> {
    Ok(CommandRow {
        id: row.int(0)?,
        timestamp: Timestamp(row.int(1)?).to_string(),
        decky: row.text_or_none(2)?.unwrap_or_default().to_owned(),
        service: row.text_or_none(3)?.unwrap_or_default().to_owned(),
        event_type: row.text_or_none(4)?.unwrap_or("-").to_owned(),
        command: typed(&Line::of(row.bytes(6)?)),
        session: Some(row.int(5)?).filter(|session| *session != 0),
    })
}

/// What was typed.
fn typed(line: &Line<'_>) -> String {
    let command = COMMANDS.iter().find_map(|name| line.field(name)).unwrap_or_default();
    match line.field("args").filter(|args| !args.is_empty()) {
        Some(args) => format!("{command} {args}"),
        None => command.into_owned(),
    }
}
