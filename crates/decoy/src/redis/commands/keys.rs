//! Commands about keys, whatever their values.

use super::{Call, NOT_INTEGER, SYNTAX, connection::wrong_type, unknown_subcommand};
use crate::redis::{
    keyspace::{DATABASES, Value, matches},
    reply::Reply,
};

/// Keys that one answer lists at most; Redis has no such bound, and nobody sees it here.
const LISTED: usize = 20_000;

pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Reply {
    let database = call.client.database;
    match name {
        "keys" => {
            let found = call.state.keys.keys(database, call.now).filter(|(key, _)| matches(call.arg(0), key));
            Reply::bulks(found.take(LISTED).map(|(key, _)| key))
        }
        "scan" => scan(call),
        "dbsize" => count(call.state.keys.keys(database, call.now).count()),
        "randomkey" => {
            let mut keys = call.state.keys.keys(database, call.now);
            keys.next().map_or(Reply::Nil, |(key, _)| Reply::bulk(key))
        }
        "del" | "unlink" => {
            let keys = call.args.iter();
            count(keys.filter(|key| call.state.keys.remove(database, key).is_some()).count())
        }
        "exists" | "touch" => {
            let now = call.now;
            count(call.args.iter().filter(|key| call.state.keys.get(database, key, now).is_some()).count())
        }
        "type" => {
            let kind = call.state.keys.get(database, call.arg(0), call.now).map_or("none", Value::kind);
            Reply::Simple(kind)
        }
        "rename" | "renamenx" | "copy" | "move" => relocate(call, name),
        "object" => object(call),
        "dump" => Reply::Nil,
        "restore" => Reply::error("ERR DUMP payload version or checksum are wrong"),
        "migrate" => {
            call.exploit("redis_migrate", &call.args.join(&b' '));
            match call.state.keys.get(database, call.arg(2), call.now) {
                None => Reply::Simple("NOKEY"),
                Some(_) => Reply::error("IOERR error or timeout connecting to the client"),
            }
        }
        "sort" | "sort_ro" => match call.state.keys.get(database, call.arg(0), call.now) {
            None => Reply::List(Vec::new()),
            Some(Value::List(items)) => Reply::bulks(items),
            Some(Value::Set(items)) => Reply::bulks(items),
            Some(Value::Scored(items)) => Reply::bulks(items.keys()),
            Some(_) => wrong_type(),
        },
        "flushall" | "flushdb" => flush(call, name),
        "swapdb" => swap(call),
        _ => Reply::Nil,
    }
}

/// A count as an answer.
pub(super) fn count(number: usize) -> Reply {
    Reply::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

fn scan(call: &mut Call<'_>) -> Reply {
    let cursor = std::str::from_utf8(call.arg(0)).ok().and_then(|t| t.parse::<usize>().ok());
    let Some(cursor) = cursor else { return Reply::error("ERR invalid cursor") };
    let (mut pattern, mut kind, mut most) = (b"*".to_vec(), None, 10);
    for at in (1..call.args.len()).step_by(2) {
        match (call.word(at).as_str(), call.args.get(at + 1)) {
            ("match", Some(value)) => pattern.clone_from(value),
            ("count", Some(value)) => {
                match std::str::from_utf8(value).ok().and_then(|t| t.parse::<usize>().ok()) {
                    None => return Reply::error(NOT_INTEGER),
                    Some(0) => return Reply::error(SYNTAX),
                    Some(number) => most = number.min(LISTED),
                }
            }
            ("type", Some(_)) => kind = Some(call.word(at + 1)),
            _ => return Reply::error(SYNTAX),
        }
    }
    let all: Vec<_> =
        call.state.keys.keys(call.client.database, call.now).skip(cursor).take(most + 1).collect();
    let next = if all.len() > most { cursor + most } else { 0 };
    let found = all.into_iter().take(most).filter(|(key, value)| {
        matches(&pattern, key) && kind.as_deref().is_none_or(|kind| kind == value.kind())
    });
    Reply::List(vec![Reply::bulk(next.to_string()), Reply::bulks(found.map(|(key, _)| key))])
}

fn relocate(call: &mut Call<'_>, name: &str) -> Reply {
    let (from, now) = (call.client.database, call.now);
    let Some(value) = call.state.keys.get(from, call.arg(0), now).cloned() else {
        return if name.starts_with("rename") { Reply::error("ERR no such key") } else { Reply::Number(0) };
    };
    if name == "move" {
        let target = std::str::from_utf8(call.arg(1)).ok().and_then(|t| t.parse::<usize>().ok());
        let Some(target) = target.filter(|n| *n < DATABASES) else {
            return Reply::error("ERR value is out of range");
        };
        call.state.keys.remove(from, call.arg(0));
        call.state.keys.put(target, call.arg(0), value, false);
        return Reply::Number(1);
    }
    let taken = call.state.keys.get(from, call.arg(1), now).is_some();
    let replace = (2..call.args.len()).any(|at| call.word(at) == "replace");
    if taken && (name == "renamenx" || name == "copy" && !replace) {
        return Reply::Number(0);
    }
    if name != "copy" {
        call.state.keys.remove(from, call.arg(0));
    }
    call.state.keys.put(from, call.arg(1), value, false);
    if name == "rename" { Reply::OK } else { Reply::Number(1) }
}

fn object(call: &mut Call<'_>) -> Reply {
    let seven = call.instance.version.is_seven();
    let (word, database, now) = (call.word(0), call.client.database, call.now);
    let Some(value) = call.state.keys.get(database, call.arg(1), now) else {
        return if call.args.len() > 1 { Reply::Nil } else { unknown_subcommand(call, "object") };
    };
    match word.as_str() {
        "encoding" => Reply::bulk(value.encoding(seven)),
        "refcount" => Reply::Number(1),
        "idletime" => Reply::Number(0),
        "freq" => Reply::error(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ),
        _ => unknown_subcommand(call, "object"),
    }
}

fn flush(call: &mut Call<'_>, name: &str) -> Reply {
    match (call.args.len(), call.word(0).as_str()) {
        (0, _) | (1, "async" | "sync") => {
            call.exploit("redis_flush", name.as_bytes());
            call.state.keys.clear((name == "flushdb").then_some(call.client.database));
            Reply::OK
        }
        _ => Reply::error(SYNTAX),
    }
}

fn swap(call: &mut Call<'_>) -> Reply {
    let number = |at: usize| std::str::from_utf8(call.arg(at)).ok().and_then(|t| t.parse::<usize>().ok());
    match (number(0), number(1)) {
        (None, _) => Reply::error("ERR invalid first DB index"),
        (_, None) => Reply::error("ERR invalid second DB index"),
        (Some(one), Some(other)) if one < DATABASES && other < DATABASES => {
            call.state.keys.swap(one, other);
            Reply::OK
        }
        _ => Reply::error("ERR DB index is out of range"),
    }
}
