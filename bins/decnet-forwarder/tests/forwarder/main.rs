//! The forwarder in this process and as a program, against a listener over real TLS on loopback whose
//! spool is a real one, and against receivers of another make.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod artifacts;
mod home;
mod listener;
mod plain;
mod program;
mod shipping;
mod telling;
