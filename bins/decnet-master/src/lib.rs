//! The master: everything an operator types.
//!
//! ```text
//! cli/<verb>  ─ fleet::source  fleet file or flags → FleetSpec
//!             ─ deployment     → FleetPlan ─ fleet::plans (stored)
//!             ─ agent::client  → the agent of the host, which alone changes it
//!             ─ controller     → the controller of the swarm, which has its agents do the same
//!             ─ output         tables for people, JSON for programs
//! ```
//!
//! Invariants: needs no root; listing commands start no runtime, read no configuration and
//! write nothing; the fleet's seed never leaves this process but by derivation; a plan is
//! stored before it is sent.
//!
//! Limits: an agent on this host answers on a Unix socket; one elsewhere is asked by the
//! controller only.

mod agent;
mod api;
mod checks;
mod cli;
mod controller;
mod deployment;
mod failure;
mod fleet;
mod listening;
mod output;
mod parts;
pub mod swarm;
mod web;

use std::ffi::OsString;

use decnet_daemon::{Exit, environment::Environment};

pub use cli::{command, reference};

/// Does what `arguments`, the program's name among them, ask for.
pub fn run(arguments: &[OsString], environment: &Environment) -> Exit {
    match cli::parse(arguments, environment) {
        Ok(cli) => cli.run(environment.clone()).unwrap_or_else(|error| failure::report(&error)),
        Err(exit) => exit,
    }
}
