//! Expressions and functions.

use super::{
    outside::Ask,
    run::{Flow, Machine},
    tree::Expr,
    value::Value,
};
use crate::caps;

/// Calls inside calls.
const DEPTH: usize = 64;

impl Machine {
    pub(super) fn eval(&mut self, expr: &Expr) -> Value {
        if !self.work() {
            return Value::Nothing;
        }
        match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(regex) => {
                let record = self.field(0).text();
                truth(regex.is_match(&record))
            }
            Expr::Variable(name) => self.variable(name),
            Expr::Field(number) => {
                let number = self.eval(number).number();
                self.field(number.max(0.0) as usize)
            }
            Expr::Element(name, index) => {
                let key = self.key(index);
                let array = self.array(name);
                if array.len() > 50_000 {
                    return Value::Nothing;
                }
                array.entry(key).or_insert(Value::Nothing).clone()
            }
            Expr::In(index, name) => {
                let key = self.key(index);
                truth(self.array(name).contains_key(&key))
            }
            Expr::Assign(target, sign, value) => {
                let value = self.eval(value);
                let value = if *sign == "=" {
                    value
                } else {
                    let before = self.eval(target).number();
                    Value::Number(arithmetic(sign, before, value.number()))
                };
                self.store(target, value)
            }
            Expr::Step(target, amount, old) => {
                let before = self.eval(target).number();
                self.store(target, Value::Number(before + amount));
                Value::Number(if *old { before } else { before + amount })
            }
            Expr::Unary("!", value) => {
                let is_true = self.eval(value).is_true();
                truth(!is_true)
            }
            Expr::Unary("-", value) => Value::Number(-self.eval(value).number()),
            Expr::Unary("+", value) => Value::Number(self.eval(value).number()),
            Expr::Unary(_, value) => self.eval(value),
            Expr::Binary(sign, left, right) => self.binary(sign, left, right),
            Expr::Match(wanted, left, right) => {
                let text = self.eval(left).text();
                let found = match &**right {
                    Expr::Regex(regex) => regex.is_match(&text),
                    other => {
                        let pattern = self.eval(other).text();
                        self.regex(&pattern).is_some_and(|regex| regex.is_match(&text))
                    }
                };
                truth(found == *wanted)
            }
            Expr::Choice(condition, first, second) => {
                if self.eval(condition).is_true() {
                    self.eval(first)
                } else {
                    self.eval(second)
                }
            }
            Expr::Call(name, arguments) => self.call(name, arguments),
            Expr::Line(None, None) => truth(self.read()),
            Expr::Line(into, from) => self.read_into(into.as_deref(), from.as_deref()),
            Expr::Piped(command, into) => {
                let command = self.eval(command).text();
                self.line_of(Ask::Output(command), into.as_deref())
            }
            Expr::Group(list) => list.iter().fold(Value::Nothing, |_, part| self.eval(part)),
        }
    }

    fn read_into(&mut self, into: Option<&Expr>, from: Option<&Expr>) -> Value {
        match from.map(|file| self.eval(file).text()) {
            None => self.next_line(into),
            Some(name) => self.line_of(Ask::File(name), into),
        }
    }

    fn variable(&mut self, name: &str) -> Value {
        let value = self.get(name);
        if let Value::Text(text) | Value::Input(text) = &value {
            self.spend(text.len());
        }
        value
    }

    pub(super) fn store(&mut self, target: &Expr, value: Value) -> Value {
        match target {
            Expr::Variable(name) => self.set(name, value.clone()),
            Expr::Field(number) => {
                let number = self.eval(number).number().max(0.0) as usize;
                self.set_field(number, value.text());
            }
            Expr::Element(name, index) => {
                let key = self.key(index);
                let array = self.array(name);
                if array.len() < 50_000 {
                    array.insert(key, value.clone());
                }
            }
            _ => {}
        }
        value
    }

    fn binary(&mut self, sign: &str, left: &Expr, right: &Expr) -> Value {
        match sign {
            "&&" => return truth(self.eval(left).is_true() && self.eval(right).is_true()),
            "||" => return truth(self.eval(left).is_true() || self.eval(right).is_true()),
            _ => {}
        }
        let (left, right) = (self.eval(left), self.eval(right));
        let order = || left.compare(&right);
        match sign {
            "" => {
                let mut text = left.text();
                self.spend(text.len());
                if text.len() < caps::PROGRAM_INPUT {
                    text.extend(right.text());
                }
                Value::Text(text)
            }
            "<" => truth(order().is_lt()),
            "<=" => truth(order().is_le()),
            ">" => truth(order().is_gt()),
            ">=" => truth(order().is_ge()),
            "==" => truth(order().is_eq()),
            "!=" => truth(order().is_ne()),
            sign => Value::Number(arithmetic(sign, left.number(), right.number())),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Value {
        if let Some(function) = self.functions.get(name).cloned() {
            return self.user(&function, arguments);
        }
        if let Some(value) = self.changing(name, arguments) {
            return value;
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.eval(argument)).collect();
        let text = |at: usize| values.get(at).map(Value::text).unwrap_or_default();
        let number = |at: usize| values.get(at).map_or(0.0, Value::number);
        match name {
            "length" => {
                let length = if values.is_empty() { self.field(0).text() } else { text(0) };
                Value::Number(String::from_utf8_lossy(&length).chars().count() as f64)
            }
            "substr" => {
                let whole = text(0);
                let start = number(1).round();
                let end = if values.len() > 2 { start + number(2).round() } else { f64::INFINITY };
                let from = (start.max(1.0) as usize).saturating_sub(1).min(whole.len());
                let to = ((end.max(1.0) - 1.0).min(whole.len() as f64) as usize).max(from);
                Value::Text(whole.get(from..to).unwrap_or_default().to_vec())
            }
            "index" => {
                let (whole, part) = (text(0), text(1));
                let at =
                    if part.is_empty() { Some(0) } else { whole.windows(part.len()).position(|w| w == part) };
                Value::Number(at.map_or(0.0, |at| at as f64 + 1.0))
            }
            "tolower" => Value::Text(text(0).to_ascii_lowercase()),
            "toupper" => Value::Text(text(0).to_ascii_uppercase()),
            "sprintf" => Value::Text(super::format::apply(&text(0), values.get(1..).unwrap_or_default())),
            "int" => Value::Number(number(0).trunc()),
            "sqrt" => Value::Number(number(0).sqrt()),
            "exp" => Value::Number(number(0).exp()),
            "log" => Value::Number(number(0).ln()),
            "sin" => Value::Number(number(0).sin()),
            "cos" => Value::Number(number(0).cos()),
            "atan2" => Value::Number(number(0).atan2(number(1))),
            "rand" => {
                self.seed ^= self.seed << 13;
                self.seed ^= self.seed >> 7;
                self.seed ^= self.seed << 17;
                Value::Number((self.seed >> 11) as f64 / (1_u64 << 53) as f64)
            }
            "srand" => {
                self.seed = (number(0) as i64).unsigned_abs() | 1;
                Value::Number(0.0)
            }
            "systime" => Value::Number(crate::machine::Clock::System.now().seconds as f64),
            "strftime" => {
                let at = if values.len() > 1 {
                    number(1) as i64
                } else {
                    crate::machine::Clock::System.now().seconds
                };
                let format = String::from_utf8_lossy(&text(0)).into_owned();
                Value::Text(
                    crate::machine::calendar::format(
                        at,
                        if format.is_empty() { "%a %b %e %H:%M:%S %Z %Y" } else { &format },
                    )
                    .into_bytes(),
                )
            }
            _ => Value::Number(0.0),
        }
    }

    /// Functions that change what they are given.
    fn changing(&mut self, name: &str, arguments: &[Expr]) -> Option<Value> {
        match (name, arguments) {
            ("length", [Expr::Variable(array)]) if self.arrays.contains_key(&self.alias(array)) => {
                Some(Value::Number(self.array(array).len() as f64))
            }
            ("split", [text, Expr::Variable(array), rest @ ..]) => {
                let text = self.eval(text).text();
                let separator = match rest.first() {
                    None => self.get("FS").text(),
                    Some(Expr::Regex(_)) => return Some(self.split_by(&text, array, rest)),
                    Some(other) => self.eval(other).text(),
                };
                let parts = self.split(&text, &separator);
                Some(self.fill(array, parts))
            }
            ("sub" | "gsub", [pattern, rest @ ..]) => Some(self.replace(name == "gsub", pattern, rest)),
            ("match", [text, pattern, ..]) => {
                let text = self.eval(text).text();
                let regex = match pattern {
                    Expr::Regex(regex) => Some((**regex).clone()),
                    other => {
                        let pattern = self.eval(other).text();
                        self.regex(&pattern)
                    }
                };
                let found = regex
                    .and_then(|regex| regex.find(&text, 0))
                    .map(|found| (found.start() + 1, found.end() - found.start()));
                self.set("RSTART", Value::Number(found.map_or(0.0, |(start, _)| start as f64)));
                self.set("RLENGTH", Value::Number(found.map_or(-1.0, |(_, length)| length as f64)));
                Some(self.get("RSTART"))
            }
            ("fflush", _) => Some(Value::Number(0.0)),
            ("close", [name, ..]) => {
                let name = self.eval(name).text();
                Some(Value::Number(self.close(&name)))
            }
            ("system", [command]) => {
                let command = self.eval(command).text();
                Some(Value::Number(self.status_of(Ask::System(command))))
            }
            _ => None,
        }
    }

    fn split_by(&mut self, text: &[u8], array: &str, rest: &[Expr]) -> Value {
        let Some(Expr::Regex(regex)) = rest.first() else { return Value::Number(0.0) };
        let (mut parts, mut at) = (Vec::new(), 0);
        while let Some(found) = regex.find(text, at).filter(|found| found.end() > found.start()) {
            parts.push(text.get(at..found.start()).unwrap_or_default().to_vec());
            at = found.end();
        }
        if !text.is_empty() {
            parts.push(text.get(at..).unwrap_or_default().to_vec());
        }
        self.fill(array, parts)
    }

    fn fill(&mut self, array: &str, parts: Vec<Vec<u8>>) -> Value {
        let count = parts.len();
        *self.array(array) = parts
            .into_iter()
            .enumerate()
            .map(|(at, part)| ((at + 1).to_string().into_bytes(), Value::Input(part)))
            .collect();
        Value::Number(count as f64)
    }

    fn replace(&mut self, all: bool, pattern: &Expr, rest: &[Expr]) -> Value {
        let regex = match pattern {
            Expr::Regex(regex) => Some((**regex).clone()),
            other => {
                let pattern = self.eval(other).text();
                self.regex(&pattern)
            }
        };
        let with = rest.first().map(|with| self.eval(with).text()).unwrap_or_default();
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let target = rest.get(1).unwrap_or(&record);
        let text = self.eval(target).text();
        let (mut out, mut at, mut count, mut kept) = (Vec::new(), 0, 0, 0);
        while let Some(found) =
            regex.as_ref().filter(|_| at <= text.len()).and_then(|regex| regex.find(&text, at))
        {
            if found.end() == found.start() && found.start() == kept && count > 0 {
                at = found.start() + 1;
                continue;
            }
            count += 1;
            out.extend_from_slice(text.get(kept..found.start()).unwrap_or_default());
            substitute(&with, found.group(0, &text), &mut out);
            kept = found.end();
            at = if found.end() > found.start() { found.end() } else { found.end() + 1 };
            if !all || out.len() > caps::PROGRAM_INPUT || !self.work() {
                break;
            }
        }
        if count > 0 {
            out.extend_from_slice(text.get(kept..).unwrap_or_default());
            self.store(target, Value::Input(out));
        }
        Value::Number(f64::from(count))
    }

    fn user(&mut self, function: &super::tree::Function, arguments: &[Expr]) -> Value {
        if self.depth >= DEPTH {
            return Value::Nothing;
        }
        let mut frame = std::collections::HashMap::new();
        for (at, parameter) in function.parameters.iter().enumerate() {
            let value = match arguments.get(at) {
                Some(Expr::Variable(name)) if self.arrays.contains_key(&self.alias(name)) => {
                    Value::Text([b"\0array ", self.alias(name).as_bytes()].concat())
                }
                Some(argument) => self.eval(argument),
                None => Value::Nothing,
            };
            frame.insert(parameter.clone(), value);
        }
        self.frames.push(frame);
        self.depth += 1;
        let ran = self.stat(&function.body);
        self.depth -= 1;
        self.frames.pop();
        match ran {
            Err(Flow::Return(value)) => value,
            _ => Value::Nothing,
        }
    }
}

fn substitute(with: &[u8], matched: &[u8], out: &mut Vec<u8>) {
    let mut rest = with.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.next_if(|b| matches!(b, b'&' | b'\\')) {
                Some(escaped) => out.push(escaped),
                None => out.push(b'\\'),
            },
            b'&' => out.extend_from_slice(matched),
            byte => out.push(byte),
        }
    }
}

fn truth(is: bool) -> Value {
    Value::Number(f64::from(u8::from(is)))
}

fn arithmetic(sign: &str, left: f64, right: f64) -> f64 {
    match sign.trim_end_matches('=') {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => left % right,
        _ => left.powf(right),
    }
}
