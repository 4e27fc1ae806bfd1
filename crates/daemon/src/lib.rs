//! What every `main` does before and after its own work: read the command line and the
//! configuration, set diagnostics up, listen to signals, see that a role runs once.
//!
//! ```text
//! args::parse → config::load → diagnostics::init → lock::RoleLock → run(…, shutdown) → Exit
//! ```
//!
//! Invariants:
//! - The environment is read here only ([`environment::Environment`]) and never written.
//! - Every configuration key is one line of one table ([`config::SECTIONS`]): what parses
//!   it, the examples and the reference come from that table.
//! - Diagnostics never mix with events: they go to stderr and to the file `system-logs`.
//! - A pid from a file is trusted only if the process started when the file says.
//!
//! Limits: Linux only (`/proc`, `flock`); one process per role and runtime directory.

pub mod args;
pub mod config;
pub mod descriptors;
pub mod detach;
pub mod diagnostics;
pub mod environment;
mod exit;
pub mod lock;
pub mod names;
pub mod pidfile;
pub mod process;
pub mod provenance;
pub mod runtime_dir;
pub mod signals;
pub mod users;

pub use exit::Exit;
