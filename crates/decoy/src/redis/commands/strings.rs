//! Strings.

use super::{Call, NOT_INTEGER, OUT_OF_MEMORY, SYNTAX, connection::wrong_type, expiry::moment};
use crate::redis::{
    keyspace::{MEMORY, Value},
    reply::Reply,
};

/// Words in values that attackers write to be run: by cron, by sshd, by a web server.
const PAYLOADS: [&[u8]; 8] =
    [b"* * *", b"/bin/sh", b"/bin/bash", b"curl ", b"wget ", b"ssh-rsa ", b"<?php", b"python -c"];

/// The text of a key; `Err` when its value is of another type.
pub(super) fn text(call: &mut Call<'_>, key: &[u8]) -> Result<Option<Vec<u8>>, Reply> {
    let (database, now) = (call.client.database, call.now);
    let found = match call.state.keys.get(database, key, now) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong_type()),
    };
    match found {
        Ok(Some(_)) => call.state.counters.hits += 1,
        _ => call.state.counters.misses += 1,
    }
    found
}

/// Stores text under a key; what looks like something to be run is told and kept as a file.
pub(super) fn store(call: &mut Call<'_>, key: &[u8], value: &[u8], keep_expiry: bool) {
    if PAYLOADS.iter().any(|payload| value.windows(payload.len()).any(|w| w == *payload)) {
        call.exploit("redis_payload", value);
    }
    call.state.keys.put(call.client.database, key, Value::Text(value.to_vec()), keep_expiry);
}

pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Reply {
    run(call, name).unwrap_or_else(|refused| refused)
}

fn run(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let key = call.arg(0).to_vec();
    Ok(match name {
        "get" => value(text(call, &key)?),
        "mget" => {
            let keys = call.args.to_vec();
            Reply::List(keys.iter().map(|key| value(text(call, key).unwrap_or(None))).collect())
        }
        "strlen" => super::keys::count(text(call, &key)?.map_or(0, |t| t.len())),
        "getrange" | "substr" => {
            let (from, to) = (integer(call.arg(1))?, integer(call.arg(2))?);
            let text = text(call, &key)?.unwrap_or_default();
            Reply::bulk(text.get(range(text.len(), from, to)).unwrap_or_default())
        }
        "set" => return set(call, &key),
        "setnx" => {
            let absent = text(call, &key).is_ok_and(|t| t.is_none());
            if absent {
                store(call, &key, call.arg(1), false);
            }
            Reply::Number(i64::from(absent))
        }
        "setex" | "psetex" => {
            let unit = if name == "setex" { 1_000 } else { 1 };
            let until = integer(call.arg(1))?;
            let at = Some(until).filter(|n| *n > 0).and_then(|n| moment(call.now, n, unit));
            let at =
                at.ok_or_else(|| Reply::error(format!("ERR invalid expire time in '{name}' command")))?;
            store(call, &key, call.arg(2), false);
            call.state.keys.set_expiry(call.client.database, &key, Some(at), call.now);
            Reply::OK
        }
        "mset" | "msetnx" => return set_many(call, name),
        "getset" => {
            let old = value(text(call, &key)?);
            store(call, &key, call.arg(1), false);
            old
        }
        "getdel" => {
            let old = value(text(call, &key)?);
            call.state.keys.remove(call.client.database, &key);
            old
        }
        "getex" => value(text(call, &key)?),
        "append" => {
            let mut text = text(call, &key)?.unwrap_or_default();
            text.extend_from_slice(call.arg(1));
            store(call, &key, &text, true);
            super::keys::count(text.len())
        }
        _ => return set_range(call, &key),
    })
}

fn value(text: Option<Vec<u8>>) -> Reply {
    text.map_or(Reply::Nil, Reply::Bulk)
}

/// A number of a call.
pub(super) fn integer(text: &[u8]) -> Result<i64, Reply> {
    std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).ok_or_else(|| Reply::error(NOT_INTEGER))
}

/// Positions `from` to `to`, both inclusive, negative ones counted from the end.
pub(super) fn range(length: usize, from: i64, to: i64) -> std::ops::Range<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |at: i64| if at < 0 { at.saturating_add(length).max(0) } else { at };
    let (from, to) = (place(from), if to < -length { -1 } else { place(to) });
    let end = to.saturating_add(1).min(length);
    let clamp = |at: i64| usize::try_from(at.max(0)).unwrap_or(usize::MAX);
    if from >= end { 0..0 } else { clamp(from)..clamp(end) }
}

fn set(call: &mut Call<'_>, key: &[u8]) -> Result<Reply, Reply> {
    let (mut absent, mut present, mut keep, mut old, mut until) = (false, false, false, false, None);
    let mut at = 2;
    while at < call.args.len() {
        let unit = match call.word(at).as_str() {
            "nx" => {
                absent = true;
                None
            }
            "xx" => {
                present = true;
                None
            }
            "keepttl" => {
                keep = true;
                None
            }
            "get" => {
                old = true;
                None
            }
            "ex" => Some((call.now, 1_000)),
            "px" => Some((call.now, 1)),
            "exat" => Some((std::time::UNIX_EPOCH, 1_000)),
            "pxat" => Some((std::time::UNIX_EPOCH, 1)),
            _ => return Err(Reply::error(SYNTAX)),
        };
        if let Some((base, unit)) = unit {
            at += 1;
            let number = call.args.get(at).ok_or_else(|| Reply::error(SYNTAX)).and_then(|n| integer(n))?;
            let moment = Some(number).filter(|n| *n > 0).and_then(|n| moment(base, n, unit));
            until = Some(moment.ok_or_else(|| Reply::error("ERR invalid expire time in 'set' command"))?);
        }
        at += 1;
    }
    if absent && present {
        return Err(Reply::error(SYNTAX));
    }
    let before = match text(call, key) {
        Err(refused) if old => return Err(refused),
        before => before,
    };
    let exists = !matches!(before, Ok(None));
    let answer = if old { value(before.unwrap_or(None)) } else { Reply::OK };
    if (absent && exists) || (present && !exists) {
        return Ok(if old { answer } else { Reply::Nil });
    }
    store(call, key, call.arg(1), keep);
    if until.is_some() {
        call.state.keys.set_expiry(call.client.database, key, until, call.now);
    }
    Ok(answer)
}

fn set_many(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    if call.args.len() % 2 == 1 {
        return Err(Reply::error(format!("ERR wrong number of arguments for '{name}' command")));
    }
    let pairs: Vec<_> = call.args.chunks(2).map(<[Vec<u8>]>::to_vec).collect();
    let taken = |call: &mut Call<'_>, key: &[u8]| {
        let (database, now) = (call.client.database, call.now);
        call.state.keys.get(database, key, now).is_some()
    };
    if name == "msetnx" {
        for pair in &pairs {
            if pair.first().is_some_and(|key| taken(call, key)) {
                return Ok(Reply::Number(0));
            }
        }
    }
    for pair in &pairs {
        if let [key, value] = pair.as_slice() {
            store(call, key, value, false);
        }
    }
    Ok(if name == "mset" { Reply::OK } else { Reply::Number(1) })
}

fn set_range(call: &mut Call<'_>, key: &[u8]) -> Result<Reply, Reply> {
    let offset = integer(call.arg(1))?;
    let offset = usize::try_from(offset).map_err(|_| Reply::error("ERR offset is out of range"))?;
    let piece = call.arg(2).to_vec();
    let end = offset.saturating_add(piece.len());
    if end > 512 * 1_024 * 1_024 {
        return Err(Reply::error("ERR string exceeds maximum allowed size (proto-max-bulk-len)"));
    }
    if end > MEMORY || !call.state.keys.has_room(end) {
        return Err(Reply::error(OUT_OF_MEMORY));
    }
    let mut text = text(call, key)?.unwrap_or_default();
    if !piece.is_empty() {
        text.resize(text.len().max(end), 0);
        if let Some(place) = text.get_mut(offset..end) {
            place.copy_from_slice(&piece);
        }
        store(call, key, &text, true);
    }
    Ok(super::keys::count(text.len()))
}
