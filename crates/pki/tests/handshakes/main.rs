//! Real handshakes: who meets whom, and who does not.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod change;
mod joining;
mod matrix;
mod meeting;
mod revocation;
mod site;
