//! The agent in a swarm: what it tells its controller, and when it warns.
//!
//! ```text
//! heartbeat ── what runs ───► controller ── newer trust? ──► membership
//! warning ──── certificates that run out ──► event log
//! ```
//!
//! Nothing here decides what runs: a master that is away changes nothing.

mod heartbeat;
mod part;
mod warning;

pub use part::InSwarm;

use self::{heartbeat::beat_forever, warning::warn_forever};
