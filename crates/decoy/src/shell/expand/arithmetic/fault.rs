//! What is wrong with an expression, in the words of each shell.

use crate::shell::dialect::Dialect;

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
