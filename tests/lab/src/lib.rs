//! One LAN in network namespaces, real clients, a real engine.
//!
//! The lab exists so that every claim about DECNET can be shown on a machine without a
//! spare network card: a veth pair stands for the wire, one end of it ([`lan::PARENT`]) is
//! the parent of the deckies' links, the other is the attacker's card in a namespace of
//! its own.
//!
//! Invariants:
//! - Nothing outside the lab changes: links, namespace and engine that [`up`] makes are
//!   written to the [`marker`] first, and [`down`] removes those and no others.
//! - Clients run in the attacker's namespace and reach nothing but [`lan::SUBNET`].
//! - Whatever is waited for has a deadline.
//!
//! Limits: one lab per machine; root is needed; packages come from Debian.

pub mod api;
pub mod attacker;
pub mod beside;
pub mod booted;
pub mod claims;
pub mod clients;
pub mod daemons;
pub mod engine;
pub mod fleet;
pub mod lan;
pub mod log;
pub mod marker;
pub mod packages;
pub mod process;
pub mod releases;
pub mod sshd;
pub mod stage;
pub mod swarm;
pub mod transport;
pub mod wait;
pub mod workspace;

mod life;

pub use life::{Raised, down, up};
