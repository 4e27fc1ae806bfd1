//! Drives the sending ends of the log transport over connections.
//!
//! Why it exists: `decnet_logship` is machines that are given bytes and the time; a forwarder that
//! ships a log and a listener that hands its spool on own sockets, and drive the same machine alike.
//!
//! ```text
//! Source ──► Sender ──► Outbox ──► connection
//!              ▲                       │
//!              └─── acknowledgements ◄─┘      Onlooker: once a second, and whenever something moved
//! ```
//!
//! Invariants:
//! - A connection that ends leaves nothing half done: whatever was not acknowledged is sent again.
//! - Who is asked to end gives what is on its way five seconds to be acknowledged.

mod artifacts;
mod carry;
mod connect;
mod outbox;

pub use self::{
    artifacts::{Artifacts, Carrier, Way},
    carry::{CarryError, Epoch, Going, Onlooker, TICK, Terms, carry, due, every_tick, last_moment, until},
    connect::{ConnectError, PATIENCE, connect, reach},
    outbox::{Outbox, Pushed},
};
