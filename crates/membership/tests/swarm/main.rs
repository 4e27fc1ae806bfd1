//! A part of a worker against a controller in this process, over real TLS on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod joining;
mod leaving;
mod renewing;
mod trusting;
