//! The collector against a scripted engine: what it finds, what it survives, what it says.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod discovery;
mod disk;
mod following;
mod handle;
mod running;
mod twin;
