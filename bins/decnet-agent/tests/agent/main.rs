//! The agent in-process, on a socket of its own: over twins of engine and machine, over the
//! machine itself in a namespace, and whole on a real Docker.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod client;
mod deploying;
mod docker;
mod ending;
mod fleet;
mod network;
mod program;
mod serving;
mod swarm;
mod twin;
