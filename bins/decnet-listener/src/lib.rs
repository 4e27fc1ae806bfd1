//! Takes what the forwarders of a swarm ship, and keeps every line once.
//!
//! Why it exists: the workers' logs are worth something only where an attacker of a worker cannot
//! reach them, whole, and in order. `decnet_logship` says what is promised and how it is kept on disk;
//! this drives it over TLS.
//!
//! ```text
//!             handshake: chain, role, roster
//! forwarder ══════════ door ══► session ── batches ──► committer ── spool
//!               ▲                  ▲   ▲                   │          │
//!  roster ──────┘                  │   └── durable up to ──┘          ▼
//!    ▲                        acknowledgements               deriver ──► master.log, master.json
//!    └── controller (long poll)                         or relay ══► the master's own listener
//! ```
//!
//! Invariants:
//! - Nobody says a word before his certificate was found on the roster; who is taken off it is cut off
//!   at once, and so is everybody when nobody knows who is on it.
//! - Nothing is acknowledged that is not durable.
//! - One thread has the spool, another writes the log; no disk makes a connection wait but by not
//!   being read.
//! - What a peer makes us hold is bounded, and a connection that rests holds no buffers.
//! - Nobody is kept out by those who hang: the newest connection has a place, the oldest loses his.
//!
//! Limits: senders of plain RFC 5425 are not told what is durable; what they sent in the last moments
//! before a break is theirs to send again. A listener does not start on a full disk.

mod alarm;
mod args;
mod artifacts;
pub mod background;
mod clock;
mod committer;
mod crowd;
mod deriver;
mod door;
mod follow;
mod guest;
mod hosts;
mod limits;
mod link;
mod listener;
mod measure;
mod reading;
mod relay;
mod roster;
mod seats;
mod session;
mod settings;
mod status;
#[cfg(test)]
mod testing;
mod thread;
mod throttle;
mod watch;

pub use crate::{
    args::{Args, StatusArgs, Verb, command},
    artifacts::Counts as ArtifactCounts,
    limits::Limits,
    listener::{Listener, run},
    roster::GOOD_FOR,
    settings::{Settings, Upstream, identity_of, status_of},
    status::Report,
};
