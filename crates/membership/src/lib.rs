//! A worker's place in its swarm: how it comes in, who it is there, whom it listens to.
//!
//! Why it exists: agents and updaters join, renew, trust and leave alike; what they do beside that
//! is their own.
//!
//! ```text
//! join ── token, requests ──► controller ── certificates, trust ──► identity folder
//! renewal ── new keys ──────► controller ── certificates, tried ──► identity folder, handshakes
//! trust ── newer? ──────────► controller ── authorities, pins ────► identity folder, handshakes
//! ```
//!
//! Invariants:
//! - Nothing of a join is on disk before all of it is there and fits; the host's file is written last.
//! - A new certificate is tried before it takes the place of the old one.
//! - Trust is replaced by newer trust only; who is trusted no more is cut off at once.
//! - A controller that is away changes nothing but the certificates' age.
//!
//! Limits: one controller, by the address that the host joined at.

mod args;
mod expiry;
mod join;
mod membership;
mod pace;
mod part;
mod renewal;
#[cfg(feature = "testing")]
pub mod testing;
mod trial;
mod trusting;

pub use args::JoinArgs;
pub use expiry::Expiry;
pub use join::{Join, JoinError, join};
pub use membership::{Membership, MembershipError};
pub use pace::{Pace, chance};
pub use part::Part;
pub use renewal::{RenewalError, renew_forever, renew_those_due};
pub use trial::TrialError;
pub use trusting::{TrustError, catch_up, follow_trust_forever};
