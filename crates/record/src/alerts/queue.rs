//! Deliveries that wait: which are due, and what became of them.

use std::time::Duration;

use decnet_event::Timestamp;
use decnet_proto::alert::{Alert, ReceiverId, Target};

use super::{Alerts, backoff, rows};
use crate::{
    RecordError,
    sql::{More, Value},
};

/// After so many tries a delivery is dead.
const TRIES: u32 = 20;

/// After so long, in microseconds, what waits for a receiver that fails is dead.
const DAY: i64 = 24 * 3_600_000_000;

/// After so many failures in a row a receiver is left alone for a while.
const BREAKER: u32 = 5;

/// Most bytes of an error that are kept.
const ERROR: usize = 512;

/// Which delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    /// The number of the alert's row.
    pub alert: i64,
    /// The receiver.
    pub receiver: ReceiverId,
}

/// A delivery that should be tried now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub id: DeliveryId,
    /// What is to be told.
    pub alert: Alert,
    /// To whom, with secrets.
    pub target: Target,
}

/// Why a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub error: String,
    /// How long the receiver asked to be left alone.
    pub wait: Option<Duration>,
}

/// A receiver that is to be tried.
struct Ready {
    id: i64,
    target: Target,
}

impl Alerts<'_> {
    /// What should be tried now: of each receiver the delivery that is due first, at most `most` of them. The one
    /// whose turn it is stays the same until it is told what became of it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn delivery_due(&mut self, now: Timestamp, most: usize) -> Result<Vec<Due>, RecordError> {
        let ready = self.receivers_ready(now)?;
        let mut due = Vec::new();
        for Ready { id, target } in ready {
            if due.len() >= most {
                break;
            }
            let receiver = ReceiverId(id);
            if let Some((alert, told)) = self.first_due(id, now)? {
                due.push(Due { id: DeliveryId { alert, receiver }, alert: told, target });
            }
        }
        Ok(due)
    }

    /// When something will be due, if anything waits; it may be now.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn delivery_next(&mut self) -> Result<Option<Timestamp>, RecordError> {
        let statement = "SELECT r.paused, (SELECT MIN(d.due) FROM deliveries d WHERE d.receiver = r.id AND d.state = 'waiting') \
                         FROM receivers r WHERE r.enabled = 1";
        let times = self.0.all(statement, &[], |row| Ok((row.int(0)?, row.int_or_none(1)?)))?;
        Ok(times.into_iter().filter_map(|(paused, due)| Some(Timestamp(paused.max(due?)))).min())
    }

    /// The receiver has it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn delivery_done(&mut self, id: DeliveryId, now: Timestamp) -> Result<(), RecordError> {
        let statement = "UPDATE deliveries SET state = 'delivered', tries = tries + 1, error = NULL, changed = ? \
                         WHERE alert = ? AND receiver = ? AND state <> 'delivered'";
        let receiver = Value::Int(id.receiver.0);
        self.0.run(statement, &[Value::Int(now.0), Value::Int(id.alert), receiver])?;
        let statement = "UPDATE receivers SET failures = 0, paused = 0 WHERE id = ? AND failures > 0";
        self.0.run(statement, &[receiver]).map(|_| ())
    }

    /// The try failed. `jitter` is a number evenly drawn: it keeps receivers from being tried all at once.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn delivery_failed(
        &mut self,
        id: DeliveryId,
        failure: &Failure,
        jitter: u32,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let (alert, receiver) = (Value::Int(id.alert), Value::Int(id.receiver.0));
        let statement = "SELECT tries FROM deliveries WHERE alert = ? AND receiver = ? AND state = 'waiting'";
        let tries = self.0.first(statement, &[alert, receiver], |row| rows::count::<u32>(row.int(0)?))?;
        // It may have been given up, or gone with its receiver, while it was tried.
        let Some(tries) = tries.map(|tries| tries.saturating_add(1)) else { return Ok(()) };
        let state = if tries >= TRIES { "dead" } else { "waiting" };
        let asked = failure.wait.unwrap_or_default().min(backoff::LONGEST);
        let due = later(now, backoff::after(tries, jitter).max(asked));
        let error = failure.error.get(..failure.error.floor_char_boundary(ERROR)).unwrap_or_default();
        let statement = "UPDATE deliveries SET state = ?, tries = ?, due = ?, error = ?, changed = ? \
                         WHERE alert = ? AND receiver = ?";
        let values = [
            Value::Text(state),
            Value::Int(tries.into()),
            Value::Int(due.0),
            Value::Text(error),
            Value::Int(now.0),
            alert,
            receiver,
        ];
        self.0.run(statement, &values)?;
        self.give_up(id.receiver, error, now)?;
        self.receiver_failed(id.receiver, asked, jitter, now)
    }

    /// Gives up what has waited for a day for a receiver that has just failed.
    fn give_up(&mut self, receiver: ReceiverId, error: &str, now: Timestamp) -> Result<(), RecordError> {
        let statement = "UPDATE deliveries SET state = 'dead', error = ?, changed = ? \
                         WHERE receiver = ? AND state = 'waiting' AND since <= ?";
        let (now, old) = (Value::Int(now.0), Value::Int(now.0.saturating_sub(DAY)));
        self.0.run(statement, &[Value::Text(error), now, Value::Int(receiver.0), old]).map(|_| ())
    }

    /// Leaves a receiver alone for a while that fails again and again. Nothing of it waits longer than that: it has
    /// failed at least as often as any delivery to it was tried since it last did not.
    fn receiver_failed(
        &mut self,
        receiver: ReceiverId,
        asked: Duration,
        jitter: u32,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let id = Value::Int(receiver.0);
        let statement = "SELECT failures FROM receivers WHERE id = ?";
        let failures = self.0.first(statement, &[id], |row| rows::count::<u32>(row.int(0)?))?;
        let failures = failures.unwrap_or(0).saturating_add(1);
        let rest = if failures >= BREAKER { backoff::after(failures, jitter) } else { Duration::ZERO };
        let paused = later(now, rest.max(asked));
        let statement = "UPDATE receivers SET failures = ?, paused = ? WHERE id = ?";
        self.0.run(statement, &[Value::Int(failures.into()), Value::Int(paused.0), id]).map(|_| ())
    }

    /// Receivers that may be tried and have something due, who waits longest first.
    fn receivers_ready(&mut self, now: Timestamp) -> Result<Vec<Ready>, RecordError> {
        let statement = "SELECT r.id, r.config, (SELECT MIN(d.due) FROM deliveries d \
                         WHERE d.receiver = r.id AND d.state = 'waiting') AS due \
                         FROM receivers r WHERE r.enabled = 1 AND r.paused <= ? ORDER BY due, r.id";
        let mut ready = Vec::new();
        self.0.query(statement, &[Value::Int(now.0)], &mut |row| {
            if row.int_or_none(2)?.is_some_and(|due| due <= now.0) {
                ready.push(Ready { id: row.int(0)?, target: rows::from_json("a target", row.text(1)?)? });
            }
            Ok(More::Yes)
        })?;
        Ok(ready)
    }

    fn first_due(&mut self, receiver: i64, now: Timestamp) -> Result<Option<(i64, Alert)>, RecordError> {
        let statement = format!(
            "SELECT {}, a.id FROM deliveries d INNER JOIN alerts a ON a.id = d.alert \
             WHERE d.receiver = ? AND d.state = 'waiting' AND d.due <= ? ORDER BY d.due, d.alert LIMIT 1",
            rows::ALERT
        );
        self.0.first(&statement, &[Value::Int(receiver), Value::Int(now.0)], |row| {
            Ok((row.int(rows::ALERT_COLUMNS)?, rows::alert(row)?))
        })
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)))
}
