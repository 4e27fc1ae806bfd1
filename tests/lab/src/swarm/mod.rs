//! A swarm on one machine: a master and three workers, each a machine of its own as far as Linux
//! can make one, on two LANs with an attacker each.
//!
//! ```text
//!            decnet-s-wires (bridges)
//! master ─────── office ─────── one, two, three     the master speaks with its workers here
//! attacker-a ─── lan-a ──────── one, two            deckies, and who attacks them
//! attacker-b ─── lan-b ──────── three
//! ```
//!
//! A machine has its own network, mounts, process numbers, name, boot id and `/run`, and an engine with
//! its own data: ending its first process is pulling its plug. Agent, forwarder and updater of a worker
//! run from releases, as packages bring them, so that they can be replaced.
//!
//! Invariants: nothing outside the namespaces changes; what was made is in the [`crate::marker`];
//! links are cut at the switch, so that a machine sees its card go on and nobody answer.

pub mod claims;
pub mod installed;
pub mod machine;
pub mod stage;
pub mod wiring;

mod configuration;
mod found;
mod scans;

pub use machine::{Machine, Part};
pub use scans::open_ports;
pub use stage::Swarm;
