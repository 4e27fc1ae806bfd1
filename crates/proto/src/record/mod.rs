//! What the record answers: bodies of the API for dashboards and scripts.
//!
//! Times are RFC 3339 with microseconds and offset, always UTC. Lists come newest first, unless asked
//! for in another order, and as a [`Page`].

mod attacker;
mod log;
mod loot;
mod page;
mod session;

pub use attacker::{AttackerRow, CommandRow};
pub use log::{Bucket, LogRow, Stats};
pub use loot::{ArtifactRow, BountyRow, CredentialRow};
pub use page::Page;
pub use session::SessionRow;

/// What stands for an address that is not known.
pub const UNKNOWN: &str = "Unknown";
