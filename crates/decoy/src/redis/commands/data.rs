//! Lists, hashes, sets and sorted sets; and what an empty server says to all other commands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Call,
    connection::wrong_type,
    keys::count,
    numbers::fraction,
    strings::{integer, range},
};
use crate::redis::{keyspace::Value, reply::Reply, table};

pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Reply {
    let group = table::commands().get(name).map_or("", |command| command.group);
    let result = match group {
        "list" => list(call, name),
        "hash" => hash(call, name),
        "set" => set(call, name),
        "sorted-set" => scored(call, name),
        _ => Ok(nothing(name)),
    };
    result.unwrap_or_else(|refused| refused)
}

/// The answer of a server that holds nothing of the kind: streams, bitmaps, places, and the
/// rare forms of the commands below.
fn nothing(name: &str) -> Reply {
    let flags = table::commands().get(name).map(|c| c.flags.as_slice()).unwrap_or_default();
    match name {
        _ if flags.contains(&"blocking") => Reply::NilList,
        "xlen" | "pfcount" | "bitcount" | "getbit" | "setbit" | "xdel" | "xtrim" | "xack" => Reply::Number(0),
        "bitpos" => Reply::Number(-1),
        "pfadd" | "geoadd" | "bitop" => Reply::Number(1),
        "pfmerge" => Reply::OK,
        _ => Reply::List(Vec::new()),
    }
}

/// The value of a key as the type wanted, or an empty one; the refusal when it is another.
macro_rules! fetch {
    ($call:expr, $key:expr, $variant:ident) => {{
        let (database, now) = ($call.client.database, $call.now);
        match $call.state.keys.get(database, $key, now) {
            None => Default::default(),
            Some(Value::$variant(value)) => value.clone(),
            Some(_) => return Err(wrong_type()),
        }
    }};
}

fn put(call: &mut Call<'_>, key: &[u8], value: Value) {
    call.state.keys.put(call.client.database, key, value, true);
}

fn maybe(value: Option<impl AsRef<[u8]>>) -> Reply {
    value.map_or(Reply::Nil, Reply::bulk)
}

fn list(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let key = call.arg(0).to_vec();
    let rest = call.args.get(1..).unwrap_or_default().to_vec();
    if name.starts_with('b') || name.ends_with("move") || name.ends_with("mpop") || name == "lpos" {
        return Ok(Reply::NilList);
    }
    let mut items: VecDeque<Vec<u8>> = fetch!(call, &key, List);
    let reply = match name {
        "lpush" | "lpushx" | "rpush" | "rpushx" => {
            if name.ends_with('x') && items.is_empty() {
                return Ok(Reply::Number(0));
            }
            for item in rest {
                if name.starts_with('l') { items.push_front(item) } else { items.push_back(item) }
            }
            count(items.len())
        }
        "lpop" | "rpop" => {
            let mut pop = || if name == "lpop" { items.pop_front() } else { items.pop_back() };
            match call.args.get(1) {
                None => maybe(pop()),
                Some(most) => {
                    let most = usize::try_from(integer(most)?)
                        .map_err(|_| Reply::error("ERR value is out of range, must be positive"))?;
                    let taken: Vec<_> = std::iter::from_fn(pop).take(most).collect();
                    if taken.is_empty() { Reply::NilList } else { Reply::bulks(taken) }
                }
            }
        }
        "llen" => return Ok(count(items.len())),
        "lrange" => {
            let span = range(items.len(), integer(call.arg(1))?, integer(call.arg(2))?);
            return Ok(Reply::bulks(items.range(span)));
        }
        "lindex" => {
            let at = integer(call.arg(1))?;
            return Ok(maybe(range(items.len(), at, at).next().and_then(|at| items.get(at))));
        }
        "lset" => {
            let at = integer(call.arg(1))?;
            let place = range(items.len(), at, at).next().and_then(|at| items.get_mut(at));
            let place = place.ok_or_else(|| Reply::error("ERR no such key"))?;
            *place = call.arg(2).to_vec();
            Reply::OK
        }
        "lrem" => {
            let before = items.len();
            items.retain(|item| item != call.arg(2));
            count(before - items.len())
        }
        "ltrim" => {
            let span = range(items.len(), integer(call.arg(1))?, integer(call.arg(2))?);
            items = items.range(span).cloned().collect();
            Reply::OK
        }
        "rpoplpush" => {
            let Some(item) = items.pop_back() else { return Ok(Reply::Nil) };
            let target = call.arg(1).to_vec();
            if target == key {
                items.push_front(item.clone());
            } else {
                let mut other: VecDeque<Vec<u8>> = fetch!(call, &target, List);
                other.push_front(item.clone());
                put(call, &target, Value::List(other));
            }
            Reply::bulk(item)
        }
        _ => return Ok(Reply::Number(-1)),
    };
    put(call, &key, Value::List(items));
    Ok(reply)
}

fn hash(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let key = call.arg(0).to_vec();
    let rest = call.args.get(1..).unwrap_or_default().to_vec();
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = fetch!(call, &key, Hash);
    let find = |fields: &[(Vec<u8>, Vec<u8>)], name: &[u8]| {
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    };
    let bulk = |bytes: &Vec<u8>| Reply::bulk(bytes);
    Ok(match name {
        "hset" | "hmset" | "hsetnx" => {
            if rest.len() % 2 == 1 {
                return Err(Reply::error(format!("ERR wrong number of arguments for '{name}' command")));
            }
            let mut fresh = 0;
            for pair in rest.chunks(2) {
                let [field, value] = pair else { continue };
                match fields.iter_mut().find(|(known, _)| known == field) {
                    Some(_) if name == "hsetnx" => return Ok(Reply::Number(0)),
                    Some((_, old)) => old.clone_from(value),
                    None => {
                        fields.push((field.clone(), value.clone()));
                        fresh += 1;
                    }
                }
            }
            put(call, &key, Value::Hash(fields));
            if name == "hmset" { Reply::OK } else { Reply::Number(fresh) }
        }
        "hget" => maybe(find(&fields, call.arg(1))),
        "hmget" => Reply::List(rest.iter().map(|field| maybe(find(&fields, field))).collect()),
        "hgetall" => Reply::Map(fields.iter().map(|(f, v)| (bulk(f), bulk(v))).collect()),
        "hkeys" => Reply::List(fields.iter().map(|(f, _)| bulk(f)).collect()),
        "hvals" => Reply::List(fields.iter().map(|(_, v)| bulk(v)).collect()),
        "hlen" => count(fields.len()),
        "hexists" => Reply::Number(i64::from(find(&fields, call.arg(1)).is_some())),
        "hstrlen" => count(find(&fields, call.arg(1)).map_or(0, |v| v.len())),
        "hdel" => {
            let before = fields.len();
            fields.retain(|(field, _)| !rest.contains(field));
            let gone = before - fields.len();
            put(call, &key, Value::Hash(fields));
            count(gone)
        }
        "hscan" => {
            let flat = fields.iter().flat_map(|(f, v)| [bulk(f), bulk(v)]).collect();
            Reply::List(vec![Reply::bulk("0"), Reply::List(flat)])
        }
        _ => Reply::Nil,
    })
}

fn set(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let key = call.arg(0).to_vec();
    let rest = call.args.get(1..).unwrap_or_default().to_vec();
    let mut members: BTreeSet<Vec<u8>> = fetch!(call, &key, Set);
    let list = |members: &BTreeSet<Vec<u8>>| Reply::Set(members.iter().map(Reply::bulk).collect());
    Ok(match name {
        "sadd" => {
            let fresh = rest.into_iter().filter(|member| members.insert(member.clone())).count();
            put(call, &key, Value::Set(members));
            count(fresh)
        }
        "srem" => {
            let gone = rest.iter().filter(|member| members.remove(*member)).count();
            put(call, &key, Value::Set(members));
            count(gone)
        }
        "smembers" => list(&members),
        "sismember" => Reply::Number(i64::from(members.contains(call.arg(1)))),
        "scard" => count(members.len()),
        "spop" => {
            let taken = members.pop_first();
            put(call, &key, Value::Set(members));
            maybe(taken)
        }
        "srandmember" => maybe(members.first()),
        "sscan" => Reply::List(vec![Reply::bulk("0"), Reply::bulks(&members)]),
        "sunion" | "sinter" | "sdiff" => {
            for other in &rest {
                let other: BTreeSet<Vec<u8>> = fetch!(call, other, Set);
                members = match name {
                    "sunion" => &members | &other,
                    "sinter" => &members & &other,
                    _ => &members - &other,
                };
            }
            list(&members)
        }
        _ => Reply::Number(0),
    })
}

fn scored(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let key = call.arg(0).to_vec();
    let rest = call.args.get(1..).unwrap_or_default().to_vec();
    let mut members: BTreeMap<Vec<u8>, f64> = fetch!(call, &key, Scored);
    Ok(match name {
        "zadd" => {
            let options = ["nx", "xx", "gt", "lt", "ch", "incr"];
            let first =
                (1..call.args.len()).find(|at| !options.contains(&call.word(*at).as_str())).unwrap_or(1);
            let pairs = call.args.get(first..).unwrap_or_default().to_vec();
            if pairs.is_empty() || pairs.len() % 2 == 1 {
                return Err(Reply::error(super::SYNTAX));
            }
            let mut fresh = 0;
            for pair in pairs.chunks(2) {
                let [score, member] = pair else { continue };
                fresh += i64::from(members.insert(member.clone(), fraction(score)?).is_none());
            }
            put(call, &key, Value::Scored(members));
            Reply::Number(fresh)
        }
        "zrem" => {
            let gone = rest.iter().filter(|member| members.remove(*member).is_some()).count();
            put(call, &key, Value::Scored(members));
            count(gone)
        }
        "zcard" => count(members.len()),
        "zscore" => maybe(members.get(call.arg(1)).map(f64::to_string)),
        "zrange" | "zrevrange" | "zrangebyscore" | "zrevrangebyscore" => {
            let mut ordered: Vec<_> = members.into_iter().collect();
            ordered.sort_by(|(_, one), (_, other)| one.total_cmp(other));
            if name.starts_with("zrev") {
                ordered.reverse();
            }
            let span = if name.ends_with("score") {
                0..ordered.len()
            } else {
                range(ordered.len(), integer(call.arg(1))?, integer(call.arg(2))?)
            };
            let scores = (3..call.args.len()).any(|at| call.word(at) == "withscores");
            let chosen = ordered.get(span).unwrap_or_default();
            Reply::List(
                chosen
                    .iter()
                    .flat_map(|(member, score)| {
                        let score = scores.then(|| Reply::bulk(score.to_string()));
                        std::iter::once(Reply::bulk(member)).chain(score)
                    })
                    .collect(),
            )
        }
        "zcount" => count(members.len()),
        "zrank" | "zrevrank" => Reply::Nil,
        _ => nothing(name),
    })
}
