//! Conversations.

use serde::{Deserialize, Serialize};

/// A conversation of an attacker with a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRow {
    /// Its number in the record.
    pub id: i64,
    /// What its lines call it: 16 hexadecimal digits.
    pub name: String,
    /// The worker that sent it; none where it was collected on this host.
    pub source_worker: Option<String>,
    /// Name of the decky.
    pub decky: String,
    /// The service.
    pub service: String,
    /// Address of the attacker, `Unknown` where there is none.
    pub attacker_ip: String,
    /// Port of the attacker; 0 where there is none.
    pub src_port: u16,
    /// When its first event happened.
    pub first_seen: String,
    /// When its last event happened.
    pub last_seen: String,
    /// How many events it has.
    pub event_count: u64,
    /// How many commands were given in it.
    pub command_count: u64,
    /// Bytes that the attacker sent.
    pub bytes_in: u64,
    /// Bytes that the attacker got.
    pub bytes_out: u64,
    /// Why it ended; none while it goes on.
    pub ended: Option<String>,
    /// The user name of its last log-in, where there was one.
    pub username: Option<String>,
}
