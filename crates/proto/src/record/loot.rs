//! What was learnt and taken: bounties, credentials, files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that was learnt of an attacker, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BountyRow {
    /// Its number.
    pub id: i64,
    /// When it was seen first.
    pub timestamp: String,
    /// When it was seen last.
    pub last_seen: String,
    /// How often it was seen.
    pub uses: u64,
    /// Name of the decky that it was seen on.
    pub decky: String,
    /// The service or component that saw it.
    pub service: String,
    /// Address of the attacker, `Unknown` where there is none.
    pub attacker_ip: String,
    /// `credential` or `fingerprint`.
    pub bounty_type: String,
    /// What it is, by name. A part that is no text is given as its JSON.
    pub payload: BTreeMap<String, String>,
    /// The credential that it is of, where it is one.
    pub credential: Option<i64>,
}

/// A secret that was shown, each once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CredentialRow {
    /// Its number.
    pub id: i64,
    /// `password`, `hash`, `key` or `community`.
    pub kind: String,
    /// The user name, where there is one.
    pub principal: Option<String>,
    /// The secret, its hash, or the fingerprint of a key.
    pub secret: String,
    /// When it was shown first.
    pub first_seen: String,
    /// When it was shown last.
    pub last_seen: String,
    /// How often it was shown.
    pub uses: u64,
}

/// Without the secret: what people type by mistake does not go into diagnostics.
impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialRow")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// A file that was captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArtifactRow {
    /// The event that told of it.
    pub id: i64,
    /// When it was captured.
    pub timestamp: String,
    /// Name of the decky that captured it.
    pub decky: String,
    /// The service that captured it.
    pub service: String,
    /// Address of who brought it, `Unknown` where there is none.
    pub attacker_ip: String,
    /// SHA-256 of its content, 64 hexadecimal digits: what it is stored as.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Path or name that the peer gave.
    pub name: String,
    /// How it came: `upload`, `mail`, `value`.
    pub source: String,
    /// Whether its end is missing because it was larger than what is kept.
    pub truncated: bool,
}
