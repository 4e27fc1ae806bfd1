//! What is to be seen of alerts and deliveries, dead ones tried again, old ones forgotten.

use decnet_event::Timestamp;
use decnet_proto::alert::{Alert, Delivery, DeliveryState, ReceiverId};
use uuid::Uuid;

use super::{AlertError, Alerts, rows};
use crate::{
    RecordError, limits,
    sql::{Row, Value},
};

/// How long alerts are kept, in microseconds.
const KEPT: i64 = 90 * 24 * 3_600_000_000;

/// Most alerts that are forgotten at once.
const FORGOTTEN: i64 = 1000;

impl Alerts<'_> {
    /// Alerts, the newest first, with the numbers of their rows; those before the number `before`, if one is given.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn alert_list(&mut self, before: Option<i64>, most: u32) -> Result<Vec<(i64, Alert)>, RecordError> {
        let statement =
            format!("SELECT {}, a.id FROM alerts a WHERE a.id < ? ORDER BY a.id DESC LIMIT ?", rows::ALERT);
        let values = [Value::Int(before.unwrap_or(i64::MAX)), Value::Int(most.min(limits::ROWS).into())];
        self.0.all(&statement, &values, |row| Ok((row.int(rows::ALERT_COLUMNS)?, rows::alert(row)?)))
    }

    /// Deliveries to a receiver that are in a state, those of the newest alerts first, with the numbers of the
    /// alerts' rows; those before the number `before`, if one is given. Dead ones are the dead-letter list.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn delivery_list(
        &mut self,
        receiver: ReceiverId,
        state: DeliveryState,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<(i64, Delivery)>, RecordError> {
        let statement = format!(
            "SELECT {}, a.id, d.tries, d.error, d.changed FROM deliveries d INNER JOIN alerts a ON a.id = d.alert \
             WHERE d.receiver = ? AND d.state = ? AND d.alert < ? ORDER BY d.alert DESC LIMIT ?",
            rows::ALERT
        );
        let values = [
            Value::Int(receiver.0),
            Value::Text(word(state)),
            Value::Int(before.unwrap_or(i64::MAX)),
            Value::Int(most.min(limits::ROWS).into()),
        ];
        self.0.all(&statement, &values, |row| delivery(row, receiver, state))
    }

    /// Lets a dead delivery wait again, as a new one.
    ///
    /// # Errors
    /// [`AlertError::Absent`] where there is no dead one, or its receiver is off; [`AlertError::Record`].
    pub fn dead_retry(
        &mut self,
        alert: Uuid,
        receiver: ReceiverId,
        now: Timestamp,
    ) -> Result<(), AlertError> {
        let only = "AND alert = (SELECT id FROM alerts WHERE uuid = ?)";
        match self.revive(receiver, only, &[Value::Bytes(alert.as_bytes())], now)? {
            0 => Err(AlertError::Absent { what: "dead delivery to a receiver that is on" }),
            _ => Ok(()),
        }
    }

    /// Lets all dead deliveries to a receiver that is on wait again, and says how many they are.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn dead_retry_all(&mut self, receiver: ReceiverId, now: Timestamp) -> Result<u64, RecordError> {
        self.revive(receiver, "", &[], now)
    }

    fn revive(
        &mut self,
        receiver: ReceiverId,
        only: &'static str,
        values: &[Value<'_>],
        now: Timestamp,
    ) -> Result<u64, RecordError> {
        let statement = format!(
            "UPDATE deliveries SET state = 'waiting', tries = 0, due = ?, since = ?, changed = ? \
             WHERE receiver = ? AND state = 'dead' AND EXISTS (SELECT 1 FROM receivers WHERE id = ? AND enabled = 1) {only}"
        );
        let (now, receiver) = (Value::Int(now.0), Value::Int(receiver.0));
        self.0.run(&statement, &[&[now, now, now, receiver, receiver], values].concat())
    }

    /// Forgets alerts of more than ninety days ago for which no receiver waits any more, a thousand at most, and
    /// says how many they were.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn prune(&mut self, now: Timestamp) -> Result<u64, RecordError> {
        let statement = "SELECT a.id FROM alerts a WHERE a.raised < ? AND NOT EXISTS \
                         (SELECT 1 FROM deliveries d WHERE d.alert = a.id AND d.state = 'waiting') \
                         ORDER BY a.raised LIMIT ?";
        let values = [Value::Int(now.0.saturating_sub(KEPT)), Value::Int(FORGOTTEN)];
        let old = self.0.all(statement, &values, |row| row.int(0))?;
        for alert in &old {
            self.0.run("DELETE FROM deliveries WHERE alert = ?", &[Value::Int(*alert)])?;
            self.0.run("DELETE FROM alerts WHERE id = ?", &[Value::Int(*alert)])?;
        }
        Ok(old.len() as u64)
    }
}

fn delivery(
    row: &Row<'_>,
    receiver: ReceiverId,
    state: DeliveryState,
) -> Result<(i64, Delivery), RecordError> {
    let at = rows::ALERT_COLUMNS;
    let delivery = Delivery {
        alert: rows::alert(row)?,
        receiver,
        state,
        tries: rows::count(row.int(at + 1)?)?,
        error: row.text_or_none(at + 2)?.map(str::to_owned),
        changed: Timestamp(row.int(at + 3)?).to_string(),
    };
    Ok((row.int(at)?, delivery))
}

const fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
    }
}
