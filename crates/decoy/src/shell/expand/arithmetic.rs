//! Arithmetic, with the rules and the complaints of each shell.

use super::{
    super::{
        dialect::Dialect,
        language::is_name,
        state::{Content, Variables},
    },
    number::{self, BadNumber},
};
use crate::{caps, shell::state::Assigned};

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArithmeticError {
    pub(crate) kind: Kind,
    /// The expression in which it was found.
    pub(crate) expression: Vec<u8>,
    /// From where it was found to the end.
    pub(crate) token: Vec<u8>,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Operand,
    Operator,
    Expression,
    Division,
    Exponent,
    Assignment,
    Digit,
    Base,
    Number,
    Parenthesis,
    Colon,
    Depth,
    Subscript,
    Unset(Vec<u8>),
    ReadOnly(Vec<u8>),
}

/// The value of an expression; empty is zero.
pub(crate) fn evaluate(
    text: &[u8],
    variables: &mut Variables,
    dialect: Dialect,
    nounset: bool,
) -> Result<i64, ArithmeticError> {
    Evaluation { text, at: 0, last: 0, variables, dialect, nounset, depth: 0, idle: 0, nested: 0 }.whole()
}

struct Evaluation<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the last token began.
    last: usize,
    variables: &'a mut Variables,
    dialect: Dialect,
    nounset: bool,
    /// Variables whose values are being evaluated.
    depth: usize,
    /// Operands whose value is not wanted.
    idle: usize,
    nested: usize,
}

type Value = Result<i64, ArithmeticError>;

/// Binary operators from the weakest to the strongest, longest first in a row.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

const ASSIGNMENTS: &[&str] = &["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "="];

impl Evaluation<'_> {
    fn whole(mut self) -> Value {
        self.blanks();
        if self.rest().is_empty() {
            return Ok(0);
        }
        let value = self.comma()?;
        self.blanks();
        match self.rest().first() {
            None => Ok(value),
            Some(_) => {
                self.last = self.at;
                let known = self.rest().first().is_some_and(|byte| {
                    byte.is_ascii_alphanumeric() || b"_()+-*/%<>=!&|^~?:,$".contains(byte)
                });
                Err(self.error(if known { Kind::Expression } else { Kind::Operator }))
            }
        }
    }

    fn comma(&mut self) -> Value {
        let mut value = self.assignment()?;
        while !self.dialect.is_dash() && self.take(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn assignment(&mut self) -> Value {
        self.nested += 1;
        if self.nested > caps::SHELL_DEPTH {
            return Err(self.error(Kind::Depth));
        }
        let value = self.assignment_inner();
        self.nested -= 1;
        value
    }

    fn assignment_inner(&mut self) -> Value {
        self.blanks();
        let start = self.at;
        if let Some(name) = self.name() {
            let subscript = self.subscript()?;
            self.blanks();
            if let Some(operator) = self.assignment_operator() {
                let right = self.assignment()?;
                let value = match operator.strip_suffix('=') {
                    Some("") | None => right,
                    Some(operator) => {
                        let left = self.variable(&name, subscript.as_deref())?;
                        self.apply(operator, left, right)?
                    }
                };
                return self.assign(&name, subscript.as_deref(), value);
            }
        }
        self.at = start;
        let value = self.choice()?;
        self.blanks();
        if self.rest().starts_with(b"=") && !self.rest().starts_with(b"==") {
            self.last = self.at;
            return Err(self.error(Kind::Assignment));
        }
        Ok(value)
    }

    fn assignment_operator(&mut self) -> Option<&'static str> {
        let rest = self.rest();
        let operator = *ASSIGNMENTS.iter().find(|operator| rest.starts_with(operator.as_bytes()))?;
        if operator == "=" && rest.starts_with(b"==") {
            return None;
        }
        self.last = self.at;
        self.at += operator.len();
        Some(operator)
    }

    fn choice(&mut self) -> Value {
        let condition = self.level(0)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let yes = self.idle_unless(condition != 0, Self::comma)?;
        if !self.take(":") {
            self.blanks();
            return Err(self.error(Kind::Colon));
        }
        let no = self.idle_unless(condition == 0, Self::assignment)?;
        Ok(if condition != 0 { yes } else { no })
    }

    fn idle_unless(&mut self, wanted: bool, evaluate: fn(&mut Self) -> Value) -> Value {
        self.idle += usize::from(!wanted);
        let value = evaluate(self);
        self.idle -= usize::from(!wanted);
        value
    }

    fn level(&mut self, level: usize) -> Value {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.binary(operators) {
            left = match operator {
                "||" | "&&" => {
                    let decided = (left != 0) == (operator == "||");
                    self.idle += usize::from(decided);
                    let right = self.level(level + 1);
                    self.idle -= usize::from(decided);
                    let right = right?;
                    i64::from(if operator == "||" {
                        left != 0 || right != 0
                    } else {
                        left != 0 && right != 0
                    })
                }
                _ => {
                    let right = self.level(level + 1)?;
                    self.apply(operator, left, right)?
                }
            };
        }
        Ok(left)
    }

    /// The operator of this level that comes next, if it is not the beginning of another.
    fn binary(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        self.blanks();
        let rest = self.rest();
        let operator = *operators.iter().find(|operator| rest.starts_with(operator.as_bytes()))?;
        let next = rest.get(operator.len()).copied();
        let other = match (operator, next) {
            ("|", Some(b'|' | b'='))
            | ("&", Some(b'&' | b'='))
            | ("^" | "+" | "-" | "/" | "%" | "*", Some(b'=')) => true,
            ("*", Some(b'*')) => self.dialect != Dialect::Dash,
            ("<", Some(b'<')) | (">", Some(b'>')) => true,
            ("<<" | ">>", Some(b'=')) => true,
            _ => false,
        };
        if other {
            return None;
        }
        self.last = self.at;
        self.at += operator.len();
        Some(operator)
    }

    fn power(&mut self) -> Value {
        let base = self.unary()?;
        self.blanks();
        if self.dialect.is_dash() || !self.rest().starts_with(b"**") {
            return Ok(base);
        }
        self.last = self.at;
        self.at += 2;
        self.nested += 1;
        if self.nested > caps::SHELL_DEPTH {
            return Err(self.error(Kind::Depth));
        }
        let exponent = self.power()?;
        self.nested -= 1;
        if exponent < 0 {
            return Err(self.error(Kind::Exponent));
        }
        let (mut result, mut square, mut left) = (1_i64, base, exponent);
        while left > 0 {
            if left & 1 == 1 {
                result = result.wrapping_mul(square);
            }
            square = square.wrapping_mul(square);
            left >>= 1;
        }
        Ok(result)
    }

    fn unary(&mut self) -> Value {
        self.nested += 1;
        if self.nested > caps::SHELL_DEPTH {
            return Err(self.error(Kind::Depth));
        }
        let value = self.unary_inner();
        self.nested -= 1;
        value
    }

    fn unary_inner(&mut self) -> Value {
        self.blanks();
        for step in ["++", "--"] {
            if self.rest().starts_with(step.as_bytes()) && !self.dialect.is_dash() {
                let start = self.at;
                self.at += 2;
                self.blanks();
                if let Some(name) = self.name() {
                    let subscript = self.subscript()?;
                    let value = self.variable(&name, subscript.as_deref())?;
                    let next = if step == "++" { value.wrapping_add(1) } else { value.wrapping_sub(1) };
                    return self.assign(&name, subscript.as_deref(), next);
                }
                self.at = start;
            }
        }
        let rest = self.rest();
        let Some(operator @ (b'+' | b'-' | b'!' | b'~')) = rest.first().copied() else {
            return self.primary();
        };
        if operator == b'!' && rest.get(1) == Some(&b'=') {
            return self.primary();
        }
        self.last = self.at;
        self.at += 1;
        let value = self.unary()?;
        Ok(match operator {
            b'-' => value.wrapping_neg(),
            b'!' => i64::from(value == 0),
            b'~' => !value,
            _ => value,
        })
    }

    fn primary(&mut self) -> Value {
        self.blanks();
        if self.rest().starts_with(b"(") {
            self.last = self.at;
            self.at += 1;
            let value = self.comma()?;
            if !self.take(")") {
                self.blanks();
                return Err(self.error(Kind::Parenthesis));
            }
            return Ok(value);
        }
        if let Some(name) = self.name() {
            return self.name_value(&name);
        }
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'@' | b'_');
        let length = if self.rest().first().is_some_and(u8::is_ascii_digit) {
            self.rest().iter().take_while(is_part).count()
        } else {
            0
        };
        if length == 0 {
            if !self.rest().is_empty() {
                self.last = self.at;
            }
            return Err(self.error(Kind::Operand));
        }
        let digits = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.last = self.at;
        let value = number::parse(digits, self.dialect).map_err(|bad| {
            self.error(match bad {
                BadNumber::Digit => Kind::Digit,
                BadNumber::Base => Kind::Base,
                BadNumber::Form => Kind::Digit,
            })
        })?;
        self.at += length;
        Ok(value)
    }

    /// The value of a variable, and its change by `++` or `--` after it.
    fn name_value(&mut self, name: &[u8]) -> Value {
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

    fn name(&mut self) -> Option<Vec<u8>> {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = rest.get(..length).filter(|name| is_name(name))?.to_vec();
        self.last = self.at;
        self.at += length;
        Some(name)
    }

    /// `[…]` after a name.
    fn subscript(&mut self) -> Result<Option<Vec<u8>>, ArithmeticError> {
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

    fn variable(&mut self, name: &[u8], subscript: Option<&[u8]>) -> Value {
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
            let value = number::parse(digits, self.dialect);
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
    fn nested_value(&mut self, text: &[u8]) -> Value {
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

    fn assign(&mut self, name: &[u8], subscript: Option<&[u8]>, value: i64) -> Value {
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

    fn apply(&mut self, operator: &str, left: i64, right: i64) -> Value {
        if matches!(operator, "/" | "%") && right == 0 {
            if self.idle > 0 {
                return Ok(0);
            }
            let after = self.text.get(self.last..).unwrap_or_default();
            let operand = after.iter().position(|byte| !byte.is_ascii_whitespace() && !b"/%=".contains(byte));
            self.last += operand.unwrap_or(0);
            return Err(self.error(Kind::Division));
        }
        let shift = u32::try_from(right & 63).unwrap_or(0);
        Ok(match operator {
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            "<<" => left.wrapping_shl(shift),
            ">>" => left.wrapping_shr(shift),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "&" => left & right,
            "^" => left ^ right,
            _ => left | right,
        })
    }

    fn take(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token.as_bytes());
        if found {
            self.last = self.at;
            self.at += token.len();
        }
        found
    }

    fn blanks(&mut self) {
        while self.rest().first().is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, kind: Kind) -> ArithmeticError {
        ArithmeticError {
            kind,
            expression: if self.dialect.is_bash() { self.text.trim_ascii_start() } else { self.text }
                .to_vec(),
            token: self.text.get(self.last..).unwrap_or_default().to_vec(),
        }
    }
}

impl ArithmeticError {
    /// What the shell says of it.
    pub(crate) fn text(&self, dialect: Dialect) -> Vec<u8> {
        match dialect {
            Dialect::Bash => self.bash_text(),
            Dialect::Dash => self.dash_text(),
            Dialect::Ash => self.ash_text(),
        }
    }

    fn bash_text(&self) -> Vec<u8> {
        let what = match &self.kind {
            Kind::Operand => "syntax error: operand expected",
            Kind::Operator => "syntax error: invalid arithmetic operator",
            Kind::Expression | Kind::Number => "syntax error in expression",
            Kind::Division => "division by 0",
            Kind::Exponent => "exponent less than 0",
            Kind::Assignment => "attempted assignment to non-variable",
            Kind::Digit => "value too great for base",
            Kind::Base => "invalid arithmetic base",
            Kind::Parenthesis => "missing `)'",
            Kind::Colon => "`:' expected for conditional expression",
            Kind::Depth => "expression recursion level exceeded",
            Kind::Subscript => "bad array subscript",
            Kind::Unset(name) => return [name, &b": unbound variable"[..]].concat(),
            Kind::ReadOnly(name) => return [name, &b": readonly variable"[..]].concat(),
        };
        let head = format!(": {what} (error token is \"");
        [&self.expression[..], head.as_bytes(), &self.token, b"\")"].concat()
    }

    fn dash_text(&self) -> Vec<u8> {
        let what = match &self.kind {
            Kind::Division => "division by zero",
            Kind::Operand => "expecting primary",
            Kind::Parenthesis => "expecting ')'",
            Kind::Colon => "expecting ':'",
            Kind::Number => return [b"Illegal number: ", &self.expression[..]].concat(),
            Kind::Unset(name) => return [name, &b": parameter not set"[..]].concat(),
            Kind::ReadOnly(name) => return [name, &b": is read only"[..]].concat(),
            _ => "expecting EOF",
        };
        let head = format!("arithmetic expression: {what}: \"");
        [head.as_bytes(), &self.expression, b"\""].concat()
    }

    fn ash_text(&self) -> Vec<u8> {
        match &self.kind {
            Kind::Division => b"divide by zero".to_vec(),
            Kind::Exponent => b"exponent less than 0".to_vec(),
            Kind::Depth => b"expression recursion loop detected".to_vec(),
            Kind::Unset(name) => [name, &b": parameter not set"[..]].concat(),
            Kind::ReadOnly(name) => [name, &b": is read only"[..]].concat(),
            _ => b"arithmetic syntax error".to_vec(),
        }
    }
}

#[cfg(test)]
#[path = "arithmetic_tests.rs"]
mod tests;
