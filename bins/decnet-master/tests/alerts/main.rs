//! Alerts from a line of the log to receivers that fail, with the program killed on the way.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and a proof reads what is printed"
)]

mod account;
mod chaos;
mod program;
#[path = "../../../../crates/alerting/tests/delivery/receiver.rs"]
mod receiver;
mod story;
