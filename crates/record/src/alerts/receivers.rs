//! Receivers in their rows.

use decnet_event::Timestamp;
use decnet_proto::alert::{RECEIVERS_MAX, Receiver, ReceiverChange, ReceiverId, ReceiverRequest, Target};

use super::{AlertError, Alerts, check, rows};
use crate::{
    RecordError,
    sql::{Insert, Row, Value},
};

/// What dead deliveries to a receiver that was switched off say.
const SWITCHED_OFF: &str = "the receiver was switched off";

const COLUMNS: &str = "r.id, r.name, r.config, r.enabled, r.failures, r.paused, \
    (SELECT COUNT(*) FROM deliveries d WHERE d.receiver = r.id AND d.state = 'waiting'), \
    (SELECT COUNT(*) FROM deliveries d WHERE d.receiver = r.id AND d.state = 'dead')";

impl Alerts<'_> {
    /// All receivers, by name.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn receiver_list(&mut self, now: Timestamp) -> Result<Vec<Receiver>, RecordError> {
        let statement = format!("SELECT {COLUMNS} FROM receivers r ORDER BY r.name");
        self.0.all(&statement, &[], |row| receiver(row, now))
    }

    /// One receiver.
    ///
    /// # Errors
    /// [`AlertError::Absent`]; [`AlertError::Record`].
    pub fn receiver_fetch(&mut self, id: ReceiverId, now: Timestamp) -> Result<Receiver, AlertError> {
        let statement = format!("SELECT {COLUMNS} FROM receivers r WHERE r.id = ?");
        let found = self.0.first(&statement, &[Value::Int(id.0)], |row| receiver(row, now))?;
        found.ok_or(AlertError::Absent { what: "receiver" })
    }

    /// Where alerts to a receiver go, with secrets: to try it, never to show it.
    ///
    /// # Errors
    /// [`AlertError::Absent`]; [`AlertError::Record`].
    pub fn receiver_target(&mut self, id: ReceiverId) -> Result<Target, AlertError> {
        let statement = "SELECT config FROM receivers WHERE id = ?";
        let target =
            self.0.first(statement, &[Value::Int(id.0)], |row| rows::from_json("a target", row.text(0)?))?;
        target.ok_or(AlertError::Absent { what: "receiver" })
    }

    /// Adds a receiver: it gets what is raised from now on.
    ///
    /// # Errors
    /// [`AlertError`].
    pub fn receiver_add(
        &mut self,
        request: &ReceiverRequest,
        now: Timestamp,
    ) -> Result<ReceiverId, AlertError> {
        const RECEIVERS: Insert = Insert {
            table: "receivers",
            columns: &["id", "name", "kind", "config", "enabled", "failures", "paused", "created"],
        };
        check::name(&request.name)?;
        check::target(&request.target)?;
        self.name_is_free(&request.name, None)?;
        let count =
            self.0.first("SELECT COUNT(*) FROM receivers", &[], |row| rows::count::<usize>(row.int(0)?))?;
        if count.unwrap_or(0) >= RECEIVERS_MAX {
            return Err(AlertError::TooMany { what: "receivers", most: RECEIVERS_MAX });
        }
        let id = rows::next_id(self.0, "SELECT MAX(id) FROM receivers")?;
        let config = rows::to_json(&request.target)?;
        self.0.insert(
            RECEIVERS,
            &[
                Value::Int(id),
                Value::Text(&request.name),
                Value::Text(word(&request.target)),
                Value::Text(&config),
                Value::Int(request.enabled.into()),
                Value::Int(0),
                Value::Int(0),
                Value::Int(now.0),
            ],
        )?;
        Ok(ReceiverId(id))
    }

    /// Changes a receiver. What waits for one that is switched off is dead.
    ///
    /// # Errors
    /// [`AlertError`].
    pub fn receiver_change(
        &mut self,
        id: ReceiverId,
        change: &ReceiverChange,
        now: Timestamp,
    ) -> Result<(), AlertError> {
        self.receiver_target(id)?;
        if let Some(name) = &change.name {
            check::name(name)?;
            self.name_is_free(name, Some(id))?;
            self.0
                .run("UPDATE receivers SET name = ? WHERE id = ?", &[Value::Text(name), Value::Int(id.0)])?;
        }
        if let Some(target) = &change.target {
            self.receiver_aim(id, target)?;
        }
        if let Some(enabled) = change.enabled {
            self.receiver_switch(id, enabled, now)?;
        }
        Ok(())
    }

    /// Removes a receiver and its deliveries.
    ///
    /// # Errors
    /// [`AlertError::Absent`]; [`AlertError::Record`].
    pub fn receiver_remove(&mut self, id: ReceiverId) -> Result<(), AlertError> {
        self.0.run("DELETE FROM deliveries WHERE receiver = ?", &[Value::Int(id.0)])?;
        match self.0.run("DELETE FROM receivers WHERE id = ?", &[Value::Int(id.0)])? {
            0 => Err(AlertError::Absent { what: "receiver" }),
            _ => Ok(()),
        }
    }

    /// Another place, of which nothing bad is known yet.
    fn receiver_aim(&mut self, id: ReceiverId, target: &Target) -> Result<(), AlertError> {
        check::target(target)?;
        let config = rows::to_json(target)?;
        let statement = "UPDATE receivers SET kind = ?, config = ?, failures = 0, paused = 0 WHERE id = ?";
        self.0.run(statement, &[Value::Text(word(target)), Value::Text(&config), Value::Int(id.0)])?;
        Ok(())
    }

    fn receiver_switch(&mut self, id: ReceiverId, enabled: bool, now: Timestamp) -> Result<(), AlertError> {
        let statement = "UPDATE receivers SET enabled = ?, failures = 0, paused = 0 WHERE id = ?";
        self.0.run(statement, &[Value::Int(enabled.into()), Value::Int(id.0)])?;
        if !enabled {
            let statement = "UPDATE deliveries SET state = 'dead', error = ?, changed = ? \
                             WHERE receiver = ? AND state = 'waiting'";
            self.0.run(statement, &[Value::Text(SWITCHED_OFF), Value::Int(now.0), Value::Int(id.0)])?;
        }
        Ok(())
    }

    fn name_is_free(&mut self, name: &str, but: Option<ReceiverId>) -> Result<(), AlertError> {
        let statement = "SELECT 1 FROM receivers WHERE name = ? AND id <> ?";
        let but = Value::Int(but.map_or(0, |id| id.0));
        let taken = self.0.first(statement, &[Value::Text(name), but], |_| Ok(()))?;
        if taken.is_some() { Err(AlertError::Taken) } else { Ok(()) }
    }
}

fn receiver(row: &Row<'_>, now: Timestamp) -> Result<Receiver, RecordError> {
    let target: Target = rows::from_json("a target", row.text(2)?)?;
    let paused = Timestamp(row.int(5)?);
    Ok(Receiver {
        id: ReceiverId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        enabled: row.int(3)? != 0,
        target: target.view(),
        failures: rows::count(row.int(4)?)?,
        paused_until: (paused > now).then(|| paused.to_string()),
        waiting: rows::count(row.int(6)?)?,
        dead: rows::count(row.int(7)?)?,
    })
}

const fn word(target: &Target) -> &'static str {
    match target {
        Target::Json { .. } => "json",
        Target::Slack { .. } => "slack",
        Target::Teams { .. } => "teams",
        Target::Mail(_) => "mail",
    }
}
