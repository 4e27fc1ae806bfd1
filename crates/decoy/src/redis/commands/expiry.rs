//! When keys go.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Call, NOT_INTEGER};
use crate::redis::reply::Reply;

pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Reply {
    let (database, now) = (call.client.database, call.now);
    match name {
        "ttl" | "pttl" | "expiretime" | "pexpiretime" => {
            let found = call.state.keys.expiry(database, call.arg(0), now);
            let base = if name.contains("time") { UNIX_EPOCH } else { now };
            Reply::Number(match found {
                None => -2,
                Some(None) => -1,
                Some(Some(at)) => {
                    let left = at.duration_since(base).unwrap_or_default();
                    let number = if name.starts_with('p') {
                        left.as_millis()
                    } else {
                        (left.as_millis() + 500) / 1_000
                    };
                    i64::try_from(number).unwrap_or(i64::MAX)
                }
            })
        }
        "persist" => {
            let had = matches!(call.state.keys.expiry(database, call.arg(0), now), Some(Some(_)));
            call.state.keys.set_expiry(database, call.arg(0), None, now);
            Reply::Number(i64::from(had))
        }
        _ => set(call, name),
    }
}

fn set(call: &mut Call<'_>, name: &str) -> Reply {
    let number = std::str::from_utf8(call.arg(1)).ok().and_then(|t| t.parse::<i64>().ok());
    let Some(number) = number else { return Reply::error(NOT_INTEGER) };
    let unit = if name.starts_with('p') { 1 } else { 1_000 };
    let base = if name.ends_with("at") { UNIX_EPOCH } else { call.now };
    let Some(at) = moment(base, number, unit) else {
        return Reply::error(format!("ERR invalid expire time in '{name}' command"));
    };
    Reply::Number(i64::from(call.state.keys.set_expiry(
        call.client.database,
        call.arg(0),
        Some(at),
        call.now,
    )))
}

/// `number` units of `milliseconds` after `base`; a time before it is now or past.
pub(super) fn moment(base: SystemTime, number: i64, milliseconds: i64) -> Option<SystemTime> {
    let length = Duration::from_millis(number.checked_mul(milliseconds)?.unsigned_abs());
    if number < 0 { Some(base.checked_sub(length).unwrap_or(UNIX_EPOCH)) } else { base.checked_add(length) }
}
