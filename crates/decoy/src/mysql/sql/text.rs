//! Functions of texts.

use openssl::hash::{MessageDigest, hash};

use super::{time, token, value::Value, wording};
use crate::{
    caps,
    mysql::{failure::Failure, proof::hex},
};

/// Refuses a count of arguments that a function does not take.
pub(super) fn check_count(name: &str, values: &[Value]) -> Result<(), Failure> {
    let (least, most) = match name {
        "md5" | "sha1" | "sha" | "lower" | "upper" | "lcase" | "ucase" | "reverse" | "hex" | "unhex"
        | "length" | "char_length" | "ascii" | "ord" | "to_base64" | "from_base64" | "abs" | "floor"
        | "ceil" | "ceiling" | "sign" | "sqrt" | "exp" | "ln" | "log2" | "log10" | "isnull" | "bin"
        | "oct" | "crc32" | "soundex" | "quote" | "space" | "sin" | "cos" | "tan" | "inet_aton"
        | "inet_ntoa" | "json_valid" => (1, 1),
        "instr" | "strcmp" | "sha2" | "pow" | "power" | "nullif" | "find_in_set" => (2, 2),
        "conv" | "substring_index" => (3, 3),
        "insert" => (4, 4),
        _ => return Ok(()),
    };
    if (least..=most).contains(&values.len()) {
        return Ok(());
    }
    let text = format!("Incorrect parameter count in the call to native function '{name}'");
    Err(Failure::new(1582, "42000", text))
}

/// What the function of this name comes to; `None` if there is none of it.
pub(super) fn call(name: &str, values: &[Value]) -> Result<Option<Value>, Failure> {
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
        "trim" | "ltrim" | "rtrim" => trimmed(name, &text(), values.get(1)),
        "instr" => position(&value(1).shown(), &text()),
        "locate" | "position" if values.len() > 2 => located(&text(), &value(1).shown(), value(2).whole()),
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

/// The place of a text in another, from 1 on.
fn position(needle: &str, hay: &str) -> Value {
    let (needle, hay) = (needle.to_lowercase(), hay.to_lowercase());
    let at = hay.find(&needle).and_then(|at| hay.get(..at)).map(|head| head.chars().count() + 1);
    Value::Int(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(0))
}

/// The same from a place on.
fn located(needle: &str, hay: &str, from: i64) -> Value {
    let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(0);
    let rest: String = hay.chars().skip(skip).collect();
    match position(needle, &rest) {
        Value::Int(0) => Value::Int(0),
        found => Value::Int(found.whole().saturating_add(i64::try_from(skip).unwrap_or(0))),
    }
}

/// A text without what stands at its sides.
fn trimmed(name: &str, text: &str, what: Option<&Value>) -> Value {
    let what = what.map_or_else(|| " ".to_owned(), Value::shown);
    let mut rest = text;
    while let Some(shorter) = rest.strip_prefix(&what).filter(|_| name != "rtrim" && !what.is_empty()) {
        rest = shorter;
    }
    while let Some(shorter) = rest.strip_suffix(&what).filter(|_| name != "ltrim" && !what.is_empty()) {
        rest = shorter;
    }
    Value::text(rest)
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
        "strcmp" => Value::Int(match value(0).compare(&value(1))? {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        }),
        "date_format" | "time_format" => Value::text(time::format(&text(), &value(1).shown())),
        "inet_aton" => {
            text().parse::<std::net::Ipv4Addr>().map_or(Value::Null, |ip| Value::Int(u32::from(ip).into()))
        }
        "inet_ntoa" => {
            Value::text(std::net::Ipv4Addr::from(u32::try_from(value(0).whole()).unwrap_or(0)).to_string())
        }
        _ => return wording::call(name, values),
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
