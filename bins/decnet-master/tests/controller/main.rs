//! The controller over real TLS on loopback, with agents that are simulated in this process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agent;
mod commands;
mod converging;
mod crashes;
mod leaving;
mod master;
mod matrix;
mod operators;
mod swarm;
mod ways_in;
mod world;
