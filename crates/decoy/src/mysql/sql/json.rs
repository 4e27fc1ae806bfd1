//! Functions of JSON.

use serde_json::Value as Json;

use super::value::Value;

/// What the function of this name comes to; `None` if there is none of it.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Value> {
    let text = |at: usize| values.get(at).map(Value::shown).unwrap_or_default();
    let known = |json: Option<&Json>| json.map_or(Value::Null, |json| Value::text(printed(json)));
    let first = || serde_json::from_str::<Json>(&text(0)).ok();
    Some(match name {
        "json_valid" => Value::truth(first().is_some()),
        "json_extract" | "json_query" => known(first().as_ref().and_then(|json| found(json, &text(1)))),
        "json_value" => match first().as_ref().and_then(|json| found(json, &text(1))) {
            Some(Json::String(text)) => Value::text(text.as_str()),
            Some(Json::Object(_) | Json::Array(_)) => Value::Null,
            other => known(other),
        },
        "json_exists" => Value::truth(first().as_ref().and_then(|json| found(json, &text(1))).is_some()),
        "json_unquote" => match first() {
            Some(Json::String(text)) => Value::text(text),
            _ => Value::text(text(0)),
        },
        "json_quote" => Value::text(Json::String(text(0)).to_string()),
        "json_length" => match first() {
            Some(Json::Array(list)) => Value::Int(i64::try_from(list.len()).unwrap_or(0)),
            Some(Json::Object(map)) => Value::Int(i64::try_from(map.len()).unwrap_or(0)),
            Some(_) => Value::Int(1),
            None => Value::Null,
        },
        "json_keys" => match first() {
            Some(Json::Object(map)) => {
                let keys: Vec<_> = map.keys().map(|key| Json::String(key.clone())).collect();
                Value::text(printed(&Json::Array(keys)))
            }
            _ => Value::Null,
        },
        "json_type" => first().map_or(Value::Null, |json| {
            Value::text(match json {
                Json::Null => "NULL",
                Json::Bool(_) => "BOOLEAN",
                Json::Number(number) if number.is_f64() => "DOUBLE",
                Json::Number(_) => "INTEGER",
                Json::String(_) => "STRING",
                Json::Array(_) => "ARRAY",
                Json::Object(_) => "OBJECT",
            })
        }),
        "json_array" => {
            Value::text(format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", ")))
        }
        "json_object" => {
            let pairs = values.chunks(2).map(|pair| {
                let value = pair.get(1).map_or_else(|| "null".to_owned(), literal);
                format!("{}: {value}", Json::String(pair.first().map(Value::shown).unwrap_or_default()))
            });
            Value::text(format!("{{{}}}", pairs.collect::<Vec<_>>().join(", ")))
        }
        _ => return None,
    })
}

/// A value of SQL in JSON.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(_) | Value::Binary(_) => Json::String(value.shown()).to_string(),
        other => other.shown(),
    }
}

/// What stands at a path, as `$.a[0].b`.
fn found<'j>(json: &'j Json, path: &str) -> Option<&'j Json> {
    let mut at = json;
    let mut rest = path.trim().strip_prefix('$')?;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (place, more) = after.split_once(']')?;
            at = at.get(place.trim().parse::<usize>().ok()?)?;
            rest = more;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, more) = after.split_at_checked(end)?;
            at = at.get(name.trim_matches('"'))?;
            rest = more;
        }
    }
    Some(at)
}

/// JSON as the server writes it: with a blank after commas and colons.
fn printed(json: &Json) -> String {
    match json {
        Json::Array(list) => format!("[{}]", list.iter().map(printed).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let pairs =
                map.iter().map(|(key, value)| format!("{}: {}", Json::String(key.clone()), printed(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
