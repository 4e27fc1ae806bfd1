//! How it goes, as the forwarder that runs tells it, or as the last one left it.

mod ask;
mod describe;
mod measure;

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use decnet_logship::position::Position;
use decnet_proto::agent::Function;
pub use decnet_shipping::Artifacts;
use serde::{Deserialize, Serialize};

pub use self::ask::look;
use crate::settings::Places;

/// What is known of the forwarder of a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whether one runs, and is connected.
    pub healthy: bool,
    /// The one that runs; none where this is what the last one left.
    pub program: Option<Program>,
    /// The log that is shipped.
    pub log: PathBuf,
    /// Folder of the ledger.
    pub state: PathBuf,
    /// Bytes of the log that the receiver has not acknowledged.
    pub lag_bytes: u64,
    /// What it acknowledged last.
    pub acknowledged: Option<Position>,
    /// Captured files, where they are shipped.
    #[serde(default)]
    pub artifacts: Option<Artifacts>,
}

/// A forwarder that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// SHA-256 of the release that it was installed with, where it was.
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    #[serde(default)]
    pub boot: String,
    /// What it is able to do now.
    #[serde(default)]
    pub functions: Vec<Function>,
    /// To whom it ships, `host:port`.
    pub receiver: String,
    /// How: `decnet-log/1`, or `syslog` for plain RFC 5425.
    pub protocol: String,
    /// The connection.
    pub connection: Connection,
    /// What it did since it began.
    pub totals: Totals,
    /// What went wrong last.
    pub last_error: Option<Trouble>,
}

/// A connection, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Whether lines flow.
    pub state: State,
    /// Since when, in seconds since the Unix epoch.
    pub since: i64,
}

/// Whether lines flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// They do: the receiver is there, and known to be the one.
    Up,
    /// They do not.
    Down,
}

/// What a forwarder did since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Lines that it sent, those among them that it sent again.
    pub lines: u64,
    /// Bytes that it sent, before they were encrypted.
    pub bytes: u64,
    /// Gaps that it told.
    pub gaps: u64,
    /// Acknowledgements that moved anything.
    pub acknowledgements: u64,
    /// Connections that came about.
    pub connections: u64,
    /// Connections that broke, or did not come about.
    pub failures: u64,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When, in seconds since the Unix epoch.
    pub at: i64,
    /// What.
    pub text: String,
}

impl Report {
    pub(crate) fn new(program: Option<Program>, places: &Places) -> Self {
        Self {
            healthy: false,
            program,
            log: places.log.clone(),
            state: places.ledger.clone(),
            lag_bytes: 0,
            acknowledged: None,
            artifacts: None,
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.program.as_ref().is_some_and(|program| program.connection.state == State::Up)
    }
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
