//! The engine against a real Docker, each test on a LAN of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod behaviour;
mod containment;
mod deploy;
mod restart;
mod sample;
mod site;
