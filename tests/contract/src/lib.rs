//! Contracts that users rely on: CLI, INI, wire, log lines.
//!
//! What the tests share: the real programs, run in a folder of their own, and an agent and a
//! controller that answer what a test says.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod agent;
pub mod answers;
mod controller;
pub mod documents;
mod program;
pub mod swarm;
pub mod units;

pub use agent::FakeAgent;
pub use controller::{Asked, FakeController};
pub use program::{Answer, Master};
