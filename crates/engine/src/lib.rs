//! Containers behind one trait, images, and the collector of their events.
//!
//! Why it exists: a deployment is plain data ([`decnet_composer::deployment`]); this crate is
//! where it becomes containers. [`Engine`] is all that the agent knows of an engine, with
//! [`docker::Docker`] behind it in earnest and [`recording::Recording`] in tests.
//! [`execute()`] carries out steps over any engine and any [`Host`].
//!
//! Invariants:
//! - Only [`docker`] knows Docker: its API, its words, its quirks.
//! - No choice is made here: what to run was decided by `composer::plan`.
//! - Nothing is changed that does not carry the fleet's label or the network's exact name.
//!
//! Limits: one engine per host, over its Unix socket; Linux containers; IPv4.

pub mod collector;
pub mod docker;
mod engine;
mod error;
mod execute;
mod host;
pub mod image;
pub mod recording;

pub use engine::{
    About, ContainerChange, EXEC_OUTPUT_MAX, EXEC_TIMEOUT, Engine, ExecOutput, ImageChange, NetworkChange,
};
pub use error::{Attempt, Cause, EngineError, Lasting, chain};
pub use execute::{Options, Progress, execute, observe};
pub use host::{Host, HostError};
