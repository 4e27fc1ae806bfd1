//! Alerts into their rows, each once, with a delivery for every receiver.

use std::collections::BTreeMap;

use decnet_event::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Alerts, Raised, lateness::Lateness, rows, rule::HOUR, rules::Kept};
use crate::{
    RecordError,
    sql::{Insert, Value},
};

/// What became of an alert that was to be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there now.
    Raised(Uuid),
    /// It was there already.
    Known,
    /// Its rule is off.
    Off,
    /// There were too many of its rule within the hour, which is told once.
    TooMany,
    /// The event happened more than a day ago.
    TooLate,
}

impl Alerts<'_> {
    /// Raises an alert, once for its key, with a delivery for every receiver that is on.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn alert_raise(&mut self, raised: &Raised, now: Timestamp) -> Result<Outcome, RecordError> {
        let kept = self.rule_kept(raised.rule)?;
        if !kept.rule.enabled {
            return Ok(Outcome::Off);
        }
        let lateness = raised.lateness(now);
        if lateness == Lateness::TooLate {
            return Ok(Outcome::TooLate);
        }
        if self.is_known(&raised.key)? {
            return Ok(Outcome::Known);
        }
        if !kept.has_room(lateness.share(kept.rule.hourly), now) {
            self.flood_raise(&kept, lateness, now)?;
            return Ok(Outcome::TooMany);
        }
        self.rule_count(&kept, now)?;
        self.alert_insert(raised, now).map(Outcome::Raised)
    }

    /// Says once an hour that a rule has more to tell than it may.
    fn flood_raise(&mut self, kept: &Kept, lateness: Lateness, now: Timestamp) -> Result<(), RecordError> {
        let (rule, most) = (kept.rule.kind, lateness.share(kept.rule.hourly));
        let (sort, late) = if lateness == Lateness::InTime { ("flood", "") } else { ("flood/late", " late") };
        let flood = Raised {
            rule,
            key: format!("{sort}/{}/{}", rule.word(), now.0.div_euclid(HOUR)),
            time: now,
            event: None,
            worker: None,
            decky: None,
            service: None,
            address: None,
            title: format!(
                "there are more than {most}{late} alerts of {} within this hour: the others are not sent",
                rule.word()
            ),
            details: BTreeMap::new(),
        };
        if !self.is_known(&flood.key)? {
            self.alert_insert(&flood, now)?;
        }
        Ok(())
    }

    fn is_known(&mut self, key: &str) -> Result<bool, RecordError> {
        let known =
            self.0.first("SELECT 1 FROM alerts WHERE alerts.key = ?", &[Value::Text(key)], |_| Ok(()))?;
        Ok(known.is_some())
    }

    fn alert_insert(&mut self, raised: &Raised, now: Timestamp) -> Result<Uuid, RecordError> {
        const ALERTS: Insert = Insert {
            table: "alerts",
            columns: &[
                "id", "uuid", "key", "rule", "time", "event", "worker", "decky", "service", "address",
                "title", "details", "raised",
            ],
        };
        let id = rows::next_id(self.0, "SELECT MAX(id) FROM alerts")?;
        let uuid = identity(raised);
        let address = raised.address.map(|address| address.to_canonical().to_string());
        let details = rows::to_json(&raised.told(now))?;
        self.0.insert(
            ALERTS,
            &[
                Value::Int(id),
                Value::Bytes(uuid.as_bytes()),
                Value::Text(&raised.key),
                Value::Text(raised.rule.word()),
                Value::Int(raised.time.0),
                Value::Int(raised.event.unwrap_or(0)),
                maybe(raised.worker.as_deref()),
                maybe(raised.decky.as_deref()),
                maybe(raised.service.as_deref()),
                maybe(address.as_deref()),
                Value::Text(&raised.title),
                Value::Text(&details),
                Value::Int(now.0),
            ],
        )?;
        self.fan_out(id, now)?;
        Ok(uuid)
    }

    fn fan_out(&mut self, alert: i64, now: Timestamp) -> Result<(), RecordError> {
        let statement = "INSERT INTO deliveries (alert, receiver, state, tries, due, since, error, changed) \
                         SELECT ?, id, 'waiting', 0, ?, ?, NULL, ? FROM receivers WHERE enabled = 1";
        let now = Value::Int(now.0);
        self.0.run(statement, &[Value::Int(alert), now, now, now]).map(|_| ())
    }
}

impl Raised {
    /// How late it is told. What is of no event is told by who looked, and as it is then.
    fn lateness(&self, now: Timestamp) -> Lateness {
        if self.event.is_some() { Lateness::of(self.time, now) } else { Lateness::InTime }
    }

    /// What else there is to know, with how late it is.
    fn told(&self, now: Timestamp) -> BTreeMap<String, String> {
        let mut details = self.details.clone();
        if let Lateness::Late(behind) = self.lateness(now) {
            details.insert("late_seconds".to_owned(), behind.as_secs().to_string());
        }
        details
    }
}

/// A text, or nothing.
pub(super) fn maybe(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::Text)
}

/// The id of an alert: of its key and the time of what it tells, so that it is the same wherever and however
/// often the same thing is read.
fn identity(raised: &Raised) -> Uuid {
    let mut digest = Sha256::new();
    digest.update(b"decnet alert\0");
    digest.update(raised.time.0.to_be_bytes());
    digest.update(raised.key.as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.finalize()).for_each(|(byte, digest)| *byte = digest);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
