//! The listener over real TLS on loopback, with a controller and workers in this process.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod carrying;
mod ending;
mod program;
mod refusing;
mod relaying;
mod swarm;
