//! Expressions.

use super::{Parse, Parser, is_reserved};
use crate::mysql::{
    failure::Failure,
    product::Family,
    sql::{
        ast::{Expr, GroupConcat},
        charset,
        token::What,
        value::{Value, parse_decimal},
    },
};

/// Types that CAST takes.
const TYPES: &[&str] = &[
    "signed",
    "unsigned",
    "integer",
    "int",
    "char",
    "character",
    "nchar",
    "varchar",
    "binary",
    "date",
    "datetime",
    "time",
    "decimal",
    "dec",
    "numeric",
    "double",
    "float",
    "year",
    "json",
    "uuid",
    "inet4",
    "inet6",
    "interval",
    "real",
    "nvarchar",
    "timestamp",
    "bigint",
    "text",
];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.deeper(Self::or)
    }

    fn or(&mut self) -> Parse<Expr> {
        let mut left = self.and()?;
        while let Some(sign) = self.take_any(&["or", "||", "xor"]) {
            self.link()?;
            let sign = if sign == "xor" { "xor" } else { "or" };
            left = Expr::Binary(sign, Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parse<Expr> {
        let mut left = self.not()?;
        while self.take_any(&["and", "&&"]).is_some() {
            self.link()?;
            left = Expr::Binary("and", Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parse<Expr> {
        if self.take("not") {
            let inner = self.deeper(Self::not)?;
            return Ok(Expr::Unary("not", Box::new(inner)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parse<Expr> {
        let mut left = self.bits()?;
        loop {
            if self.take("is") {
                self.link()?;
                left = self.is_what(left)?;
            } else if let Some(sign) = self.take_any(&["<=>", "<=", ">=", "<>", "!=", "=", "<", ">"]) {
                self.link()?;
                if sign == "=" && self.is_any(&["any", "some"]) && self.is_after(1, "(") {
                    self.at += 2;
                    let query = self.select()?;
                    self.expect(")")?;
                    left = Expr::InQuery(Box::new(left), Box::new(query));
                    continue;
                }
                left = Expr::Binary(sign, Box::new(left), Box::new(self.bits()?));
            } else {
                let negated = self.is("not")
                    && ["like", "in", "between", "regexp", "rlike"].iter().any(|word| self.is_after(1, word));
                if negated {
                    self.at += 1;
                }
                match self.test(left)? {
                    (found, true) => {
                        self.link()?;
                        left = if negated { Expr::Unary("not", Box::new(found)) } else { found };
                    }
                    (same, false) => return Ok(same),
                }
            }
        }
    }

    fn is_what(&mut self, left: Expr) -> Parse<Expr> {
        let negated = self.take("not");
        let what = match self.take_any(&["null", "true", "false", "unknown"]) {
            Some("null" | "unknown") => "NULL",
            Some("true") => "TRUE",
            Some(_) => "FALSE",
            None => return Err(self.error()),
        };
        let is = Expr::Is(Box::new(left), what);
        Ok(if negated { Expr::Unary("not", Box::new(is)) } else { is })
    }

    /// LIKE, IN, BETWEEN or REGEXP after `left`, and whether there was one.
    fn test(&mut self, left: Expr) -> Parse<(Expr, bool)> {
        if self.take("like") {
            let pattern = self.bits()?;
            let escape = if self.take("escape") { self.quoted()?.first().copied() } else { None };
            return Ok((Expr::Like(Box::new(left), Box::new(pattern), escape.unwrap_or(b'\\')), true));
        }
        if self.take_any(&["regexp", "rlike"]).is_some() {
            return Ok((Expr::Regexp(Box::new(left), Box::new(self.bits()?)), true));
        }
        if self.take("between") {
            let low = self.bits()?;
            self.expect("and")?;
            return Ok((Expr::Between(Box::new(left), Box::new(low), Box::new(self.bits()?)), true));
        }
        if self.take("in") {
            if self.is("(") && self.is_after(1, "select") {
                self.expect("(")?;
                let query = self.select()?;
                self.expect(")")?;
                return Ok((Expr::InQuery(Box::new(left), Box::new(query)), true));
            }
            return Ok((Expr::In(Box::new(left), self.list_in_parentheses(Self::expression)?), true));
        }
        Ok((left, false))
    }

    fn bits(&mut self) -> Parse<Expr> {
        let mut left = self.sum()?;
        while let Some(sign) = self.take_any(&["|", "&", "<<", ">>"]) {
            self.link()?;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.sum()?));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parse<Expr> {
        let mut left = self.product()?;
        while let Some(sign) = self.take_any(&["+", "-"]) {
            self.link()?;
            // What is added may be a span of time.
            let right = if self.take("interval") { self.interval()? } else { self.product()? };
            left = Expr::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    /// A span of time, as the call of a function that no server has.
    pub(super) fn interval(&mut self) -> Parse<Expr> {
        let count = self.expression()?;
        let unit = self.name_after_dot()?.to_ascii_lowercase();
        Ok(Expr::Call("interval".to_owned(), vec![count, Expr::Literal(Value::text(unit))]))
    }

    fn product(&mut self) -> Parse<Expr> {
        let mut left = self.prefix()?;
        while let Some(sign) = self.take_any(&["*", "/", "%", "div", "mod", "^"]) {
            self.link()?;
            let sign = if sign == "mod" { "%" } else { sign };
            left = Expr::Binary(sign, Box::new(left), Box::new(self.prefix()?));
        }
        Ok(left)
    }

    fn prefix(&mut self) -> Parse<Expr> {
        let sign = self.take_any(&["-", "+", "~", "!", "binary"]);
        match sign {
            None => self.collated(),
            Some("binary") => {
                let inner = self.deeper(Self::prefix)?;
                Ok(Expr::Cast(Box::new(inner), "binary".to_owned()))
            }
            Some("+") => self.deeper(Self::prefix),
            Some(sign) => {
                let inner = self.deeper(Self::prefix)?;
                let sign = if sign == "!" { "not" } else { sign };
                Ok(match (sign, inner) {
                    ("-", Expr::Literal(Value::Int(number))) => {
                        Expr::Literal(Value::Int(number.wrapping_neg()))
                    }
                    ("-", Expr::Literal(Value::Decimal(digits, scale))) => {
                        Expr::Literal(Value::Decimal(digits.wrapping_neg(), scale))
                    }
                    (sign, inner) => Expr::Unary(sign, Box::new(inner)),
                })
            }
        }
    }

    fn collated(&mut self) -> Parse<Expr> {
        let inner = self.primary()?;
        if self.take("collate") {
            let name = self.name_or_text()?;
            let known =
                charset::collations(self.product).iter().any(|one| one.name.eq_ignore_ascii_case(&name));
            if self.product.family == Family::MariaDb && !known {
                return Err(Failure::new(1273, "HY000", format!("Unknown collation: '{name}'")));
            }
        }
        Ok(inner)
    }

    fn primary(&mut self) -> Parse<Expr> {
        let what = self.what().cloned().ok_or_else(|| self.error())?;
        match what {
            What::Number(number) => {
                self.at += 1;
                Ok(Expr::Literal(numeral(&number)))
            }
            What::Text(mut text) => {
                self.at += 1;
                // Texts that follow one another are one.
                while let Some(What::Text(more)) = self.what() {
                    text.extend_from_slice(more);
                    self.at += 1;
                }
                Ok(Expr::Literal(Value::Text(text)))
            }
            What::Hex(bytes) => {
                self.at += 1;
                Ok(Expr::Literal(Value::Binary(bytes)))
            }
            What::User(name) => {
                self.at += 1;
                if self.take(":=") {
                    return Ok(Expr::Assign(name, Box::new(self.expression()?)));
                }
                Ok(Expr::User(name))
            }
            What::System(name) => {
                self.at += 1;
                Ok(Expr::System(name))
            }
            What::Sign("?") => {
                self.at += 1;
                self.parameters += 1;
                Ok(Expr::Parameter(self.parameters - 1))
            }
            What::Sign("(") => self.parenthesised(),
            What::Word(word) => self.word(&word),
            What::Name(_) => self.column(),
            What::Sign(_) | What::Wrong => Err(self.error()),
        }
    }

    fn parenthesised(&mut self) -> Parse<Expr> {
        self.expect("(")?;
        let inner =
            if self.is("select") { Expr::Query(Box::new(self.select()?)) } else { self.expression()? };
        self.expect(")")?;
        Ok(inner)
    }

    fn word(&mut self, word: &str) -> Parse<Expr> {
        let lower = word.to_ascii_lowercase();
        let called = self.is_after(1, "(");
        match lower.as_str() {
            "null" | "true" | "false" => {
                self.at += 1;
                Ok(Expr::Literal(match lower.as_str() {
                    "null" => Value::Null,
                    truth => Value::truth(truth == "true"),
                }))
            }
            "case" => self.case(),
            "exists" if called => {
                self.at += 2;
                let query = self.select()?;
                self.expect(")")?;
                Ok(Expr::Exists(Box::new(query)))
            }
            "cast" | "convert" if called => self.cast(),
            "current_user" | "current_date" | "current_time" | "current_timestamp" | "localtime"
            | "utc_timestamp"
                if !called =>
            {
                self.at += 1;
                Ok(Expr::Call(lower, Vec::new()))
            }
            "_utf8" | "_utf8mb4" | "_latin1" | "_binary" | "date" | "time" | "timestamp"
                if matches!(self.what_after(1), Some(What::Text(_) | What::Hex(_))) =>
            {
                self.at += 1;
                self.primary()
            }
            "interval" if called => self.interval_or_call(),
            "interval" => {
                self.at += 1;
                self.interval()
            }
            "if" | "left" | "right" | "replace" | "insert" | "database" | "schema" | "mod" | "values"
            | "current_user" | "current_date" | "current_time" | "current_timestamp"
                if called =>
            {
                self.call(lower)
            }
            _ if called && !is_reserved(&lower) => self.call(lower),
            _ => self.column(),
        }
    }

    fn case(&mut self) -> Parse<Expr> {
        self.expect("case")?;
        let operand = if self.is("when") { None } else { Some(Box::new(self.expression()?)) };
        let mut pairs = Vec::new();
        while self.take("when") {
            let when = self.expression()?;
            self.expect("then")?;
            pairs.push((when, self.expression()?));
        }
        if pairs.is_empty() {
            return Err(self.error());
        }
        let otherwise = if self.take("else") { Some(Box::new(self.expression()?)) } else { None };
        self.expect("end")?;
        Ok(Expr::Case(operand, pairs, otherwise))
    }

    /// CAST(x AS type), CONVERT(x, type), CONVERT(x USING character set).
    fn cast(&mut self) -> Parse<Expr> {
        let cast = self.is("cast");
        self.at += 2;
        let inner = self.expression()?;
        if !cast && self.take("using") {
            self.name_or_text()?;
            self.expect(")")?;
            return Ok(Expr::Cast(Box::new(inner), "char".to_owned()));
        }
        self.expect(if cast { "as" } else { "," })?;
        let mut kind = self.name_after_dot()?.to_ascii_lowercase();
        if self.product.family == Family::MariaDb && !TYPES.contains(&kind.as_str()) {
            return Err(Failure::new(4161, "HY000", format!("Unknown data type: '{kind}'")));
        }
        while !self.is(")") {
            if self.take("(") {
                let sizes = self.list(Self::whole_number)?;
                if let ("decimal" | "dec" | "numeric", [size, scale, ..]) = (kind.as_str(), sizes.as_slice())
                {
                    kind = format!("decimal({},{})", size.min(&65), scale.min(&30));
                }
                self.expect(")")?;
            } else {
                self.name_after_dot()?;
            }
        }
        self.expect(")")?;
        Ok(Expr::Cast(Box::new(inner), kind))
    }

    fn call(&mut self, name: String) -> Parse<Expr> {
        self.at += 2;
        if self.take(")") {
            return Ok(Expr::Call(name, Vec::new()));
        }
        if name == "count" && self.take("*") {
            self.expect(")")?;
            return Ok(Expr::CountAll);
        }
        if let Some(call) = self.called_by_words(&name)? {
            return Ok(call);
        }
        if name == "group_concat" {
            return self.group_concat();
        }
        let distinct = self.take("distinct");
        let side = self.take_any(&["both", "leading", "trailing"]);
        let mut arguments = self.list(Self::expression)?;
        if name == "trim" && self.take("from") {
            // What is taken away stands first.
            let text = self.expression()?;
            self.expect(")")?;
            arguments.insert(0, text);
            let name = match side {
                Some("leading") => "ltrim",
                Some("trailing") => "rtrim",
                _ => "trim",
            };
            return Ok(Expr::Call(name.to_owned(), arguments));
        }
        // Words instead of commas: SUBSTRING(x FROM 1 FOR 2), TRIM(x FROM y).
        while self.take_any(&["from", "for", "using"]).is_some() {
            arguments.push(self.expression()?);
        }
        // Some are part of the grammar, which knows how much they take.
        let least = match name.as_str() {
            "if" => 3,
            "left" | "right" | "substring" | "substr" | "mid" | "repeat" | "mod" => 2,
            "replace" => 3,
            _ => 0,
        };
        if arguments.len() < least {
            return Err(self.error());
        }
        self.expect(")")?;
        Ok(if distinct { Expr::CallDistinct(name, arguments) } else { Expr::Call(name, arguments) })
    }

    /// Behind the parenthesis of GROUP_CONCAT.
    fn group_concat(&mut self) -> Parse<Expr> {
        let distinct = self.take("distinct");
        let texts = self.list(Self::expression)?;
        let order = if self.take("order") {
            self.expect("by")?;
            self.list(Self::ordered)?
        } else {
            Vec::new()
        };
        let separator = if self.take("separator") { self.quoted()? } else { b",".to_vec() };
        self.expect(")")?;
        Ok(Expr::GroupConcat(Box::new(GroupConcat { texts, distinct, order, separator })))
    }

    /// Functions whose arguments are told apart by words, or begin with the name of a unit.
    fn called_by_words(&mut self, name: &str) -> Parse<Option<Expr>> {
        let arguments = match name {
            "position" => {
                let needle = self.bits()?;
                self.expect("in")?;
                vec![needle, self.bits()?]
            }
            "extract" => {
                let unit = self.name_after_dot()?;
                self.expect("from")?;
                vec![self.expression()?, Expr::Literal(Value::text(unit))]
            }
            "timestampdiff" | "timestampadd" => {
                let unit = self.name_after_dot()?;
                self.expect(",")?;
                let mut arguments = vec![Expr::Literal(Value::text(unit))];
                arguments.extend(self.list(Self::expression)?);
                arguments
            }
            _ => return Ok(None),
        };
        self.expect(")")?;
        Ok(Some(Expr::Call(name.to_owned(), arguments)))
    }

    /// INTERVAL with a parenthesis after it: a span of time, or the function of that name.
    fn interval_or_call(&mut self) -> Parse<Expr> {
        self.expect("interval")?;
        let mut list = self.list_in_parentheses(Self::expression)?;
        if list.len() == 1
            && let Some(count) = list.pop()
        {
            let unit = self.name_after_dot()?.to_ascii_lowercase();
            list = vec![count, Expr::Literal(Value::text(unit))];
        }
        Ok(Expr::Call("interval".to_owned(), list))
    }

    fn column(&mut self) -> Parse<Expr> {
        let first = self.name()?;
        if !self.take(".") {
            return Ok(Expr::Column(first, None, None));
        }
        let second = self.name_after_dot()?;
        if self.is("(") {
            // A function of a database.
            return self.call_in(second);
        }
        if !self.take(".") {
            return Ok(Expr::Column(second, Some(first), None));
        }
        Ok(Expr::Column(self.name_after_dot()?, Some(second), Some(first)))
    }

    fn call_in(&mut self, name: String) -> Parse<Expr> {
        self.expect("(")?;
        let arguments = if self.is(")") { Vec::new() } else { self.list(Self::expression)? };
        self.expect(")")?;
        Ok(Expr::Call(name.to_ascii_lowercase(), arguments))
    }
}

fn numeral(text: &str) -> Value {
    if let Ok(number) = text.parse::<i64>() {
        return Value::Int(number);
    }
    let plain = !text.contains(['e', 'E']);
    match parse_decimal(text).filter(|_| plain) {
        Some(value) => value,
        None => Value::Real(text.parse().unwrap_or(0.0)),
    }
}
