//! Assignments.

use std::collections::BTreeMap;

use super::super::{
    interpreter::{Flow, Shell, Stop},
    language::ast::{Assignment, Value, Word},
    state::{Content, Variable, as_indexed, put_scalar},
};
use crate::caps;

impl Shell {
    /// Carries out an assignment.
    pub(crate) async fn assign(&mut self, assignment: &Assignment) -> Flow {
        let name = self.referred(&assignment.name);
        match &assignment.value {
            Value::Array(elements) => self.assign_array(&name, elements, assignment.append).await,
            Value::Word(word) => {
                let value = self.expand_value(word).await?;
                self.assign_value(&name, assignment.subscript.as_ref(), value, assignment.append).await
            }
        }
    }

    async fn assign_value(
        &mut self,
        name: &[u8],
        subscript: Option<&Word>,
        value: Vec<u8>,
        append: bool,
    ) -> Flow {
        let Some(subscript) = subscript else {
            let value = self.typed_value(name, value, append, None).await?;
            let assigned = self.variables.set(name, value);
            self.exported_if_asked(name);
            return self.assigned(name, assigned).await;
        };
        let key = self.expand_single(subscript).await?;
        if self.variables.is_associative(name) {
            let before = match self.variables.get(name).map(|variable| &variable.content) {
                Some(Content::Associative(values)) => values.get(&key).cloned(),
                _ => None,
            };
            let value = self.typed_value(name, value, append, before).await?;
            let assigned = self.variables.set_key(name, key, value);
            return self.assigned(name, assigned).await;
        }
        let index = self.evaluate(&key, None).await?;
        let before = match self.variables.get(name).map(|variable| &variable.content) {
            Some(Content::Indexed(values)) => values.get(&index).cloned(),
            Some(Content::Scalar(value)) if index == 0 => Some(value.clone()),
            _ => None,
        };
        let value = self.typed_value(name, value, append, before).await?;
        let assigned = self.variables.set_element(name, index, value);
        self.assigned(name, assigned).await
    }

    fn exported_if_asked(&mut self, name: &[u8]) {
        if self.options.allexport {
            self.variables.change(name, |variable| variable.exported = true);
        }
    }

    /// A value after `+=` and the variable's type are taken into account.
    async fn typed_value(
        &mut self,
        name: &[u8],
        value: Vec<u8>,
        append: bool,
        before: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Stop> {
        let variable = self.variables.get(name);
        let integer = variable.is_some_and(|variable| variable.integer);
        let before =
            before.or_else(|| variable.and_then(Variable::scalar).map(<[u8]>::to_vec)).unwrap_or_default();
        if integer {
            let value = self.evaluate(&value, None).await?;
            let sum = if append { value.wrapping_add(self.evaluate(&before, None).await?) } else { value };
            return Ok(sum.to_string().into_bytes());
        }
        Ok(if append { [before, value].concat() } else { value })
    }

    async fn assign_array(&mut self, name: &[u8], elements: &[(Option<Word>, Word)], append: bool) -> Flow {
        if self.variables.get(name).is_some_and(|variable| variable.readonly) {
            return self.assigned(name, crate::shell::state::Assigned::ReadOnly).await;
        }
        if self.variables.is_associative(name) {
            return self.assign_keys(name, elements, append).await;
        }
        let mut values = BTreeMap::new();
        if append {
            self.variables.change(name, |variable| values.clone_from(as_indexed(variable)));
        }
        let mut next = values.keys().next_back().map_or(0, |last: &i64| last + 1);
        for (subscript, word) in elements {
            if let Some(subscript) = subscript {
                next = self.arithmetic(subscript).await?.max(0);
                values.insert(next, self.expand_value(word).await?);
                next += 1;
                continue;
            }
            for value in self.expand_words(std::slice::from_ref(word)).await? {
                values.insert(next, value);
                next += 1;
            }
            if values.len() > caps::SHELL_WORDS {
                return Err(self.too_large().await);
            }
        }
        let assigned = self.variables.change(name, |variable| variable.content = Content::Indexed(values));
        self.assigned(name, assigned).await
    }

    async fn assign_keys(&mut self, name: &[u8], elements: &[(Option<Word>, Word)], append: bool) -> Flow {
        let mut values = BTreeMap::new();
        if append && let Some(Content::Associative(before)) = self.variables.get(name).map(|v| &v.content) {
            values.clone_from(before);
        }
        let mut pending: Option<Vec<u8>> = None;
        for (subscript, word) in elements {
            let value = self.expand_value(word).await?;
            match (subscript, pending.take()) {
                (Some(subscript), _) => {
                    let key = self.expand_single(subscript).await?;
                    values.insert(key, value);
                }
                (None, Some(key)) => drop(values.insert(key, value)),
                (None, None) => pending = Some(value),
            }
        }
        if let Some(key) = pending {
            values.insert(key, Vec::new());
        }
        let assigned =
            self.variables.change(name, |variable| variable.content = Content::Associative(values));
        self.assigned(name, assigned).await
    }

    /// Sets variables for the length of one command; returns how they were.
    pub(super) async fn assign_for_now(
        &mut self,
        assignments: &[Assignment],
    ) -> Result<Vec<(Vec<u8>, Option<Variable>)>, Stop> {
        let mut before = Vec::new();
        for assignment in assignments {
            let Value::Word(word) = &assignment.value else { continue };
            let value = self.expand_value(word).await?;
            let known = self.variables.get(&assignment.name).cloned();
            if known.as_ref().is_some_and(|variable| variable.readonly) {
                self.assigned(&assignment.name, crate::shell::state::Assigned::ReadOnly).await?;
            }
            let append = if assignment.append {
                known.as_ref().and_then(Variable::scalar).unwrap_or_default()
            } else {
                b""
            };
            let value = [append, &value].concat();
            before.push((assignment.name.clone(), known));
            self.variables.change(&assignment.name, |variable| {
                put_scalar(variable, value);
                variable.exported = true;
            });
        }
        Ok(before)
    }

    /// Puts variables back.
    pub(super) fn restore(&mut self, before: Vec<(Vec<u8>, Option<Variable>)>) {
        for (name, variable) in before.into_iter().rev() {
            self.variables.restore(&name, variable);
        }
    }

    /// An assignment that is an argument of `declare`, for the builtin to carry out: the array is
    /// put into the variable at once, and only the name is passed on.
    pub(crate) async fn assignment_text(&mut self, assignment: &Assignment) -> Result<Vec<u8>, Stop> {
        self.arrays.push(assignment.clone());
        Ok(assignment.name.clone())
    }
}
