//! Carries alerts to webhooks and mail servers, until each is delivered or dead.
//!
//! ```text
//!  record::alerts ── Ledger::due ──► Sender ──► Outlet ──► body: alert → bytes     pure
//!        ▲                             │          ├──────► exchange: one POST
//!        └── Ledger::delivered, failed ┘          └──────► smtp: one conversation
//! ```
//!
//! Why it exists apart from `record`: the record blocks and knows no network; this is async and keeps nothing. What it
//! knows of deliveries is in the record, so that it may die at any moment.
//!
//! What is promised, and what not:
//! - Every delivery is tried until it is written down as delivered or dead.
//! - At least once, always with the same id (`X-DECNET-Event-Id`, `id`, `Message-ID`). Exactly once to a receiver
//!   that answers in time, unless this process dies after the answer came and before it is written down. That window
//!   is made small: the head of an answer is enough, and nothing else is done before it is written down. As long as
//!   the process lives, what cannot be written down is written down later and not sent again.
//! - To one receiver one at a time, in the order in which they are due.
//!
//! Limits: [`LIMITS`]. No redirect is followed, no answer is kept, no connection is used twice.
//!
//! An operator chooses where alerts go, and a receiver on a private network is the ordinary case. So only those
//! addresses are refused that can never be a receiver: see `address`. What was checked is what is connected to.

mod address;
mod body;
mod exchange;
mod ledger;
mod outlet;
mod sender;
mod signature;
mod smtp;
mod trust;

use std::time::Duration;

pub use self::{
    ledger::{Ledger, LedgerError},
    outlet::Outlet,
    sender::Sender,
    signature::signature,
    trust::{Trust, TrustError},
};

/// How much a delivery may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long everything may take, from the look-up of the name to the answer.
    pub patience: Duration,
    /// Most bytes of a body that is sent.
    pub body: usize,
    /// Most bytes of an answer that are read, and they are read of refusals only.
    pub answer: usize,
    /// Most deliveries at once.
    pub at_once: usize,
    /// How long deliveries that are under way have when the process is to end.
    pub drain: Duration,
}

/// What they are.
pub const LIMITS: Limits = Limits {
    patience: Duration::from_secs(10),
    body: 64 * 1024,
    answer: 8 * 1024,
    at_once: 8,
    drain: Duration::from_secs(5),
};
