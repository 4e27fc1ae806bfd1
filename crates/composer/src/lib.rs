//! Fleet file to plan, plan to deployment, deployment to steps.
//!
//! ```text
//! fleet.ini ─ ini::parse ─┐
//!                         ├─► FleetSpec ─ plan::plan ─► FleetPlan ─ compose::compose ─► Deployment
//! flags ── FlagSpec::fleet┘   └─ plan::plan_swarm ─► a plan per host │ compose_file::print ─► Compose file
//!                                                                    ▼
//!                                              Observed ─ diff::diff ─► Steps
//! ```
//!
//! Why it exists: everything that decides what a fleet looks like is in one place that can be
//! tested without a network, an engine or root.
//!
//! Invariants: no I/O (reads no clock, environment, file, socket or random source); the same
//! arguments give the same answer; only [`plan`] makes choices; no text makes
//! [`ini::parse`] panic; no two deckies share a key, an address, a name or a credential.
//!
//! Limits: fleet files of 512 KiB, 100 deckies per section, 24 KiB of files per service,
//! IPv4 only.

mod allocate;
pub mod archetypes;
pub mod compose;
pub mod compose_file;
pub mod deployment;
mod derive;
pub mod diagnostic;
pub mod diff;
pub mod distros;
pub mod files;
pub mod flags;
pub mod fleet;
pub mod hardware;
pub mod ini;
pub mod os;
mod persona;
pub mod plan;
mod services;
mod steps;
mod wire;
