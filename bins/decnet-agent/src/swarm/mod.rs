//! The agent in a swarm: how it came in, who it is there, what it tells its master.
//!
//! ```text
//! join ── token, requests ──► controller ── certificates, trust ──► identity folder
//! heartbeat ── what runs ───► controller ── newer trust? ─────────► identity folder, handshakes
//! renewal ── new keys ──────► controller ── certificates ─────────► identity folder, handshakes
//! ```
//!
//! Nothing here decides what runs: a master that is away changes nothing.

mod heartbeat;
mod join;
mod membership;
mod pace;
mod renewal;

pub(crate) use heartbeat::beat_forever;
pub use join::{Join, JoinError, join};
pub use membership::{Membership, MembershipError};
pub(crate) use renewal::renew_forever;
