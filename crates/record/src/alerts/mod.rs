//! Alerts: what is raised, to whom it goes, and how far that went.
//!
//! ```text
//! event ──► write: marked? new? ──► rule::judge ──► raise: once a key ──► deliveries, one a receiver
//!                                     pure             │ in the transaction of the event's rows
//!                                                      ▼
//!                  decnet-alerting  ◄── due ──  queue  ── delivered | failed ◄── decnet-alerting
//! ```
//!
//! What is promised:
//! - An alert is raised in the transaction that keeps the event that it tells of, with a delivery for every
//!   receiver that there is: after any crash there are both or neither.
//! - Its id comes of its key and the time of what it tells, so that it is the same at every try, after every
//!   restart, and when the same log is read into another record.
//! - A delivery ends as delivered or dead, and only [`Alerts::dead_retry`] makes a dead one wait again. One that was
//!   answered is never sent again once that is written down.
//! - At least once, with the same id: what was answered, and not written down before a crash, is sent again, and so
//!   is what a receiver took without answering in time. A receiver that drops ids that it knows has each once.
//!
//! Limits: alerts are kept for ninety days ([`Alerts::prune`]); a key that is older may be raised again. Of one rule at most
//! [`Rule::hourly`](decnet_proto::alert::Rule::hourly) alerts are raised within one hour, because whoever sends
//! datagrams can be as many attackers as he likes.

mod backoff;
mod check;
mod deliveries;
mod error;
mod ignore;
mod ignores;
mod lateness;
mod old;
mod queue;
mod raise;
mod receivers;
mod rows;
mod rule;
mod rules;
mod standing;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use self::{
    error::AlertError,
    ignore::Ignores,
    queue::{DeliveryId, Due, Failure},
    raise::Outcome,
    rule::{Entry, Raised, judge},
};
pub(crate) use self::{
    lateness::Lateness,
    old::OldAlerts,
    rule::{BAIT_USED, CERTIFICATE_EXPIRING, DAY, HOUR},
    standing::Standing,
};
use crate::sql::Connection;

/// Rules, alerts, receivers, deliveries and what is ignored, in the record.
///
/// What changes something is called within a transaction of the caller's.
#[derive(Debug)]
pub struct Alerts<'c>(&'c mut Connection);

impl<'c> Alerts<'c> {
    /// Those of this record.
    pub(crate) const fn over(connection: &'c mut Connection) -> Self {
        Self(connection)
    }
}
