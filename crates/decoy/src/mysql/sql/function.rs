//! The functions of the servers.

use openssl::hash::{MessageDigest, hash};

use super::{ast::Expr, engine::Engine, eval::Scope, time, token, value::Value};
use crate::{
    caps, identity,
    mysql::{
        failure::Failure,
        proof::{self, hex},
    },
};

/// Functions over all rows of a group.
pub(super) const AGGREGATES: &[&str] =
    &["count", "sum", "avg", "min", "max", "group_concat", "json_arrayagg", "bit_or", "std", "stddev"];

impl Engine<'_> {
    pub(super) fn call_function(
        &mut self,
        name: &str,
        arguments: &[Expr],
        scope: &Scope<'_>,
    ) -> Result<Value, Failure> {
        if AGGREGATES.contains(&name) {
            return self.aggregate(name, arguments, false, scope);
        }
        // Functions that do not look at all of their arguments.
        match (name, arguments) {
            ("if", [condition, then, otherwise]) => {
                let holds = self.eval(condition, scope)?.holds() == Some(true);
                return self.eval(if holds { then } else { otherwise }, scope);
            }
            ("ifnull" | "coalesce" | "nvl", list) => {
                for expr in list {
                    let value = self.eval(expr, scope)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                return Ok(Value::Null);
            }
            ("date_add" | "adddate" | "date_sub" | "subdate", [from, Expr::Call(inner, span)])
                if inner == "interval" =>
            {
                let from = self.eval(from, scope)?;
                return self.shift(&from, span, name.contains("sub"), scope);
            }
            ("benchmark", [count, expr]) => {
                let count = self.eval(count, scope)?.number();
                self.eval(expr, scope)?;
                // A second for five million rounds of something simple.
                self.sleep += (count / 5e6).clamp(0.0, 600.0);
                return Ok(Value::Int(0));
            }
            _ => {}
        }
        let held = self.held;
        let mut values = Vec::new();
        for expr in arguments {
            let value = self.eval(expr, scope)?;
            self.hold(value.weight())?;
            values.push(value);
        }
        let value = self.function_of(name, &values);
        self.held = held;
        value
    }

    fn function_of(&mut self, name: &str, values: &[Value]) -> Result<Value, Failure> {
        if let Some(value) = self.function_of_session(name, values)? {
            return Ok(value);
        }
        if let Some(value) = self.function_of_time(name, values) {
            return Ok(value);
        }
        if let Some(value) = function_of_numbers(name, values) {
            return Ok(value);
        }
        function_of_texts(name, values)?.ok_or_else(|| self.no_function(name))
    }

    fn no_function(&self, name: &str) -> Failure {
        let database = self.session.database.clone();
        match database {
            Some(database) => {
                Failure::new(1305, "42000", format!("FUNCTION {database}.{name} does not exist"))
            }
            None => Failure::new(1305, "42000", format!("FUNCTION {name} does not exist")),
        }
    }

    fn function_of_session(&mut self, name: &str, values: &[Value]) -> Result<Option<Value>, Failure> {
        let first = values.first().cloned().unwrap_or(Value::Null);
        Ok(Some(match name {
            "version" => Value::text(self.product.version.clone()),
            "user" | "session_user" | "system_user" => {
                Value::text(format!("{}@{}", self.session.user, self.session.host))
            }
            "current_user" => Value::text(format!("{}@%", self.session.user)),
            "database" | "schema" => self.session.database.clone().map_or(Value::Null, Value::text),
            "connection_id" => Value::Int(self.session.thread.into()),
            "last_insert_id" => Value::Int(self.session.last_id),
            "row_count" => Value::Int(self.session.row_count),
            "found_rows" => Value::Int(self.session.found_rows),
            "sleep" => {
                self.sleep += first.number().clamp(0.0, 600.0);
                Value::Int(0)
            }
            "load_file" => self.load_file(&first),
            "uuid" => Value::text(uuid().unwrap_or_default()),
            "rand" => Value::Real(random()),
            "current_role" => Value::Null,
            "charset" => Value::text("utf8mb4"),
            "collation" => Value::text("utf8mb4_general_ci"),
            "password" if self.is_maria() => Value::text(proof::stored_native(&first.printed())),
            "extractvalue" | "updatexml" => return self.xpath(values).map(Some),
            "name_const" => values.get(1).cloned().unwrap_or(Value::Null),
            "get_lock" | "release_lock" | "is_free_lock" => Value::Int(1),
            _ => return Ok(None),
        }))
    }

    /// The way in which injections make errors speak.
    fn xpath(&self, values: &[Value]) -> Result<Value, Failure> {
        let path = values.get(1).cloned().unwrap_or(Value::Null).printed();
        match path.first() {
            None | Some(b'/' | b'a'..=b'z' | b'A'..=b'Z' | b'.') => Ok(Value::text("")),
            Some(_) => {
                // Of what is wrong, 32 bytes are shown.
                let shown = path.get(..32).unwrap_or(&path);
                let text = [b"XPATH syntax error: '".as_slice(), shown, b"'"].concat();
                Err(Failure::new(1105, "HY000", text))
            }
        }
    }

    /// A file of the machine, if the server may read it: there are none that it may.
    fn load_file(&mut self, path: &Value) -> Value {
        if path.is_null() {
            return Value::Null;
        }
        self.tell_file("read a file", &path.printed());
        self.files_of_machine(&path.shown()).map_or(Value::Null, Value::Binary)
    }

    /// The few files that the server's user can read on every machine, as they are there.
    pub(super) fn files_of_machine(&self, path: &str) -> Option<Vec<u8>> {
        let persona = self.persona;
        match path {
            // Elsewhere the server reads nothing outside of the folder for it.
            _ if !self.is_maria() => None,
            "/etc/hostname" => Some(format!("{}\n", persona.hostname).into_bytes()),
            "/etc/hosts" => Some(
                format!("127.0.0.1\tlocalhost\n127.0.1.1\t{} {}\n", persona.fqdn(), persona.hostname)
                    .into_bytes(),
            ),
            "/etc/issue" => Some(format!("{} \\n \\l\n\n", persona.system.pretty_name).into_bytes()),
            "/etc/passwd" => Some(passwd(&persona.users).into_bytes()),
            _ => None,
        }
    }

    fn function_of_time(&self, name: &str, values: &[Value]) -> Option<Value> {
        let now = self.timestamp();
        let first = values.first().cloned().unwrap_or(Value::Null);
        let given = || time::parse(&first.shown());
        let part = |from: usize, to: usize| {
            let text = first.shown();
            text.get(from..to).and_then(|part| part.parse::<i64>().ok()).map_or(Value::Null, Value::Int)
        };
        Some(match name {
            "now" | "current_timestamp" | "sysdate" | "localtime" | "localtimestamp" | "utc_timestamp" => {
                Value::text(now)
            }
            "curdate" | "current_date" | "utc_date" => Value::text(now.get(..10).unwrap_or_default()),
            "curtime" | "current_time" | "utc_time" => Value::text(now.get(11..).unwrap_or_default()),
            "unix_timestamp" if values.is_empty() => Value::Int(self.now.0),
            "unix_timestamp" => given().map_or(Value::Int(0), Value::Int),
            "from_unixtime" => Value::text(time::datetime(first.whole())),
            "year" => part(0, 4),
            "month" => part(5, 7),
            "day" | "dayofmonth" => part(8, 10),
            "hour" => part(11, 13),
            "minute" => part(14, 16),
            "second" => part(17, 19),
            "date" => first.shown().get(..10).map_or(Value::Null, Value::text),
            "datediff" => {
                let other = values.get(1).and_then(|value| time::parse(&value.shown()));
                match (given(), other) {
                    (Some(one), Some(two)) => Value::Int(one.div_euclid(86_400) - two.div_euclid(86_400)),
                    _ => Value::Null,
                }
            }
            "interval" => Value::Null,
            _ => return None,
        })
    }

    /// A point in time and a span.
    pub(super) fn shift(
        &mut self,
        from: &Value,
        span: &[Expr],
        back: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Failure> {
        let [count, unit] = span else { return Ok(Value::Null) };
        let (count, unit) = (self.eval(count, scope)?.whole(), self.eval(unit, scope)?.shown());
        let span = time::span(if back { count.wrapping_neg() } else { count }, &unit);
        let Some(from) = time::parse(&from.shown()) else { return Ok(Value::Null) };
        Ok(Value::text(time::datetime(from.saturating_add(span))))
    }

    pub(super) fn aggregate(
        &mut self,
        name: &str,
        arguments: &[Expr],
        distinct: bool,
        scope: &Scope<'_>,
    ) -> Result<Value, Failure> {
        let Some(argument) = arguments.first() else {
            return Err(self.no_function(name));
        };
        let Some(group) = scope.group else {
            return Err(Failure::new(1111, "HY000", "Invalid use of group function"));
        };
        let mut values: Vec<Value> = Vec::new();
        for row in group {
            let value = self.eval(argument, &Scope { row, group: None, ..*scope })?;
            let again = distinct
                && values.iter().any(|other| other.compare(&value).is_some_and(std::cmp::Ordering::is_eq));
            if !value.is_null() && !again {
                self.hold(value.weight())?;
                values.push(value);
            }
        }
        let separator = match arguments.get(1) {
            Some(separator) => self.eval(separator, scope)?.printed(),
            None => b",".to_vec(),
        };
        Ok(fold(name, values, &separator))
    }
}

fn fold(name: &str, values: Vec<Value>, separator: &[u8]) -> Value {
    let count = i64::try_from(values.len()).unwrap_or(0);
    let scale = values.iter().map(|value| match value {
        Value::Decimal(_, scale) => Some(*scale),
        Value::Int(_) => Some(0),
        _ => None,
    });
    let scale = scale.reduce(|one, two| one.zip(two).map(|(one, two)| one.max(two))).flatten();
    let sum: f64 = values.iter().map(Value::number).sum();
    let exact = |sum: f64, scale: u32| {
        Value::Decimal((sum * 10_f64.powi(i32::try_from(scale).unwrap_or(0))).round() as i128, scale)
    };
    match name {
        "count" => Value::Int(count),
        _ if values.is_empty() => Value::Null,
        "sum" => scale.map_or(Value::Real(sum), |scale| exact(sum, scale)),
        "avg" => scale.map_or(Value::Real(sum / count as f64), |scale| exact(sum / count as f64, scale + 4)),
        "min" => values.into_iter().min_by(Value::order).unwrap_or(Value::Null),
        "max" => values.into_iter().max_by(Value::order).unwrap_or(Value::Null),
        "group_concat" | "json_arrayagg" => {
            let mut text = values.iter().map(Value::printed).collect::<Vec<_>>().join(separator);
            // `group_concat_max_len` of MariaDB is a megabyte; ours is less.
            text.truncate(caps::MYSQL_VALUE);
            Value::Text(text)
        }
        _ => Value::Real(0.0),
    }
}

fn function_of_numbers(name: &str, values: &[Value]) -> Option<Value> {
    let first = values.first()?;
    if first.is_null() && !matches!(name, "isnull" | "nullif" | "greatest" | "least") {
        return matches!(
            name,
            "abs"
                | "floor"
                | "ceil"
                | "ceiling"
                | "round"
                | "mod"
                | "pow"
                | "power"
                | "sqrt"
                | "sign"
                | "truncate"
        )
        .then_some(Value::Null);
    }
    let number = first.number();
    let second = values.get(1).map_or(0.0, Value::number);
    Some(match name {
        "abs" if matches!(first, Value::Int(_)) => Value::Int(first.whole().saturating_abs()),
        "abs" => Value::Real(number.abs()),
        "floor" => Value::Int(number.floor() as i64),
        "ceil" | "ceiling" => Value::Int(number.ceil() as i64),
        "round" | "truncate" if values.len() < 2 => Value::Int(number.round() as i64),
        "round" | "truncate" => {
            let scale = u32::try_from(second as i64).unwrap_or(0).min(10);
            let unit = 10_f64.powi(i32::try_from(scale).unwrap_or(0));
            let digits = if name == "round" { (number * unit).round() } else { (number * unit).trunc() };
            Value::Decimal(digits as i128, scale)
        }
        "mod" if second == 0.0 => Value::Null,
        "mod" => Value::Int((number % second) as i64),
        "pow" | "power" => Value::Real(number.powf(second)),
        "sqrt" if number < 0.0 => Value::Null,
        "sqrt" => Value::Real(number.sqrt()),
        "exp" => Value::Real(number.exp()),
        "sign" => Value::Int(if number > 0.0 {
            1
        } else if number < 0.0 {
            -1
        } else {
            0
        }),
        "isnull" => Value::truth(first.is_null()),
        "nullif" => match first.compare(values.get(1)?) {
            Some(std::cmp::Ordering::Equal) => Value::Null,
            _ => first.clone(),
        },
        "greatest" | "least" if values.iter().any(Value::is_null) => Value::Null,
        "greatest" => values.iter().max_by(|one, two| one.order(two)).cloned()?,
        "least" => values.iter().min_by(|one, two| one.order(two)).cloned()?,
        "bin" => Value::text(format!("{:b}", first.whole())),
        "oct" => Value::text(format!("{:o}", first.whole())),
        "conv" => conv(values)?,
        "crc32" => Value::Int(crc(&first.printed()).into()),
        "char" => Value::Binary(values.iter().flat_map(|value| char_bytes(value.whole())).collect()),
        _ => return None,
    })
}

/// Bytes of a number as CHAR() makes them: no more than there are.
fn char_bytes(number: i64) -> Vec<u8> {
    let bytes = u32::try_from(number & 0xffff_ffff).unwrap_or(0).to_be_bytes();
    let skip = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    bytes.into_iter().skip(skip).collect()
}

fn conv(values: &[Value]) -> Option<Value> {
    let [number, from, to] = values else { return None };
    let base = |value: &Value| {
        u32::try_from(value.whole().saturating_abs()).ok().filter(|base| (2..=36).contains(base))
    };
    let (Some(from), Some(to)) = (base(from), base(to)) else { return Some(Value::Null) };
    let Ok(mut number) = u64::from_str_radix(&number.shown(), from) else { return Some(Value::text("0")) };
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % u64::from(to)).unwrap_or(0);
        digits.push(char::from_digit(digit, to).unwrap_or('0').to_ascii_uppercase());
        number /= u64::from(to);
        if number == 0 {
            return Some(Value::text(digits.into_iter().rev().collect::<String>()));
        }
    }
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

fn function_of_texts(name: &str, values: &[Value]) -> Result<Option<Value>, Failure> {
    const NULLS_PASS: &[&str] = &["concat_ws", "elt", "field", "find_in_set", "quote"];
    let known =
        texts(name, &[Value::text("x"), Value::text("x"), Value::text("x"), Value::text("x")]).is_some();
    if !known {
        return Ok(None);
    }
    if values.is_empty() {
        let text = format!("Incorrect parameter count in the call to native function '{name}'");
        return Err(Failure::new(1582, "42000", text));
    }
    if !NULLS_PASS.contains(&name) && values.iter().any(Value::is_null) {
        return Ok(Some(Value::Null));
    }
    let value = texts(name, values).unwrap_or(Value::Null);
    if value.weight() > caps::MYSQL_VALUE {
        return Ok(Some(Value::Null));
    }
    Ok(Some(value))
}

fn texts(name: &str, values: &[Value]) -> Option<Value> {
    let value = |at: usize| values.get(at).cloned().unwrap_or(Value::Null);
    let bytes = value(0).printed();
    let text = || value(0).shown();
    let characters = || text().chars().collect::<Vec<_>>();
    let position = |needle: &str, hay: &str| {
        let (needle, hay) = (needle.to_lowercase(), hay.to_lowercase());
        let at = hay.find(&needle).and_then(|at| hay.get(..at)).map(|head| head.chars().count() + 1);
        Value::Int(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(0))
    };
    Some(match name {
        "concat" => Value::Text(values.iter().flat_map(Value::printed).collect()),
        "concat_ws" => {
            let parts: Vec<_> = values.iter().skip(1).filter_map(Value::print).collect();
            if value(0).is_null() { Value::Null } else { Value::Text(parts.join(bytes.as_slice())) }
        }
        "lower" | "lcase" => Value::text(text().to_lowercase()),
        "upper" | "ucase" => Value::text(text().to_uppercase()),
        "length" | "octet_length" => Value::Int(i64::try_from(bytes.len()).unwrap_or(0)),
        "char_length" | "character_length" => Value::Int(i64::try_from(characters().len()).unwrap_or(0)),
        "bit_length" => Value::Int(i64::try_from(bytes.len() * 8).unwrap_or(0)),
        "substring" | "substr" | "mid" => {
            substring(&characters(), value(1).whole(), values.get(2).map(Value::whole))
        }
        "substring_index" => substring_index(&text(), &value(1).shown(), value(2).whole()),
        "left" => substring(&characters(), 1, Some(value(1).whole())),
        "right" => {
            let all = characters();
            let count = usize::try_from(value(1).whole()).unwrap_or(0).min(all.len());
            Value::text(all.get(all.len() - count..)?.iter().collect::<String>())
        }
        "reverse" => Value::text(characters().into_iter().rev().collect::<String>()),
        "replace" => {
            let from = value(1).shown();
            let text = text();
            let to = value(2).shown();
            let grown = text.len().saturating_mul(to.len().max(1));
            if from.is_empty() || grown > 64 * caps::MYSQL_VALUE {
                Value::text(text)
            } else {
                Value::text(text.replace(&from, &to))
            }
        }
        "trim" => Value::text(text().trim_matches(' ')),
        "ltrim" => Value::text(text().trim_start_matches(' ')),
        "rtrim" => Value::text(text().trim_end_matches(' ')),
        "instr" => position(&value(1).shown(), &text()),
        "locate" | "position" => position(&text(), &value(1).shown()),
        "ascii" => Value::Int(bytes.first().copied().unwrap_or(0).into()),
        "ord" => Value::Int(bytes.first().copied().unwrap_or(0).into()),
        "repeat" => {
            let count = usize::try_from(value(1).whole()).unwrap_or(0);
            if bytes.len().saturating_mul(count) > caps::MYSQL_VALUE {
                Value::Null
            } else {
                Value::Text(bytes.repeat(count))
            }
        }
        "space" => {
            Value::Text(vec![b' '; usize::try_from(value(0).whole()).unwrap_or(0).min(caps::MYSQL_VALUE)])
        }
        "lpad" | "rpad" => pad(name == "lpad", &characters(), value(1).whole(), &value(2).shown()),
        _ => return codes(name, values),
    })
}

/// Functions that turn texts into other forms of them.
fn codes(name: &str, values: &[Value]) -> Option<Value> {
    let value = |at: usize| values.get(at).cloned().unwrap_or(Value::Null);
    let bytes = value(0).printed();
    let text = || value(0).shown();
    let digest =
        |algorithm: MessageDigest| hash(algorithm, &bytes).map_or(Value::Null, |sum| Value::text(hex(&sum)));
    Some(match name {
        "hex" => match value(0) {
            Value::Int(number) => Value::text(format!("{number:X}")),
            _ => Value::text(hex(&bytes).to_uppercase()),
        },
        "unhex" => token::unhex(&bytes).map_or(Value::Null, Value::Binary),
        "md5" => digest(MessageDigest::md5()),
        "sha" | "sha1" => digest(MessageDigest::sha1()),
        "sha2" => match value(1).whole() {
            224 => digest(MessageDigest::sha224()),
            384 => digest(MessageDigest::sha384()),
            512 => digest(MessageDigest::sha512()),
            _ => digest(MessageDigest::sha256()),
        },
        "to_base64" => {
            use base64::{Engine as _, engine::general_purpose::STANDARD};
            Value::text(STANDARD.encode(&bytes))
        }
        "from_base64" => {
            use base64::{Engine as _, engine::general_purpose::STANDARD};
            STANDARD.decode(bytes.trim_ascii()).map_or(Value::Null, Value::Binary)
        }
        "quote" => Value::text(format!("'{}'", text().replace('\\', "\\\\").replace('\'', "\\'"))),
        "elt" => usize::try_from(value(0).whole()).ok().filter(|at| *at > 0).map_or(Value::Null, value),
        "field" | "find_in_set" => Value::Int(0),
        "strcmp" => Value::Int(match value(0).compare(&value(1))? {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        }),
        "format" => Value::text(text()),
        "date_format" | "time_format" => Value::text(time::format(&text(), &value(1).shown())),
        "inet_aton" => {
            text().parse::<std::net::Ipv4Addr>().map_or(Value::Null, |ip| Value::Int(u32::from(ip).into()))
        }
        "inet_ntoa" => {
            Value::text(std::net::Ipv4Addr::from(u32::try_from(value(0).whole()).unwrap_or(0)).to_string())
        }
        _ => return None,
    })
}

fn substring(characters: &[char], from: i64, count: Option<i64>) -> Value {
    let length = i64::try_from(characters.len()).unwrap_or(0);
    let from = if from < 0 { length + from } else { from - 1 };
    let (Ok(from), true) = (usize::try_from(from), from < length) else { return Value::text("") };
    let count = count.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(0));
    Value::text(characters.iter().skip(from).take(count).collect::<String>())
}

fn substring_index(text: &str, mark: &str, count: i64) -> Value {
    if mark.is_empty() || count == 0 {
        return Value::text("");
    }
    let parts: Vec<_> = text.split(mark).collect();
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    let chosen = if count > 0 { parts.get(..wanted) } else { parts.get(parts.len() - wanted..) };
    Value::text(chosen.unwrap_or_default().join(mark))
}

fn pad(left: bool, characters: &[char], length: i64, with: &str) -> Value {
    let Ok(length) = usize::try_from(length) else { return Value::Null };
    if length > caps::MYSQL_VALUE {
        return Value::Null;
    }
    let missing = length.saturating_sub(characters.len());
    if with.is_empty() && missing > 0 {
        return Value::text("");
    }
    let padding = with.chars().cycle().take(missing);
    let kept = characters.iter().copied().take(length);
    Value::text(if left { padding.chain(kept).collect::<String>() } else { kept.chain(padding).collect() })
}

fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the number is 0, which is one too.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

fn uuid() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let text = hex(&bytes);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    Some(format!("{}-{}-11{}-{}-{}", part(0, 8), part(8, 12), part(12, 14), part(16, 20), part(20, 32)))
}

/// Accounts of the machine, as everybody may read them.
fn passwd(users: &[String]) -> String {
    const SYSTEM: &[(&str, &str, &str, &str)] = &[
        ("root", "0:0:root", "/root", "/bin/bash"),
        ("daemon", "1:1:daemon", "/usr/sbin", "/usr/sbin/nologin"),
        ("bin", "2:2:bin", "/bin", "/usr/sbin/nologin"),
        ("sys", "3:3:sys", "/dev", "/usr/sbin/nologin"),
        ("sync", "4:65534:sync", "/bin", "/bin/sync"),
        ("games", "5:60:games", "/usr/games", "/usr/sbin/nologin"),
        ("man", "6:12:man", "/var/cache/man", "/usr/sbin/nologin"),
        ("lp", "7:7:lp", "/var/spool/lpd", "/usr/sbin/nologin"),
        ("mail", "8:8:mail", "/var/mail", "/usr/sbin/nologin"),
        ("news", "9:9:news", "/var/spool/news", "/usr/sbin/nologin"),
        ("www-data", "33:33:www-data", "/var/www", "/usr/sbin/nologin"),
        ("backup", "34:34:backup", "/var/backups", "/usr/sbin/nologin"),
        ("nobody", "65534:65534:nobody", "/nonexistent", "/usr/sbin/nologin"),
        ("_apt", "42:65534:", "/nonexistent", "/usr/sbin/nologin"),
        ("messagebus", "100:107:", "/nonexistent", "/usr/sbin/nologin"),
        ("sshd", "101:65534:", "/run/sshd", "/usr/sbin/nologin"),
        ("mysql", "102:110:MySQL Server,,,", "/nonexistent", "/bin/false"),
    ];
    let mut out = String::new();
    for (name, ids, home, shell) in SYSTEM {
        out.push_str(&format!("{name}:x:{ids}:{home}:{shell}\n"));
    }
    for (at, user) in users.iter().filter(|user| !SYSTEM.iter().any(|(name, ..)| name == user)).enumerate() {
        out.push_str(&format!("{user}:x:{id}:{id}:,,,:/home/{user}:/bin/bash\n", id = 1_000 + at));
    }
    out
}

/// A number of the machine's own for what the server counts.
pub(super) fn figure(key: &decnet_proto::ids::SecretKey, what: &str, bound: u64) -> u64 {
    identity::number(key, &format!("mysql {what}"), bound)
}
