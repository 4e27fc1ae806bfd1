//! Alerts from a line of the log to receivers that fail, with the program killed on the way.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod account;
mod chaos;
mod program;
// It is that of the tests of delivery.
#[path = "../../../../crates/alerting/tests/delivery/receiver.rs"]
mod receiver;
mod story;

// The receiver speaks by them.
use hyper as _;
use hyper_util as _;
