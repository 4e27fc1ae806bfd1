//! The collector against a real Docker: killed, restarted, rotated, outrun.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod child;
mod containers;
mod foreign;
mod killed;
mod output;
mod rotated;
