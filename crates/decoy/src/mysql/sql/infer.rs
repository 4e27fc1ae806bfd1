//! What the column of an expression is like, before there is any row.

use super::{
    ast::{Expr, Item},
    catalogue::{Column, Table},
    engine::Engine,
    eval::Scope,
    shape::{self, Shape},
    value::Value,
};

impl Engine<'_> {
    /// The shape of what an expression comes to.
    pub(super) fn shape(&mut self, expr: &Expr, scope: &Scope<'_>) -> Shape {
        match expr {
            Expr::Literal(value) => of_value(value),
            Expr::Parameter(at) => match self.parameters.get(*at) {
                Some(value) => of_value(value),
                None => Shape::null(),
            },
            Expr::Column(name, table, database) => {
                let mut at = Some(scope);
                while let Some(scope) = at {
                    if let Some(place) = scope.place(name, table.as_deref(), database.as_deref()) {
                        return scope.shapes.get(place).cloned().unwrap_or_else(Shape::null);
                    }
                    at = scope.outer;
                }
                Shape::null()
            }
            Expr::User(name) => match self.session.variables.get(&name.to_lowercase()) {
                Some(Value::Int(_)) => Shape::big(20),
                Some(Value::Decimal(..)) => Shape::decimal(83, 38),
                Some(Value::Real(_)) => Shape::double(),
                _ => Shape::text(16_777_216 / 4),
            },
            Expr::Assign(_, inner) => self.shape(inner, scope),
            Expr::System(name) => match self.system_variable(name) {
                Ok(Value::Int(_)) => Shape::big(21),
                Ok(value) => Shape::text(u32::try_from(value.shown().chars().count()).unwrap_or(0)),
                Err(_) => Shape::null(),
            },
            Expr::Unary("not", _)
            | Expr::Is(..)
            | Expr::Like(..)
            | Expr::Regexp(..)
            | Expr::In(..)
            | Expr::InQuery(..)
            | Expr::Between(..)
            | Expr::Exists(_) => Shape::int(1),
            Expr::Unary(_, inner) => self.shape(inner, scope),
            Expr::Binary(sign, left, right) => self.binary_shape(sign, left, right, scope),
            Expr::Call(name, arguments) => self.call_shape(name, arguments, scope),
            Expr::CallDistinct(name, arguments) => self.call_shape(name, arguments, scope),
            Expr::GroupConcat(_) => Shape::text(262_144),
            Expr::CountAll => Shape::big(21),
            Expr::Case(_, pairs, otherwise) => {
                let first = pairs.first().map(|(_, then)| self.shape(then, scope));
                let last = otherwise.as_ref().map(|otherwise| self.shape(otherwise, scope));
                wider(first, last)
            }
            Expr::Cast(inner, kind) => match kind.as_str() {
                "signed" | "unsigned" | "integer" | "int" => Shape::big(21),
                "decimal" => Shape::decimal(11, 0),
                "double" | "float" => Shape::double(),
                "time" => Shape::time(shape::TIME),
                kind if kind.starts_with("decimal(") => {
                    let column = Column { kind: kind.to_owned(), nullable: true, ..Column::default() };
                    Shape::of(&column, &Table::default(), ["", "", ""]).named("")
                }
                "date" => Shape::time(shape::DATE),
                "datetime" => Shape::time(shape::DATETIME),
                "binary" => Shape::bytes(255),
                _ => Shape::text(self.shape(inner, scope).length),
            },
            Expr::Query(query) => match query.items.first() {
                Some(Item::One { expr, .. }) if query.from.is_empty() => self.shape(expr, scope),
                _ => self
                    .select(query, Some(scope))
                    .ok()
                    .and_then(|rows| rows.shapes.into_iter().next())
                    .unwrap_or_else(Shape::null),
            },
        }
    }

    fn binary_shape(&mut self, sign: &str, left: &Expr, right: &Expr, scope: &Scope<'_>) -> Shape {
        match sign {
            "and" | "or" | "xor" | "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "<=>" => Shape::int(1),
            "|" | "&" | "^" | "<<" | ">>" => Shape::big(21),
            _ => {
                let (left, right) = (self.shape(left, scope), self.shape(right, scope));
                let whole = |shape: &Shape| {
                    matches!(shape.kind, shape::TINY | shape::SHORT | shape::LONG | shape::LONGLONG)
                };
                let time = |shape: &Shape| matches!(shape.kind, shape::DATE | shape::DATETIME);
                if time(&left) {
                    return Shape::time(shape::DATETIME);
                }
                match sign {
                    "/" if whole(&left) && whole(&right) => Shape::decimal(left.length + 6, 4),
                    "div" | "%" if whole(&left) => Shape::int(left.length),
                    _ if whole(&left) && whole(&right) => {
                        let length = left.length.max(right.length) + 2;
                        if length > 10 { Shape::big(length) } else { Shape::int(length) }
                    }
                    _ if left.is_text
                        || right.is_text
                        || left.kind == shape::DOUBLE
                        || right.kind == shape::DOUBLE =>
                    {
                        Shape::double()
                    }
                    _ => Shape::decimal(left.length.max(right.length) + 2, left.decimals.max(right.decimals)),
                }
            }
        }
    }

    fn call_shape(&mut self, name: &str, arguments: &[Expr], scope: &Scope<'_>) -> Shape {
        let first = arguments.first().map(|argument| self.shape(argument, scope));
        let length = |shape: &Option<Shape>| shape.as_ref().map_or(0, |shape| shape.length);
        match name {
            "count" => Shape::big(21),
            "min" | "max" | "ifnull" | "coalesce" | "nvl" | "nullif" | "greatest" | "least" => {
                let rest = arguments
                    .iter()
                    .skip(1)
                    .map(|argument| self.shape(argument, scope))
                    .reduce(|one, two| wider(Some(one), Some(two)));
                bare(wider(first, rest))
            }
            "if" => {
                let (then, otherwise) = (arguments.get(1), arguments.get(2));
                let then = then.map(|then| self.shape(then, scope));
                let otherwise = otherwise.map(|otherwise| self.shape(otherwise, scope));
                bare(wider(then, otherwise))
            }
            "sum" if first.as_ref().is_some_and(|shape| shape.is_text) => Shape::double(),
            "sum" => Shape::decimal(length(&first) + 22, first.map_or(0, |shape| shape.decimals)),
            "avg" | "std" | "stddev" | "stddev_pop" | "variance" | "var_pop" => {
                Shape::decimal(length(&first) + 5, first.map_or(4, |shape| shape.decimals + 4))
            }
            "version" => Shape::text(u32::try_from(self.product.version.len()).unwrap_or(0)),
            "user" | "current_user" | "session_user" | "system_user" => Shape::text(384),
            "database" | "schema" => Shape::text(64),
            "connection_id" => Shape::int(10),
            "last_insert_id" | "row_count" | "found_rows" | "unix_timestamp" | "crc32" | "inet_aton" => {
                Shape::big(21)
            }
            "sleep" | "benchmark" | "isnull" | "get_lock" | "release_lock" => Shape::int(1),
            "length" | "char_length" | "octet_length" | "instr" | "locate" | "ascii" | "ord" | "strcmp"
            | "field" | "year" | "month" | "day" | "hour" | "minute" | "second" | "floor" | "ceil"
            | "ceiling" | "abs" | "sign" | "mod" | "datediff" => Shape::int(10),
            "round" | "truncate" => Shape::decimal(20, 2),
            "rand" | "sqrt" | "pow" | "power" | "exp" => Shape::double(),
            "now" | "current_timestamp" | "sysdate" | "localtime" | "localtimestamp" | "utc_timestamp"
            | "from_unixtime" => Shape::time(shape::DATETIME),
            "curdate" | "current_date" | "date" => Shape::time(shape::DATE),
            "curtime" | "current_time" => Shape::time(shape::TIME),
            "load_file" => Shape::bytes(16_777_216),
            "unhex" | "char" | "from_base64" => Shape::bytes(length(&first).max(4)),
            "md5" => Shape::text(32),
            "sha1" | "sha" => Shape::text(40),
            "sha2" => Shape::text(128),
            "uuid" => Shape::text(36),
            "hex" => Shape::text(length(&first).saturating_mul(8)),
            "bin" | "conv" | "oct" => Shape::text(65),
            "concat" | "concat_ws" => {
                let sum = arguments
                    .iter()
                    .map(|argument| self.shape(argument, scope).length)
                    .fold(0, u32::saturating_add);
                Shape::text(sum)
            }
            "extractvalue" | "updatexml" => Shape::text(255),
            _ => Shape::text(length(&first)),
        }
    }
}

/// The same without where it comes from.
fn bare(mut shape: Shape) -> Shape {
    shape.origin = Default::default();
    shape
}

fn wider(one: Option<Shape>, two: Option<Shape>) -> Shape {
    match (one, two) {
        (Some(one), Some(two)) if one.kind == shape::NULL => two,
        (Some(mut one), Some(two)) => {
            if two.is_text && !one.is_text {
                return Shape::text(one.length.max(two.length));
            }
            one.length = one.length.max(two.length);
            one
        }
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Shape::null(),
    }
}

fn of_value(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::null(),
        Value::Int(number) => {
            let length = u32::try_from(number.to_string().len()).unwrap_or(20);
            if length > 10 { Shape::big(length) } else { Shape::int(length) }
        }
        Value::Decimal(_, scale) => {
            let length = u32::try_from(value.shown().len()).unwrap_or(20) + 1;
            let mut shape = Shape::decimal(length, u8::try_from(*scale).unwrap_or(0));
            shape.flags |= 1;
            shape
        }
        Value::Real(_) => Shape::double(),
        Value::Text(_) => {
            let mut shape = Shape::text(u32::try_from(value.shown().chars().count()).unwrap_or(0));
            shape.flags |= 1;
            shape
        }
        Value::Binary(bytes) => Shape::bytes(u32::try_from(bytes.len()).unwrap_or(0)),
    }
}
