//! The agent in a swarm: what it tells its controller, and when it warns.
//!
//! ```text
//! heartbeat ── what runs ───► controller ── newer trust? ──► membership
//! warning ──── certificates that run out ──► event log
//! forwarder ── a process of its own ───────► listener
//! ```
//!
//! Nothing here decides what runs: a master that is away changes nothing.

mod forwarder;
mod heartbeat;
mod part;
mod warning;

pub(crate) use forwarder::ForwarderState;
pub use forwarder::Forwarding;
pub use part::InSwarm;

use self::{forwarder::keep_forever, heartbeat::beat_forever, warning::warn_forever};
