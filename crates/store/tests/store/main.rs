//! The store from outside: what it keeps, what it refuses, what no caller can break off.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod audit;
mod certificates;
mod fixture;
mod hosts;
mod keeping;
mod meta;
mod operations;
mod reset;
mod shards;
mod tokens;
mod upgrade;
