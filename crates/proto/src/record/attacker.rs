//! Who attacks.

use serde::{Deserialize, Serialize};

/// An address that did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttackerRow {
    /// Its id, which stays the same.
    pub uuid: String,
    /// The address.
    pub ip: String,
    /// When it did something first.
    pub first_seen: String,
    /// When it did something last.
    pub last_seen: String,
    /// How many events it caused.
    pub event_count: u64,
    /// How many services it touched.
    pub service_count: u64,
    /// How many deckies it touched.
    pub decky_count: u64,
    /// The services, by name. Of very many only some are listed.
    pub services: Vec<String>,
    /// The deckies, in the order in which it touched them first. Of very many only some are listed.
    pub deckies: Vec<String>,
    /// The way that it took from decky to decky, as `a → b`; none where it touched only one.
    pub traversal_path: Option<String>,
    /// Whether it touched more than one decky.
    pub is_traversal: bool,
    /// How many bounties there are of it.
    pub bounty_count: u64,
    /// How many of these are credentials.
    pub credential_count: u64,
    /// How many commands it gave.
    pub command_count: u64,
    /// How many files it brought.
    pub artifact_count: u64,
    /// Whether it completed a connection at least once: the address was not made up then.
    pub is_proven: bool,
    /// Whether the ignore list covered all that it did.
    pub is_ignored: bool,
}

/// A command that an attacker gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommandRow {
    /// The event that told of it.
    pub id: i64,
    /// When it was given.
    pub timestamp: String,
    /// Name of the decky that it was given to.
    pub decky: String,
    /// The service that it was given to.
    pub service: String,
    /// What happened: a kind of the catalogue.
    pub event_type: String,
    /// The command with its arguments.
    pub command: String,
    /// The conversation in which it was given: the id of a session.
    pub session: Option<i64>,
}
