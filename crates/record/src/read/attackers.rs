//! Who attacks.

use decnet_event::Timestamp;
use decnet_proto::record::{AttackerRow, Page};
use uuid::Uuid;

use super::{Paging, Reader, list::List, logs, names, tally::Total};
use crate::{
    Dimension, RecordError,
    limits::CONTACTS,
    sql::{Connection, Row, Value},
};

/// In which order attackers come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttackerSort {
    /// Who did something last comes first.
    #[default]
    Recent,
    /// Who caused the most events comes first.
    Active,
    /// Who touched the most deckies comes first.
    Traversals,
}

impl AttackerSort {
    const fn key(self) -> &'static str {
        match self {
            Self::Recent => "attackers.last",
            Self::Active => "attackers.events",
            Self::Traversals => "attackers.deckies",
        }
    }
}

/// Which attackers are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attackers {
    /// In which order.
    pub sort: AttackerSort,
    /// With this text in their address only.
    pub search: Option<String>,
    /// Who touched this service only.
    pub service: Option<String>,
}

const COLUMNS: &str = "attackers.id, uuid, address.text, first, last, events, deckies, services, bounties, \
    credentials, commands, artifacts, proven, ignored";
const TABLES: &str = "attackers JOIN words AS address ON address.id = attackers.id";

impl Reader {
    /// Attackers.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn attackers(&self, wanted: &Attackers, paging: Paging) -> Result<Page<AttackerRow>, RecordError> {
        let pattern = wanted.search.as_deref().map(pattern);
        self.ask("find attackers", |connection| {
            let mut conditions = Vec::new();
            if let Some(pattern) = &pattern {
                conditions.push(("address.text LIKE ? ESCAPE '!'", Value::Text(pattern)));
            }
            if let Some(service) = &wanted.service {
                let Some(service) = names::id(connection, Dimension::Service, service)? else {
                    return Ok(logs::page(Vec::new(), Total::NONE, paging, None));
                };
                let touched = "EXISTS (SELECT 1 FROM contacts WHERE contacts.attacker = attackers.id \
                    AND contacts.service = ?)";
                conditions.push((touched, Value::Int(service)));
            }
            let (key, id) = (wanted.sort.key(), "attackers.id");
            let list = List { columns: COLUMNS, tables: TABLES, conditions, key, id, width: 14 };
            let mut page = list.page(connection, paging, false, &|row| attacker(row).map(Some))?;
            page.data.iter_mut().try_for_each(|found| contacts(connection, found))?;
            Ok(page.map(|found| found.row))
        })
    }

    /// An attacker.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn attacker(&self, uuid: Uuid) -> Result<Option<AttackerRow>, RecordError> {
        self.ask("find an attacker", |connection| {
            let statement = format!("SELECT {COLUMNS} FROM {TABLES} WHERE uuid = ?");
            let found = connection.first(&statement, &[Value::Bytes(uuid.as_bytes())], attacker)?;
            let Some(mut found) = found else { return Ok(None) };
            contacts(connection, &mut found)?;
            Ok(Some(found.row))
        })
    }
}

/// The id of an attacker.
pub(super) fn id(connection: &mut Connection, uuid: Uuid) -> Result<Option<i64>, RecordError> {
    let uuid = [Value::Bytes(uuid.as_bytes())];
    connection.first("SELECT id FROM attackers WHERE uuid = ?", &uuid, |row| row.int(0))
}

/// A pattern for what has `text` in it.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

struct Found {
    id: i64,
    row: AttackerRow,
}

fn attacker(row: &Row<'_>) -> Result<Found, RecordError> {
    let count = |at| row.int(at).map(i64::cast_unsigned);
    let uuid = Uuid::from_slice(row.bytes(1)?).map_err(|_| RecordError::Row { what: "a UUID" })?;
    let found = AttackerRow {
        uuid: uuid.to_string(),
        ip: row.text(2)?.to_owned(),
        first_seen: Timestamp(row.int(3)?).to_string(),
        last_seen: Timestamp(row.int(4)?).to_string(),
        event_count: count(5)?,
        decky_count: count(6)?,
        service_count: count(7)?,
        services: Vec::new(),
        deckies: Vec::new(),
        traversal_path: None,
        is_traversal: count(6)? > 1,
        bounty_count: count(8)?,
        credential_count: count(9)?,
        command_count: count(10)?,
        artifact_count: count(11)?,
        is_proven: row.int(12)? != 0,
        is_ignored: row.int(13)? > 0 && row.int(13)? >= row.int(5)?,
    };
    Ok(Found { id: row.int(0)?, row: found })
}

/// Adds what the attacker touched.
fn contacts(connection: &mut Connection, found: &mut Found) -> Result<(), RecordError> {
    let (mut deckies, mut services) = (Vec::new(), Vec::new());
    let contacts = connection.all(
        "SELECT decky.text, service.text FROM contacts
         LEFT JOIN words AS decky ON decky.id = contacts.decky
         LEFT JOIN words AS service ON service.id = contacts.service
         WHERE attacker = ? ORDER BY first, contacts.decky, contacts.service LIMIT ?",
        &[Value::Int(found.id), Value::Int(CONTACTS)],
        |row| Ok([row.text_or_none(0)?, row.text_or_none(1)?].map(|text| text.map(str::to_owned))),
    )?;
    for [decky, service] in contacts {
        deckies.extend(decky.filter(|decky| !deckies.contains(decky)));
        services.extend(service.filter(|service| !services.contains(service)));
    }
    services.sort_unstable();
    found.row.traversal_path = found.row.is_traversal.then(|| deckies.join(" → "));
    (found.row.deckies, found.row.services) = (deckies, services);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_stands_for_others_in_a_pattern_stands_for_itself() {
        assert_eq!(super::pattern("DB!8%_"), "%db!!8!%!_%");
    }
}
