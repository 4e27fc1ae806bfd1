//! The agent in-process, on a socket of its own, over twins of engine and machine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod deploying;
mod ending;
mod fleet;
mod serving;
mod twin;
