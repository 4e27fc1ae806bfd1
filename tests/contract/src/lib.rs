//! Contracts that users rely on: CLI, INI, wire, log lines.
//!
//! What the tests share: the real programs, run in a folder of their own, and an agent that
//! answers what a test says.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod agent;
pub mod answers;
pub mod documents;
mod program;

pub use agent::FakeAgent;
pub use program::{Answer, Master};
