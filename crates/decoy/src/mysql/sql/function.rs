//! The functions of the servers.

use super::{
    arithmetic, ast::Expr, calendar, charset, engine::Engine, eval::Scope, json, text, time, value::Value,
};
use crate::{
    caps, identity,
    mysql::{
        failure::Failure,
        proof::{self, hex},
    },
};

/// Functions over all rows of a group.
pub(super) const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "json_arrayagg",
    "bit_or",
    "bit_and",
    "bit_xor",
    "std",
    "stddev",
    "stddev_pop",
    "variance",
    "var_pop",
];

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
        match value {
            Ok(Value::Real(number)) if number.is_infinite() => {
                let list: Vec<_> = arguments.iter().map(written).collect();
                let text = format!("DOUBLE value is out of range in '{name}({})'", list.join(","));
                Err(Failure::new(1690, "22003", text))
            }
            value => value,
        }
    }

    fn function_of(&mut self, name: &str, values: &[Value]) -> Result<Value, Failure> {
        if let Some(value) = self.function_of_session(name, values)? {
            return Ok(value);
        }
        if let Some(value) = self.function_of_time(name, values) {
            return Ok(value);
        }
        if let Some(value) = calendar::call(name, values) {
            return Ok(value);
        }
        text::check_count(name, values)?;
        if let Some(value) = json::call(name, values).or_else(|| arithmetic::call(name, values)) {
            return Ok(value);
        }
        if let Some(value) = function_of_numbers(name, values) {
            return Ok(value);
        }
        text::call(name, values)?.ok_or_else(|| self.no_function(name))
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
            "rand" if !values.is_empty() => Value::Real(self.drawn(first.whole())),
            "rand" => Value::Real(random()),
            "current_role" => Value::Null,
            "charset" => Value::text(self.spoken().0),
            "collation" => Value::text(self.spoken().1),
            "password" if self.is_maria() => Value::text(proof::stored_native(&first.printed())),
            "extractvalue" | "updatexml" => return self.xpath(values).map(Some),
            "name_const" => values.get(1).cloned().unwrap_or(Value::Null),
            "get_lock" | "release_lock" | "is_free_lock" => Value::Int(1),
            _ => return Ok(None),
        }))
    }

    /// The character set that the client speaks, and its default collation.
    fn spoken(&self) -> (&'static str, &'static str) {
        let name = self.session.settings.get("character_set_connection").map_or("utf8mb4", String::as_str);
        let set = charset::charsets(self.product).into_iter().find(|set| set.name == name);
        set.map_or(("utf8mb4", self.collation()), |set| (set.name, set.collation))
    }

    /// The next number of those that a seed gives in this statement.
    fn drawn(&mut self, seed: i64) -> f64 {
        /// Seeds of one statement.
        const MOST: usize = 16;
        if let Some((_, seeded)) = self.seeded.iter_mut().find(|(known, _)| *known == seed) {
            return seeded.next();
        }
        let mut seeded = arithmetic::Seeded::new(seed);
        let first = seeded.next();
        if self.seeded.len() < MOST {
            self.seeded.push((seed, seeded));
        }
        first
    }

    /// The way in which injections make errors speak.
    fn xpath(&self, values: &[Value]) -> Result<Value, Failure> {
        let path = values.get(1).cloned().unwrap_or(Value::Null).printed();
        match path.first() {
            None | Some(b'/' | b'a'..=b'z' | b'A'..=b'Z' | b'.') => Ok(Value::text("")),
            Some(_) => {
                // Of what is wrong, 32 bytes are shown.
                let (shown, dots) = match path.get(..if self.is_maria() { 29 } else { 32 }) {
                    Some(head) if path.len() > 32 => (head, if self.is_maria() { "..." } else { "" }),
                    _ => (path.as_slice(), ""),
                };
                let text = [b"XPATH syntax error: '".as_slice(), shown, dots.as_bytes(), b"'"].concat();
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
            // A time of day alone has no date in front.
            let from = if from > 10 && !text.contains('-') { from - 11 } else { from };
            let to = if to > 10 && !text.contains('-') { to - 11 } else { to };
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
            "interval" if values.len() < 3 => Value::Null,
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
        let count = if back { count.wrapping_neg() } else { count };
        let text = from.shown();
        let Some(at) = time::parse(&text) else { return Ok(Value::Null) };
        Ok(calendar::shifted(&text, time::later(at, count, &unit), &unit))
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
            // A list has a place for what is not known; nothing else counts it.
            if (!value.is_null() || name == "json_arrayagg") && !again {
                self.hold(value.weight())?;
                values.push(value);
            }
        }
        Ok(fold(name, values))
    }
}

/// A part of an expression as messages have it.
fn written(expr: &Expr) -> String {
    match expr {
        Expr::Literal(value) => value.shown(),
        Expr::Unary(sign, inner) => format!("{sign}{}", written(inner)),
        Expr::Query(_) => "(select #2)".to_owned(),
        _ => String::new(),
    }
}

fn fold(name: &str, values: Vec<Value>) -> Value {
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
        "json_arrayagg" => {
            let mut text = values.iter().map(super::json::literal).collect::<Vec<_>>().join(",");
            text.truncate(text.floor_char_boundary(caps::MYSQL_VALUE));
            Value::text(format!("[{text}]"))
        }
        "bit_or" | "bit_and" | "bit_xor" => {
            let bits = values.iter().map(Value::whole);
            Value::Int(match name {
                "bit_or" => bits.fold(0, |all, one| all | one),
                "bit_and" => bits.fold(-1, |all, one| all & one),
                _ => bits.fold(0, |all, one| all ^ one),
            })
        }
        _ => {
            let mean = sum / count as f64;
            let squares: f64 = values.iter().map(|value| (value.number() - mean).powi(2)).sum();
            let variance = squares / count as f64;
            let result = if name.starts_with("var") { variance } else { variance.sqrt() };
            scale.map_or(Value::Real(result), |scale| exact(result, scale + 4))
        }
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
