//! The controller over real TLS on loopback, with agents that are simulated in this process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agent;
mod commands;
mod converging;
mod crashes;
mod far_listeners;
mod leaving;
mod listeners;
mod many;
mod master;
mod matrix;
mod older;
mod operators;
mod program;
mod releases;
mod rollback;
mod swarm;
mod updater;
mod updates;
mod ways_in;
mod world;
