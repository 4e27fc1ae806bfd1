//! Files that were captured.

use decnet_event::Timestamp;
use decnet_proto::record::{ArtifactRow, Page, UNKNOWN};
use uuid::Uuid;

use super::{Paging, Reader, attackers, list::List};
use crate::{
    RecordError,
    sql::{Connection, Row, Value},
};

impl Reader {
    /// Files that were captured, newest first.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn artifacts(&self, paging: Paging) -> Result<Page<ArtifactRow>, RecordError> {
        self.ask("find captured files", |connection| some(connection, paging, Vec::new()))
    }

    /// Every time that the content of this SHA-256 (64 hexadecimal digits) was captured, newest first.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn artifacts_of(&self, sha256: &str, paging: Paging) -> Result<Page<ArtifactRow>, RecordError> {
        let sha256 = sha256.to_ascii_lowercase();
        self.ask("find a captured file", |connection| {
            some(connection, paging, vec![("artifacts.sha256 = ?", Value::Text(&sha256))])
        })
    }

    /// Files that an attacker brought, newest first; nothing where there is no such attacker.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn attacker_artifacts(
        &self,
        uuid: Uuid,
        paging: Paging,
    ) -> Result<Option<Page<ArtifactRow>>, RecordError> {
        self.ask("find files of an attacker", |connection| {
            let Some(attacker) = attackers::id(connection, uuid)? else { return Ok(None) };
            some(connection, paging, vec![("artifacts.attacker = ?", Value::Int(attacker))]).map(Some)
        })
    }
}

fn some(
    connection: &mut Connection,
    paging: Paging,
    conditions: Vec<(&'static str, Value<'_>)>,
) -> Result<Page<ArtifactRow>, RecordError> {
    let list = List {
        columns: "event, time, decky.text, service.text, address.text, sha256, size, name, source, truncated",
        tables: "artifacts LEFT JOIN words AS decky ON decky.id = artifacts.decky \
            LEFT JOIN words AS service ON service.id = artifacts.service \
            LEFT JOIN words AS address ON address.id = artifacts.attacker",
        conditions,
        key: "event",
        id: "event",
        width: 10,
    };
    list.page(connection, paging, false, &|row| artifact(row).map(Some))
}

fn artifact(row: &Row<'_>) -> Result<ArtifactRow, RecordError> {
    Ok(ArtifactRow {
        id: row.int(0)?,
        timestamp: Timestamp(row.int(1)?).to_string(),
        decky: row.text_or_none(2)?.unwrap_or_default().to_owned(),
        service: row.text_or_none(3)?.unwrap_or_default().to_owned(),
        attacker_ip: row.text_or_none(4)?.unwrap_or(UNKNOWN).to_owned(),
        sha256: row.text(5)?.to_owned(),
        size: row.int(6)?.cast_unsigned(),
        name: row.text(7)?.to_owned(),
        source: row.text(8)?.to_owned(),
        truncated: row.int(9)? != 0,
    })
}
