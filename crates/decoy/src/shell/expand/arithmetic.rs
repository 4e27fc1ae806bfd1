//! Arithmetic, with the rules and the complaints of each shell.

mod fault;
mod names;

pub(crate) use self::fault::{ArithmeticError, Kind};
use super::{
    super::{dialect::Dialect, state::Variables},
    number::{self, BadNumber},
};
use crate::caps;

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

#[cfg(test)]
#[path = "arithmetic_tests.rs"]
mod tests;
