//! Names in expressions: variables, elements, and what is assigned to them.

use super::{ArithmeticError, Evaluation, Kind, Value};
use crate::{
    caps,
    shell::{
        language::is_name,
        state::{Assigned, Content},
    },
};

impl Evaluation<'_> {
    /// The value of a variable, and its change by `++` or `--` after it.
    pub(super) fn name_value(&mut self, name: &[u8]) -> Value {
        let subscript = self.subscript()?;
        let value = self.variable(name, subscript.as_deref())?;
        self.blanks();
        for step in ["++", "--"] {
            if self.rest().starts_with(step.as_bytes()) && !self.dialect.is_dash() {
                self.at += 2;
                let next = if step == "++" { value.wrapping_add(1) } else { value.wrapping_sub(1) };
                self.assign(name, subscript.as_deref(), next)?;
            }
        }
        Ok(value)
    }

    pub(super) fn name(&mut self) -> Option<Vec<u8>> {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = rest.get(..length).filter(|name| is_name(name))?.to_vec();
        self.last = self.at;
        self.at += length;
        Some(name)
    }

    /// `[…]` after a name.
    pub(super) fn subscript(&mut self) -> Result<Option<Vec<u8>>, ArithmeticError> {
        if !self.dialect.is_bash() || !self.rest().starts_with(b"[") {
            return Ok(None);
        }
        let mut open = 0_usize;
        for (length, byte) in self.rest().iter().enumerate() {
            match byte {
                b'[' => open += 1,
                b']' => open -= 1,
                _ => {}
            }
            if open == 0 {
                let inside = self.text.get(self.at + 1..self.at + length).unwrap_or_default().to_vec();
                self.at += length + 1;
                return Ok(Some(inside));
            }
        }
        Err(self.error(Kind::Subscript))
    }

    pub(super) fn variable(&mut self, name: &[u8], subscript: Option<&[u8]>) -> Value {
        let text = match (subscript, self.variables.get(name).map(|variable| &variable.content)) {
            (Some(key), Some(Content::Associative(values))) => values.get(key).cloned(),
            (Some(index), content) => {
                let values = match content {
                    Some(Content::Indexed(values)) => values.clone(),
                    Some(Content::Scalar(value)) => [(0, value.clone())].into(),
                    _ => std::collections::BTreeMap::new(),
                };
                let at = self.nested_value(index)?;
                let at = if at < 0 { at + values.keys().next_back().map_or(0, |last| last + 1) } else { at };
                values.get(&at).cloned()
            }
            (None, _) => self.variables.scalar(name).map(<[u8]>::to_vec),
        };
        let Some(text) = text else {
            if self.nounset && self.idle == 0 {
                return Err(self.error(Kind::Unset(name.to_vec())));
            }
            return Ok(0);
        };
        if self.dialect.is_dash() {
            let trimmed = text.trim_ascii();
            let (sign, digits) = match trimmed {
                [b'-', digits @ ..] => (-1, digits),
                [b'+', digits @ ..] => (1, digits),
                digits => (1, digits),
            };
            let value = super::super::number::parse(digits, self.dialect);
            let value = value.map_err(|_| ArithmeticError {
                kind: Kind::Number,
                expression: text.clone(),
                token: text.clone(),
            });
            return value.map(|value| value.wrapping_mul(sign));
        }
        self.nested_value(&text)
    }

    /// The value of another text, as of a variable that holds an expression.
    pub(super) fn nested_value(&mut self, text: &[u8]) -> Value {
        if self.depth >= caps::SHELL_CALLS {
            return Err(self.error(Kind::Depth));
        }
        Evaluation {
            text,
            at: 0,
            last: 0,
            variables: self.variables,
            dialect: self.dialect,
            nounset: self.nounset,
            depth: self.depth + 1,
            idle: self.idle,
            nested: self.nested,
        }
        .whole()
    }

    pub(super) fn assign(&mut self, name: &[u8], subscript: Option<&[u8]>, value: i64) -> Value {
        if self.idle > 0 {
            return Ok(value);
        }
        let text = value.to_string().into_bytes();
        let assigned = match subscript {
            Some(key) if self.variables.is_associative(name) => {
                self.variables.set_key(name, key.to_vec(), text)
            }
            Some(index) => {
                let index = self.nested_value(index)?;
                self.variables.set_element(name, index, text)
            }
            None => self.variables.set(name, text),
        };
        match assigned {
            Assigned::ReadOnly => Err(self.error(Kind::ReadOnly(name.to_vec()))),
            _ => Ok(value),
        }
    }
}
