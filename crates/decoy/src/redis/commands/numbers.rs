//! Numbers that are counted up and down.

use super::{Call, connection::wrong_type, strings};
use crate::redis::{keyspace::Value, reply::Reply};

pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Reply {
    match name {
        "incrbyfloat" => add_fraction(call),
        "hincrby" => add_to_field(call),
        "zincrby" => add_to_score(call),
        _ => add(call, name),
    }
    .unwrap_or_else(|refused| refused)
}

fn overflow() -> Reply {
    Reply::error("ERR increment or decrement would overflow")
}

fn add(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let step = match name {
        "incr" => 1,
        "decr" => -1,
        "decrby" => strings::integer(call.arg(1))?.checked_neg().ok_or_else(overflow)?,
        _ => strings::integer(call.arg(1))?,
    };
    let key = call.arg(0).to_vec();
    let old = strings::text(call, &key)?.map_or(Ok(0), |text| strings::integer(&text))?;
    let new = old.checked_add(step).ok_or_else(overflow)?;
    strings::store(call, &key, new.to_string().as_bytes(), true);
    Ok(Reply::Number(new))
}

/// A finite fraction, or the refusal.
pub(super) fn fraction(text: &[u8]) -> Result<f64, Reply> {
    let number = std::str::from_utf8(text).ok().and_then(|t| t.trim().parse::<f64>().ok());
    number.filter(|n| !n.is_nan()).ok_or_else(|| Reply::error("ERR value is not a valid float"))
}

fn add_fraction(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (key, step) = (call.arg(0).to_vec(), fraction(call.arg(1))?);
    let old = strings::text(call, &key)?.map_or(Ok(0.0), |text| fraction(&text))?;
    let new = old + step;
    if !new.is_finite() {
        return Err(Reply::error("ERR increment would produce NaN or Infinity"));
    }
    let text = new.to_string();
    strings::store(call, &key, text.as_bytes(), true);
    Ok(Reply::bulk(text))
}

fn add_to_field(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (key, field, step) = (call.arg(0).to_vec(), call.arg(1).to_vec(), strings::integer(call.arg(2))?);
    let (database, now) = (call.client.database, call.now);
    let mut fields = match call.state.keys.get(database, &key, now) {
        None => Vec::new(),
        Some(Value::Hash(fields)) => fields.clone(),
        Some(_) => return Err(wrong_type()),
    };
    let old = fields.iter().find(|(name, _)| *name == field).map_or(Ok(0), |(_, value)| {
        strings::integer(value).map_err(|_| Reply::error("ERR hash value is not an integer"))
    })?;
    let new = old.checked_add(step).ok_or_else(overflow)?;
    fields.retain(|(name, _)| *name != field);
    fields.push((field, new.to_string().into_bytes()));
    call.state.keys.put(database, &key, Value::Hash(fields), true);
    Ok(Reply::Number(new))
}

fn add_to_score(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (key, step, member) = (call.arg(0).to_vec(), fraction(call.arg(1))?, call.arg(2).to_vec());
    let (database, now) = (call.client.database, call.now);
    let mut members = match call.state.keys.get(database, &key, now) {
        None => Default::default(),
        Some(Value::Scored(members)) => members.clone(),
        Some(_) => return Err(wrong_type()),
    };
    let new = members.get(&member).copied().unwrap_or(0.0) + step;
    members.insert(member, new);
    call.state.keys.put(database, &key, Value::Scored(members), true);
    Ok(Reply::bulk(new.to_string()))
}
