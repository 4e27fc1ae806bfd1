//! The updater: in a swarm, in this process and as a program, over real TLS on loopback; with stand-ins of
//! agent and forwarder that are processes, started from releases that are pushed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and says why it has nothing to do"
)]

mod alone;
mod changing;
mod full;
mod helping;
mod host;
mod itself;
mod killed;
mod push;
mod real;
mod refusing;
mod releases;
mod stand_in;
mod swarm;
