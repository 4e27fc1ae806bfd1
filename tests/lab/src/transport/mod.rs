//! The log's way on one machine: a controller, a listener and forwarders, each a real process with
//! files of its own, on loopback.
//!
//! ```text
//! Writer ─► decnet.log ─► decnet-forwarder ══► decnet-listener ─► master.log, master.json ─► Tally
//!                          (a worker's)          (a [`Site`]'s)
//! ```
//!
//! Every line has a number, so that whoever knows how many were written can say of each whether it
//! came, how often, and when. Beside ours, the same lines go through `rsyslog` ([`rsyslog`]).
//!
//! Invariants: processes end with what holds them; every wait has a deadline; a run that went by
//! chance says the seed by which it can be had again.
//!
//! Limits: root is needed, for a `/run` for each; ports are the usual ones, so one site at a time in
//! one network namespace, and better none of the machine's own.

pub mod branch;
pub mod callers;
pub mod chance;
pub mod corpus;
pub mod faults;
pub mod hostile;
pub mod interop;
pub mod kills;
pub mod rsyslog;
pub mod running;
pub mod site;
pub mod tally;
pub mod worker;
pub mod writer;

pub use chance::Chance;
pub use corpus::Corpus;
pub use running::{Daemon, Running};
pub use site::Site;
pub use tally::Tally;
pub use worker::Worker;
pub use writer::Writer;
