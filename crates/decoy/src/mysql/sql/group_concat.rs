//! GROUP_CONCAT: texts of all rows of a group in one.

use super::{ast::GroupConcat, engine::Engine, eval::Scope, query::sorted, value::Value};
use crate::{caps, mysql::failure::Failure};

impl Engine<'_> {
    pub(super) fn group_concat(&mut self, concat: &GroupConcat, scope: &Scope<'_>) -> Result<Value, Failure> {
        let Some(group) = scope.group else {
            return Err(Failure::new(1111, "HY000", "Invalid use of group function"));
        };
        let mut keyed: Vec<(Vec<Value>, Vec<Value>)> = Vec::new();
        for row in group {
            let scope = Scope { row, group: None, ..*scope };
            let Some(text) = self.text_of(concat, &scope)? else { continue };
            let again = |(_, other): &(Vec<Value>, Vec<Value>)| {
                other.first().and_then(|other| other.compare(&text)).is_some_and(std::cmp::Ordering::is_eq)
            };
            if concat.distinct && keyed.iter().any(again) {
                continue;
            }
            let keys =
                concat.order.iter().map(|(by, _)| self.eval(by, &scope)).collect::<Result<Vec<_>, _>>()?;
            self.hold(text.weight() + keys.iter().map(Value::weight).sum::<usize>())?;
            keyed.push((keys, vec![text]));
        }
        if keyed.is_empty() {
            return Ok(Value::Null);
        }
        let texts = sorted(keyed, &concat.order).into_iter().flatten().map(|text| text.printed());
        let mut text = texts.collect::<Vec<_>>().join(&concat.separator[..]);
        // `group_concat_max_len` of MariaDB is a megabyte; ours is less.
        text.truncate(caps::MYSQL_VALUE);
        Ok(Value::Text(text))
    }

    /// The text of a row; none where a part of it is NULL.
    fn text_of(&mut self, concat: &GroupConcat, scope: &Scope<'_>) -> Result<Option<Value>, Failure> {
        let mut text = Vec::new();
        for part in &concat.texts {
            let value = self.eval(part, scope)?;
            if value.is_null() {
                return Ok(None);
            }
            text.extend(value.printed());
        }
        Ok(Some(Value::Text(text)))
    }
}
