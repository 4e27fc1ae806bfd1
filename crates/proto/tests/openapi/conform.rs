//! Whether a value is what a schema says: as much of JSON Schema as the documents use, but for
//! patterns.

use serde_json::Value;

/// Why a value is not what the schema of that name says.
pub(crate) fn check(document: &Value, name: &str, value: &Value) -> Result<(), String> {
    let schema = document.pointer(&format!("/components/schemas/{name}")).ok_or("there is no such schema")?;
    against(document, schema, value)
}

fn against(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        let pointer = target.trim_start_matches('#');
        return against(document, document.pointer(pointer).ok_or("it leads nowhere")?, value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().filter(|choice| against(document, choice, value).is_ok()).count();
        return if fits == 1 { Ok(()) } else { Err(format!("{value} is none of the choices")) };
    }
    is_of_type(&schema["type"], value)?;
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{value} is no word of the list"));
    }
    match value {
        Value::String(text) => length(schema, text),
        Value::Array(items) => elements(document, schema, items),
        Value::Object(members) => {
            properties(document, schema, members)?;
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing = required.filter(|name| !members.contains_key(*name)).collect::<Vec<_>>();
            if missing.is_empty() { Ok(()) } else { Err(format!("{} is missing", missing.join(", "))) }
        }
        _ => Ok(()),
    }
}

fn is_of_type(types: &Value, value: &Value) -> Result<(), String> {
    let names = match types {
        Value::String(one) => vec![one.as_str()],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let fits = names.iter().any(|name| match *name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    });
    if fits { Ok(()) } else { Err(format!("{value} is no {}", names.join(" or "))) }
}

fn length(schema: &Value, text: &str) -> Result<(), String> {
    let count = text.chars().count() as u64;
    let is_short = schema["minLength"].as_u64().is_some_and(|least| count < least);
    let is_long = schema["maxLength"].as_u64().is_some_and(|most| count > most);
    if is_short || is_long { Err(format!("{text:?} is too short or too long")) } else { Ok(()) }
}

fn elements(document: &Value, schema: &Value, items: &[Value]) -> Result<(), String> {
    let first = schema["prefixItems"].as_array().map_or(&[][..], Vec::as_slice);
    for (at, item) in items.iter().enumerate() {
        match (first.get(at), &schema["items"]) {
            (Some(schema), _) => against(document, schema, item)?,
            (None, Value::Bool(false)) => return Err(format!("{item} is one too many")),
            (None, schema) => against(document, schema, item)?,
        }
    }
    Ok(())
}

/// Every member is in the schema, also where readers would take more.
fn properties(
    document: &Value,
    schema: &Value,
    members: &serde_json::Map<String, Value>,
) -> Result<(), String> {
    for (name, member) in members {
        let inner = match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(inner), _) => inner,
            (None, rest @ Value::Object(_)) => rest,
            // An object of which nothing is said.
            (None, Value::Null) if schema.get("properties").is_none() => continue,
            _ => return Err(format!("{name} is not in the schema")),
        };
        against(document, inner, member).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}
