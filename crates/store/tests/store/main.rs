//! The store from outside: what it keeps, what it refuses, what no caller can break off.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audit;
mod certificates;
mod fencing;
mod fixture;
mod hosts;
mod keeping;
mod killed;
mod listeners;
mod meta;
mod operations;
mod reset;
mod shards;
mod tokens;
mod upgrade;
mod words;
