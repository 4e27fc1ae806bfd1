//! Bounties and credentials.

use std::collections::BTreeMap;

use decnet_event::Timestamp;
use decnet_proto::record::{BountyRow, CredentialRow, Page, UNKNOWN};
use serde_json::Value as Json;

use super::{Paging, Reader, list::List};
use crate::{
    RecordError,
    sql::{Row, Value},
};

/// Which bounties are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounties {
    /// Of this type only: `credential` or `fingerprint`.
    pub of_type: Option<String>,
    /// With this text in their payload, decky, service or address only, in capitals or not.
    pub search: Option<String>,
}

impl Reader {
    /// Bounties, the newest first.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn bounties(&self, wanted: &Bounties, paging: Paging) -> Result<Page<BountyRow>, RecordError> {
        let of_type = wanted.of_type.as_deref().map(|of_type| ("bounties.type = ?", Value::Text(of_type)));
        let list = List {
            columns: "bounties.id, sightings.first, sightings.last, sightings.uses, decky.text, service.text, \
                address.text, bounties.type, bounties.payload, bounties.credential",
            tables: "bounties LEFT JOIN sightings ON sightings.digest = bounties.digest \
                LEFT JOIN words AS decky ON decky.id = bounties.decky \
                LEFT JOIN words AS service ON service.id = bounties.service \
                LEFT JOIN words AS address ON address.id = bounties.attacker",
            conditions: of_type.into_iter().collect(),
            key: "bounties.id",
            id: "bounties.id",
            width: 10,
        };
        let search = wanted.search.as_deref().map(str::to_lowercase);
        self.ask("find bounties", |connection| {
            list.page(connection, paging, search.is_some(), &|row| {
                let is_wanted = has(row, &[4, 5, 6, 8], search.as_deref())?;
                is_wanted.then(|| bounty(row)).transpose()
            })
        })
    }

    /// Credentials, those that were used last first. With a text, only those that have it in their user name
    /// or secret, in capitals or not.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn credentials(
        &self,
        search: Option<&str>,
        paging: Paging,
    ) -> Result<Page<CredentialRow>, RecordError> {
        let list = List {
            columns: "id, kind, principal, secret, first, last, uses",
            tables: "credentials",
            conditions: Vec::new(),
            key: "last",
            id: "id",
            width: 7,
        };
        let search = search.map(str::to_lowercase);
        self.ask("find credentials", |connection| {
            list.page(connection, paging, search.is_some(), &|row| {
                has(row, &[2, 3], search.as_deref())?.then(|| credential(row)).transpose()
            })
        })
    }
}

/// Whether one of the columns has the text, if one is looked for.
fn has(row: &Row<'_>, columns: &[usize], text: Option<&str>) -> Result<bool, RecordError> {
    let Some(text) = text else { return Ok(true) };
    for column in columns {
        if row.text_or_none(*column)?.is_some_and(|its| its.to_lowercase().contains(text)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn bounty(row: &Row<'_>) -> Result<BountyRow, RecordError> {
    Ok(BountyRow {
        id: row.int(0)?,
        timestamp: Timestamp(row.int(1)?).to_string(),
        last_seen: Timestamp(row.int(2)?).to_string(),
        uses: row.int(3)?.cast_unsigned(),
        decky: row.text_or_none(4)?.unwrap_or_default().to_owned(),
        service: row.text_or_none(5)?.unwrap_or_default().to_owned(),
        attacker_ip: row.text_or_none(6)?.unwrap_or(UNKNOWN).to_owned(),
        bounty_type: row.text(7)?.to_owned(),
        payload: payload(row.text(8)?),
        credential: Some(row.int(9)?).filter(|credential| *credential != 0),
    })
}

/// The members of a JSON object. Texts stand for themselves, nothing for null.
fn payload(text: &str) -> BTreeMap<String, String> {
    let members: BTreeMap<String, Json> = serde_json::from_str(text).unwrap_or_default();
    let member = |(name, value)| match value {
        Json::Null => None,
        Json::String(text) => Some((name, text)),
        other => Some((name, other.to_string())),
    };
    members.into_iter().filter_map(member).collect()
}

fn credential(row: &Row<'_>) -> Result<CredentialRow, RecordError> {
    Ok(CredentialRow {
        id: row.int(0)?,
        kind: row.text(1)?.to_owned(),
        principal: row.text_or_none(2)?.map(str::to_owned),
        secret: row.text(3)?.to_owned(),
        first_seen: Timestamp(row.int(4)?).to_string(),
        last_seen: Timestamp(row.int(5)?).to_string(),
        uses: row.int(6)?.cast_unsigned(),
    })
}
