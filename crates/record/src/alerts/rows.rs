//! Columns as values of the wire, and back.

use decnet_event::Timestamp;
use decnet_proto::alert::{Alert, RuleKind};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{RecordError, sql::Row};

/// The columns of an alert, in the order in which [`alert`] reads them.
pub(super) const ALERT: &str =
    "a.uuid, a.time, a.rule, a.title, a.worker, a.decky, a.service, a.address, a.event, a.details";

/// How many columns [`ALERT`] has.
pub(super) const ALERT_COLUMNS: usize = 10;

/// The columns of a delivery: those of its alert, and its own.
pub(super) const DELIVERY: &str = "a.uuid, a.time, a.rule, a.title, a.worker, a.decky, a.service, a.address, a.event, a.details, \
     d.tries, d.error, d.changed";

/// How many columns [`DELIVERY`] has.
pub(super) const DELIVERY_COLUMNS: usize = ALERT_COLUMNS + 3;

/// The alert of a row that begins with [`ALERT`].
pub(super) fn alert(row: &Row<'_>) -> Result<Alert, RecordError> {
    let text = |at| row.text_or_none(at).map(|text| text.map(str::to_owned));
    let event = row.int(8)?;
    Ok(Alert {
        id: Uuid::from_slice(row.bytes(0)?).map_err(|_| RecordError::Row { what: "an id" })?,
        time: Timestamp(row.int(1)?).to_string(),
        rule: rule(row.text(2)?)?,
        title: row.text(3)?.to_owned(),
        worker: text(4)?,
        decky: text(5)?,
        service: text(6)?,
        attacker_ip: text(7)?,
        event_id: (event != 0).then_some(event),
        details: from_json("details of an alert", row.text(9)?)?,
    })
}

/// The rule of a word.
pub(super) fn rule(word: &str) -> Result<RuleKind, RecordError> {
    RuleKind::of_word(word).ok_or(RecordError::Row { what: "a rule" })
}

/// A value out of its JSON.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, RecordError> {
    serde_json::from_str(text).map_err(|_| RecordError::Row { what })
}

/// A value as JSON. What is written so is of our own types, which have no map with keys that are no texts.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, RecordError> {
    serde_json::to_string(value)
        .map_err(|source| RecordError::Database { attempt: "write JSON", source: Box::new(source) })
}

/// A count out of its column.
pub(super) fn count<T: TryFrom<i64>>(number: i64) -> Result<T, RecordError> {
    T::try_from(number).map_err(|_| RecordError::Row { what: "a count" })
}

/// A number for a new row of a table: one more than the last.
pub(super) fn next_id(
    connection: &mut crate::sql::Connection,
    statement: &'static str,
) -> Result<i64, RecordError> {
    let last = connection.first(statement, &[], |row| row.int_or_none(0))?;
    Ok(last.flatten().unwrap_or(0) + 1)
}
