//! Events, and how many there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogRow {
    /// Its number: ids grow in the order in which events came, and are never used again.
    pub id: i64,
    /// When it happened.
    pub timestamp: String,
    /// Name of the decky that saw it.
    pub decky: String,
    /// The service or component that saw it.
    pub service: String,
    /// What happened: a kind of the catalogue, `-` where the line does not tell.
    pub event_type: String,
    /// Address of who did it, `Unknown` where there is none.
    pub attacker_ip: String,
    /// Fields by name. A value that is no UTF-8 has its bytes as `\xHH`.
    pub fields: BTreeMap<String, String>,
    /// What the line says in plain words.
    pub msg: String,
    /// The line itself, with marks in place of what is no UTF-8.
    pub raw_line: String,
    /// The worker that sent it; none where it was collected on this host.
    pub source_worker: Option<String>,
    /// The conversation that it belongs to: the id of a session of the record.
    pub session: Option<i64>,
    /// The entry of the ignore list that covered it when it came: it raised no alert.
    pub ignored: Option<i64>,
}

/// How many events there were in a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket {
    /// When the span begins: a whole number of spans since 1970.
    pub time: String,
    /// How many.
    pub count: u64,
}

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stats {
    /// Events that are kept.
    pub total_logs: u64,
    /// Addresses that did something.
    pub unique_attackers: u64,
}
