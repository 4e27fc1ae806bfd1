//! What is to be seen of alerts and deliveries, dead ones tried again, old ones forgotten.

use decnet_event::Timestamp;
use decnet_proto::{
    alert::{Alert, Delivery, DeliveryState, ReceiverId},
    record::Page,
};
use uuid::Uuid;

use super::{AlertError, Alerts, rows};
use crate::{
    Paging, RecordError,
    read::List,
    sql::{Row, Value},
};

/// How long alerts are kept, in microseconds.
const KEPT: i64 = 90 * 24 * 3_600_000_000;

/// Most alerts that are forgotten at once.
const FORGOTTEN: i64 = 1000;

impl Alerts<'_> {
    /// Alerts, the newest first.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn alert_page(&mut self, paging: Paging) -> Result<Page<Alert>, RecordError> {
        let (tables, conditions) = ("alerts a", Vec::new());
        let list = list(rows::ALERT, tables, conditions, rows::ALERT_COLUMNS);
        list.page(self.0, paging, false, &|row| rows::alert(row).map(Some))
    }

    /// Deliveries to a receiver that are in a state, those of the newest alerts first. Dead ones are the dead-letter
    /// list.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn delivery_page(
        &mut self,
        receiver: ReceiverId,
        state: DeliveryState,
        paging: Paging,
    ) -> Result<Page<Delivery>, RecordError> {
        let tables = "deliveries d INNER JOIN alerts a ON a.id = d.alert";
        let conditions =
            vec![("d.receiver = ?", Value::Int(receiver.0)), ("d.state = ?", Value::Text(word(state)))];
        let list = list(rows::DELIVERY, tables, conditions, rows::DELIVERY_COLUMNS);
        list.page(self.0, paging, false, &|row| delivery(row, receiver, state).map(Some))
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

/// A list of alerts or of what joins them, in the order of their ids.
fn list<'l>(
    columns: &'static str,
    tables: &'static str,
    conditions: Vec<(&'static str, Value<'l>)>,
    width: usize,
) -> List<'l> {
    List { columns, tables, conditions, key: "a.id", id: "a.id", width }
}

fn delivery(row: &Row<'_>, receiver: ReceiverId, state: DeliveryState) -> Result<Delivery, RecordError> {
    let at = rows::ALERT_COLUMNS;
    Ok(Delivery {
        alert: rows::alert(row)?,
        receiver,
        state,
        tries: rows::count(row.int(at)?)?,
        error: row.text_or_none(at + 1)?.map(str::to_owned),
        changed: Timestamp(row.int(at + 2)?).to_string(),
    })
}

const fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
    }
}
