//! Replication: the way by which rogue masters deliver modules.

use super::Call;
use crate::redis::{rdb, reply::Reply};

pub(super) fn role(call: &mut Call<'_>) -> Reply {
    match &call.state.master {
        None => Reply::List(vec![Reply::bulk("master"), Reply::Number(0), Reply::List(Vec::new())]),
        Some((host, port)) => Reply::List(vec![
            Reply::bulk("slave"),
            Reply::bulk(host),
            Reply::Number(port.parse().unwrap_or(0)),
            // It never reaches anybody: a decoy makes no connections.
            Reply::bulk("connect"),
            Reply::Number(-1),
        ]),
    }
}

pub(super) fn follow(call: &mut Call<'_>) -> Reply {
    if call.word(0) == "no" && call.word(1) == "one" {
        call.state.master = None;
        return Reply::OK;
    }
    call.exploit("redis_replicaof", &call.args.join(&b' '));
    let port = String::from_utf8_lossy(call.arg(1)).into_owned();
    match port.parse::<i64>() {
        Err(_) => Reply::error("ERR value is not an integer or out of range"),
        Ok(0..=65_535) => {
            let host = String::from_utf8_lossy(call.arg(0)).chars().take(255).collect();
            let again = call.state.master.replace((host, port)) == call.state.master;
            if again { Reply::Simple("OK Already connected to specified master") } else { Reply::OK }
        }
        Ok(_) => Reply::error("ERR Invalid master port"),
    }
}

pub(super) fn replconf(call: &mut Call<'_>) -> Reply {
    if call.args.len() % 2 == 1 {
        return Reply::error(super::SYNTAX);
    }
    call.client.replica = true;
    match call.word(0).as_str() {
        "ack" | "getack" => Reply::Raw(Vec::new()),
        _ => Reply::OK,
    }
}

/// Answers SYNC and PSYNC with a snapshot of what there is: bait included.
pub(super) fn snapshot(call: &mut Call<'_>, name: &str) -> Reply {
    call.exploit("redis_sync", name.as_bytes());
    call.client.replica = true;
    call.state.counters.full_syncs += 1;
    let body = rdb::snapshot(call.instance, &call.state.keys, call.now);
    let mut out = Vec::new();
    if name == "psync" {
        out.extend_from_slice(format!("+FULLRESYNC {} 0\r\n", call.instance.replication_id).as_bytes());
    }
    out.extend_from_slice(format!("${}\r\n", body.len()).as_bytes());
    out.extend_from_slice(&body);
    Reply::Raw(out)
}
