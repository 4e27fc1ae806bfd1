//! What expressions come to.

use std::cmp::Ordering;

use super::{
    ast::Expr,
    catalogue::{At, Column},
    engine::Engine,
    shape::Shape,
    value::{Value, is_like},
};
use crate::mysql::failure::Failure;

/// The rows that an expression may speak of.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    /// What the columns are like; their origin says of which table.
    pub(super) shapes: &'s [Shape],
    /// The row.
    pub(super) row: &'s [Value],
    /// All rows of the group, where there is one.
    pub(super) group: Option<&'s [Vec<Value>]>,
    /// What the query is part of.
    pub(super) outer: Option<&'s Scope<'s>>,
    /// Aliases of what the query gives, with their values.
    pub(super) aliases: &'s [(String, Value)],
    /// The clause, as messages name it.
    pub(super) clause: Clause,
}

/// Clauses as messages name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clause {
    Fields,
    Where,
    Group,
    Having,
    Order,
    On,
    Set,
    Values,
}

impl Clause {
    /// Its name: by its words, or as it was always called.
    pub(super) const fn name(self, words: bool) -> &'static str {
        match (self, words) {
            (Self::Fields, true) => "SELECT",
            (Self::Where, true) => "WHERE",
            (Self::Group, true) => "GROUP BY",
            (Self::Having, true) => "HAVING",
            (Self::Order, true) => "ORDER BY",
            (Self::On, true) => "ON",
            (Self::Set, true) => "SET",
            (Self::Values, true) => "INSERT INTO",
            (Self::Fields | Self::Set | Self::Values, false) => "field list",
            (Self::Where, false) => "where clause",
            (Self::Group, false) => "group statement",
            (Self::Having, false) => "having clause",
            (Self::Order, false) => "order clause",
            (Self::On, false) => "on clause",
        }
    }
}

impl<'s> Scope<'s> {
    /// No rows at all.
    pub(super) const fn none() -> Scope<'static> {
        Scope { shapes: &[], row: &[], group: None, outer: None, aliases: &[], clause: Clause::Fields }
    }

    /// The place of a column among the shapes.
    pub(super) fn place(&self, name: &str, table: Option<&str>, database: Option<&str>) -> Option<usize> {
        self.shapes.iter().position(|shape| {
            let [from, alias, ..] = &shape.origin;
            shape.name.eq_ignore_ascii_case(name)
                && table.is_none_or(|table| table.eq_ignore_ascii_case(alias))
                && database.is_none_or(|database| database.eq_ignore_ascii_case(from))
        })
    }

    fn column(&self, name: &str, table: Option<&str>, database: Option<&str>) -> Option<Value> {
        if let Some(at) = self.place(name, table, database) {
            return Some(self.row.get(at).cloned().unwrap_or(Value::Null));
        }
        let alias =
            self.aliases.iter().find(|(alias, _)| table.is_none() && alias.eq_ignore_ascii_case(name));
        match alias {
            Some((_, value)) => Some(value.clone()),
            None => self.outer?.column(name, table, database),
        }
    }
}

impl Engine<'_> {
    pub(super) fn eval(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Failure> {
        self.step()?;
        Ok(match expr {
            Expr::Literal(value) => value.clone(),
            Expr::Parameter(at) => self.parameters.get(*at).cloned().unwrap_or(Value::Null),
            Expr::Column(name, table, database) => {
                let found = scope.column(name, table.as_deref(), database.as_deref());
                found.ok_or_else(|| self.unknown_column(expr, scope.clause))?
            }
            Expr::User(name) => {
                self.session.variables.get(&name.to_lowercase()).cloned().unwrap_or(Value::Null)
            }
            Expr::Assign(name, inner) => {
                let value = self.eval(inner, scope)?;
                self.assign(name, value.clone())?;
                value
            }
            Expr::System(name) => self.system_variable(name)?,
            Expr::Unary(sign, inner) => {
                let value = self.eval(inner, scope)?;
                unary(sign, &value)
            }
            Expr::Binary(sign, left, right) => self.binary(sign, left, right, scope)?,
            Expr::Is(inner, what) => {
                let value = self.eval(inner, scope)?;
                Value::truth(match *what {
                    "NULL" => value.is_null(),
                    "TRUE" => value.holds() == Some(true),
                    _ => value.holds() == Some(false),
                })
            }
            Expr::Like(..) | Expr::Regexp(..) | Expr::In(..) | Expr::InQuery(..) | Expr::Between(..) => {
                self.test(expr, scope)?
            }
            Expr::Call(name, arguments) => self.call_function(name, arguments, scope)?,
            Expr::CallDistinct(name, arguments) => self.aggregate(name, arguments, true, scope)?,
            Expr::GroupConcat(concat) => self.group_concat(concat, scope)?,
            Expr::CountAll => Value::Int(i64::try_from(scope.group.map_or(1, <[_]>::len)).unwrap_or(0)),
            Expr::Case(operand, pairs, otherwise) => {
                self.case(operand.as_deref(), pairs, otherwise.as_deref(), scope)?
            }
            Expr::Cast(inner, kind) => {
                let value = self.eval(inner, scope)?;
                cast(value, kind)
            }
            Expr::Query(query) => {
                let rows = self.select(query, Some(scope))?;
                if rows.shapes.len() != 1 {
                    return Err(Failure::new(1241, "21000", "Operand should contain 1 column(s)"));
                }
                if rows.rows.len() > 1 {
                    return Err(Failure::new(1242, "21000", "Subquery returns more than 1 row"));
                }
                rows.rows.into_iter().next().and_then(|row| row.into_iter().next()).unwrap_or(Value::Null)
            }
            Expr::Exists(query) => Value::truth(!self.select(query, Some(scope))?.rows.is_empty()),
        })
    }

    /// LIKE, REGEXP, IN and BETWEEN.
    fn test(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Failure> {
        Ok(match expr {
            Expr::Like(left, pattern, escape) => {
                let (left, pattern) = (self.eval(left, scope)?, self.eval(pattern, scope)?);
                match (left.print(), pattern.print()) {
                    (Some(text), Some(pattern)) => {
                        self.steps += (text.len() + pattern.len()) as u64;
                        Value::truth(is_like(&text, &pattern, *escape))
                    }
                    _ => Value::Null,
                }
            }
            Expr::Regexp(left, pattern) => {
                let (left, pattern) = (self.eval(left, scope)?, self.eval(pattern, scope)?);
                if left.is_null() || pattern.is_null() {
                    Value::Null
                } else {
                    Value::truth(super::regexp::matches(&left.shown(), &pattern.shown()))
                }
            }
            Expr::In(left, list) => {
                let left = self.eval(left, scope)?;
                let mut values = Vec::new();
                for expr in list {
                    values.push(self.eval(expr, scope)?);
                }
                is_in(&left, &values)
            }
            Expr::InQuery(left, query) => {
                let left = self.eval(left, scope)?;
                let rows = self.select(query, Some(scope))?.rows;
                is_in(&left, &rows.into_iter().filter_map(|row| row.into_iter().next()).collect::<Vec<_>>())
            }
            Expr::Between(value, low, high) => {
                let value = self.eval(value, scope)?;
                let (low, high) = (self.eval(low, scope)?, self.eval(high, scope)?);
                match (value.compare(&low), value.compare(&high)) {
                    (Some(low), Some(high)) => {
                        Value::truth(low != Ordering::Less && high != Ordering::Greater)
                    }
                    _ => Value::Null,
                }
            }
            _ => Value::Null,
        })
    }

    /// The error that there is no such column.
    pub(super) fn unknown_column(&self, expr: &Expr, clause: Clause) -> Failure {
        let name = match expr {
            Expr::Column(name, Some(table), Some(database)) => format!("{database}.{table}.{name}"),
            Expr::Column(name, Some(table), None) => format!("{table}.{name}"),
            Expr::Column(name, ..) => name.clone(),
            _ => String::new(),
        };
        let clause = clause.name(self.names_clauses());
        Failure::new(1054, "42S22", format!("Unknown column '{name}' in '{clause}'"))
    }

    /// Keeps a variable of the client's own.
    pub(super) fn assign(&mut self, name: &str, value: Value) -> Result<(), Failure> {
        const MOST: usize = 64;
        const LONGEST: usize = 1_024;
        let known = self.session.variables.contains_key(&name.to_lowercase());
        let fits =
            (known || self.session.variables.len() < MOST) && value.weight() <= LONGEST && name.len() <= 64;
        if !fits {
            return Err(Failure::new(1041, "HY000", "Out of memory."));
        }
        self.session.variables.insert(name.to_lowercase(), value);
        Ok(())
    }

    fn binary(&mut self, sign: &str, left: &Expr, right: &Expr, scope: &Scope<'_>) -> Result<Value, Failure> {
        let left = self.eval(left, scope)?;
        if let Expr::Call(name, arguments) = right
            && name == "interval"
        {
            return self.shift(&left, arguments, sign == "-", scope);
        }
        // The right side of what is decided is not looked at: it may take its time.
        match (sign, left.holds()) {
            ("and", Some(false)) => return Ok(Value::Int(0)),
            ("or", Some(true)) => return Ok(Value::Int(1)),
            _ => {}
        }
        let right = self.eval(right, scope)?;
        Ok(match sign {
            "and" | "or" | "xor" => logic(sign, left.holds(), right.holds()),
            "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "<=>" => comparison(sign, &left, &right),
            _ => arithmetic(sign, &left, &right),
        })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        pairs: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Result<Value, Failure> {
        let operand = operand.map(|operand| self.eval(operand, scope)).transpose()?;
        for (when, then) in pairs {
            let when = self.eval(when, scope)?;
            let fits = match &operand {
                Some(operand) => operand.compare(&when) == Some(Ordering::Equal),
                None => when.holds() == Some(true),
            };
            if fits {
                return self.eval(then, scope);
            }
        }
        otherwise.map_or(Ok(Value::Null), |otherwise| self.eval(otherwise, scope))
    }
}

fn unary(sign: &str, value: &Value) -> Value {
    match (sign, value) {
        (_, Value::Null) => Value::Null,
        ("not", value) => Value::truth(value.number() == 0.0),
        ("-", Value::Int(number)) => Value::Int(number.wrapping_neg()),
        ("-", Value::Decimal(digits, scale)) => Value::Decimal(digits.wrapping_neg(), *scale),
        ("-", value) => Value::Real(-value.number()),
        (_, value) => match !value.whole() {
            number @ 0.. => Value::Int(number),
            number => Value::Decimal(i128::from(number as u64), 0),
        },
    }
}

fn logic(sign: &str, left: Option<bool>, right: Option<bool>) -> Value {
    match (sign, left, right) {
        ("and", Some(left), Some(right)) => Value::truth(left && right),
        ("and", _, Some(false)) => Value::Int(0),
        ("or", Some(left), Some(right)) => Value::truth(left || right),
        ("or", _, Some(true)) => Value::Int(1),
        ("xor", Some(left), Some(right)) => Value::truth(left != right),
        _ => Value::Null,
    }
}

fn comparison(sign: &str, left: &Value, right: &Value) -> Value {
    if sign == "<=>" {
        return Value::truth(left.order(right) == Ordering::Equal && left.is_null() == right.is_null());
    }
    let Some(order) = left.compare(right) else { return Value::Null };
    Value::truth(match sign {
        "=" => order == Ordering::Equal,
        "<" => order == Ordering::Less,
        ">" => order == Ordering::Greater,
        "<=" => order != Ordering::Greater,
        ">=" => order != Ordering::Less,
        _ => order != Ordering::Equal,
    })
}

fn arithmetic(sign: &str, left: &Value, right: &Value) -> Value {
    if left.is_null() || right.is_null() {
        return Value::Null;
    }
    // Bytes from hexadecimal are numbers here.
    let as_number = |value: &Value| match value {
        Value::Binary(_) => Value::Int(value.whole()),
        other => other.clone(),
    };
    let (left, right) = (&as_number(left), &as_number(right));
    let whole = matches!((left, right), (Value::Int(_), Value::Int(_)));
    let (one, two) = (left.whole(), right.whole());
    match sign {
        "/" | "%" | "div" if right.number() == 0.0 => Value::Null,
        "+" if whole => Value::Int(one.wrapping_add(two)),
        "-" if whole => Value::Int(one.wrapping_sub(two)),
        "*" if whole => Value::Int(one.wrapping_mul(two)),
        "%" if whole => Value::Int(one.wrapping_rem(two)),
        "div" => Value::Int((left.number() / right.number()).trunc() as i64),
        "|" => Value::Int(one | two),
        "&" => Value::Int(one & two),
        "^" => Value::Int(one ^ two),
        "<<" => Value::Int(one.checked_shl(u32::try_from(two).unwrap_or(64)).unwrap_or(0)),
        ">>" => Value::Int(one.checked_shr(u32::try_from(two).unwrap_or(64)).unwrap_or(0)),
        _ => inexact(sign, left, right),
    }
}

fn inexact(sign: &str, left: &Value, right: &Value) -> Value {
    let scale = |value: &Value| match value {
        Value::Int(_) => Some(0),
        Value::Decimal(_, scale) => Some(*scale),
        _ => None,
    };
    let (one, two) = (left.number(), right.number());
    let result = match sign {
        "+" => one + two,
        "-" => one - two,
        "*" => one * two,
        "/" => one / two,
        _ => one % two,
    };
    // Exact numbers stay exact: a division has four decimals more.
    match (scale(left), scale(right)) {
        (Some(left), Some(right)) => {
            let scale = match sign {
                "/" => left + 4,
                "*" => left + right,
                _ => left.max(right),
            };
            let digits = (result * 10_f64.powi(i32::try_from(scale).unwrap_or(0))).round();
            if digits.abs() < 1e30 { Value::Decimal(digits as i128, scale) } else { Value::Real(result) }
        }
        _ => Value::Real(result),
    }
}

fn is_in(left: &Value, values: &[Value]) -> Value {
    if values.iter().any(|value| left.compare(value) == Some(Ordering::Equal)) {
        return Value::Int(1);
    }
    if left.is_null() || values.iter().any(Value::is_null) { Value::Null } else { Value::Int(0) }
}

fn cast(value: Value, kind: &str) -> Value {
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        ("unsigned", value) if value.whole() < 0 => Value::Decimal(i128::from(value.whole() as u64), 0),
        ("signed" | "unsigned" | "integer" | "int", value) => Value::Int(value.whole()),
        ("decimal" | "dec" | "numeric", value) => Value::Decimal(i128::from(value.whole()), 0),
        (kind, value) if kind.starts_with("decimal(") => {
            let column = Column { kind: kind.to_owned(), nullable: true, ..Column::default() };
            column.keep(Value::Real(value.number()), &At::default()).unwrap_or(Value::Null)
        }
        ("double" | "float", value) => Value::Real(value.number()),
        ("time", value) => super::calendar::call("time", &[value]).unwrap_or(Value::Null),
        ("binary", value) => Value::Binary(value.printed()),
        ("date", value) => Value::text(value.shown().get(..10).unwrap_or_default()),
        (_, value) => Value::Text(value.printed()),
    }
}
