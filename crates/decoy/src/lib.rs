//! The emulations: one folder per service, and the driver that owns their sockets.
//!
//! A decoy is one process that plays every service of one fake machine. The data flow:
//! [`driver`] accepts a connection, binds its identity, and hands a [`Conn`] to the
//! service's [`ConnectionService::serve`]; the service says what it sees through the
//! [`Emitter`], whose writer sends RFC 5424 lines to standard output.
//!
//! Invariants:
//! - A service never sees a socket, an address of a peer only through [`Conn::peer`], and
//!   the identity of an event never comes from a field that a peer filled.
//! - Every bound on what a peer controls is in [`caps`].
//! - A panic or a slow peer in one session touches that session only.
//! - Every byte that an attacker sees derives from the persona: nothing is the same on two
//!   deckies that need not be the same on two real machines.
//!
//! Limits: one thread serves all sessions; keys are made on a second one.

pub mod artifact;
mod attempt;
pub mod caps;
mod census;
pub mod conn;
pub mod driver;
pub mod emitter;
pub mod ftp;
pub mod host;
pub mod http;
pub mod identity;
pub mod machine;
pub mod mysql;
mod openssh;
pub mod programs;
pub mod redis;
pub mod registry;
pub mod service;
pub mod shell;
pub mod smtp;
pub mod snmp;
pub mod ssh;
pub mod telnet;
pub mod tls;

mod hostile;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use artifact::{ArtifactWriter, Captured};
pub use conn::{Claim, Conn, End, Line, Witness};
pub use emitter::Emitter;
pub use host::Host;
pub use service::{ConnectionService, DatagramService, Replies, ServiceError};
