//! Rules in their rows; one without a row is as it usually is.

use decnet_event::Timestamp;
use decnet_proto::alert::{HOURLY_MAX, Rule, RuleKind};

use super::{
    AlertError, Alerts,
    error::demand,
    rows,
    rule::{HOUR, usual},
};
use crate::{
    RecordError,
    sql::{Insert, Value},
};

/// A rule, and how many alerts it raised in an hour.
pub(super) struct Kept {
    pub(super) rule: Rule,
    hour: i64,
    raised: i64,
}

impl Kept {
    /// Whether it may raise another one now, if it may raise so many within an hour.
    pub(super) fn has_room(&self, most: u32, now: Timestamp) -> bool {
        self.raised_within(now) < i64::from(most)
    }

    fn raised_within(&self, now: Timestamp) -> i64 {
        if self.hour == now.0.div_euclid(HOUR) { self.raised } else { 0 }
    }
}

impl Alerts<'_> {
    /// All rules.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn rule_list(&mut self) -> Result<Vec<Rule>, RecordError> {
        RuleKind::ALL.into_iter().map(|kind| Ok(self.rule_kept(kind)?.rule)).collect()
    }

    /// Changes a rule.
    ///
    /// # Errors
    /// [`AlertError::Invalid`]; [`AlertError::Record`].
    pub fn rule_set(&mut self, rule: Rule) -> Result<(), AlertError> {
        demand(RuleKind::ALL.contains(&rule.kind), "the rule", "one that there is")?;
        demand((1..=HOURLY_MAX).contains(&rule.hourly), "hourly", "from 1 to 10,000")?;
        let kept = self.rule_kept(rule.kind)?;
        self.rule_write(rule, kept.hour, kept.raised)?;
        Ok(self.note_change()?)
    }

    pub(super) fn rule_kept(&mut self, kind: RuleKind) -> Result<Kept, RecordError> {
        let statement = "SELECT enabled, hourly, hour, raised FROM rules WHERE kind = ?";
        let kept = self.0.first(statement, &[Value::Text(kind.word())], |row| {
            let rule = Rule { kind, enabled: row.int(0)? != 0, hourly: rows::count(row.int(1)?)? };
            Ok(Kept { rule, hour: row.int(2)?, raised: row.int(3)? })
        })?;
        Ok(kept.unwrap_or(Kept { rule: usual(kind), hour: 0, raised: 0 }))
    }

    /// Counts one alert more.
    pub(super) fn rule_count(&mut self, kept: &Kept, now: Timestamp) -> Result<(), RecordError> {
        self.rule_write(kept.rule, now.0.div_euclid(HOUR), kept.raised_within(now) + 1)
    }

    fn rule_write(&mut self, rule: Rule, hour: i64, raised: i64) -> Result<(), RecordError> {
        const RULES: Insert =
            Insert { table: "rules", columns: &["enabled", "hourly", "hour", "raised", "kind"] };
        let values = [
            Value::Int(rule.enabled.into()),
            Value::Int(rule.hourly.into()),
            Value::Int(hour),
            Value::Int(raised),
            Value::Text(rule.kind.word()),
        ];
        let statement = "UPDATE rules SET enabled = ?, hourly = ?, hour = ?, raised = ? WHERE kind = ?";
        // Databases differ in whether a row that is the same already counts as changed: a row is always another one
        // here, or it may be written in vain.
        let known =
            self.0.first("SELECT 1 FROM rules WHERE kind = ?", &[Value::Text(rule.kind.word())], |_| Ok(()));
        if known?.is_some() {
            self.0.run(statement, &values).map(|_| ())
        } else {
            self.0.insert(RULES, &values)
        }
    }
}
