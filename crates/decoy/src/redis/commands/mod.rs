//! Commands: one table from name to function, one file per family.

mod connection;
mod data;
mod expiry;
mod keys;
mod numbers;
mod pubsub;
mod replication;
mod script;
mod server;
mod settings;
mod strings;

use std::time::SystemTime;

use decnet_event::Kind;

use super::{
    client::Client,
    info,
    instance::{Instance, State},
    reply::Reply,
    table,
};
use crate::Conn;

/// One call of a command.
pub(super) struct Call<'a> {
    pub(super) conn: &'a Conn,
    pub(super) instance: &'a Instance,
    pub(super) state: &'a mut State,
    pub(super) client: &'a mut Client,
    /// The words after the name.
    pub(super) args: &'a [Vec<u8>],
    pub(super) now: SystemTime,
}

impl<'a> Call<'a> {
    fn arg(&self, at: usize) -> &'a [u8] {
        self.args.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// A word of the call in lower case, for options and subcommands.
    fn word(&self, at: usize) -> String {
        String::from_utf8_lossy(self.arg(at)).to_ascii_lowercase()
    }

    fn exploit(&self, technique: &'static str, detail: &[u8]) {
        self.conn.emit(Kind::ExploitAttempt { technique, detail: detail.to_vec() });
    }
}

const NOT_INTEGER: &str = "ERR value is not an integer or out of range";
const SYNTAX: &str = "ERR syntax error";
const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
const OUT_OF_MEMORY: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// Commands that a client may give before it has logged in.
const FOR_STRANGERS: [&str; 4] = ["auth", "hello", "quit", "reset"];
/// Commands that a listening client may give in the second version of the protocol.
const FOR_LISTENERS: [&str; 7] =
    ["subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ping", "quit", "reset"];
/// Commands that MULTI does not queue.
const NOT_QUEUED: [&str; 6] = ["exec", "discard", "multi", "watch", "quit", "reset"];

/// Answers one request: several replies for commands that answer once per argument.
pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Vec<Reply> {
    let replies = checked(call, name);
    for reply in &replies {
        if let Reply::Error(text) = reply {
            let class = text.split(' ').next().unwrap_or_default();
            // Only the classes that Redis has; a script may raise any text.
            if class.len() <= 16 && call.state.counters.errors.len() < 64 {
                *call.state.counters.errors.entry(class.to_owned()).or_default() += 1;
            }
        }
    }
    replies
}

fn checked(call: &mut Call<'_>, name: &str) -> Vec<Reply> {
    call.state.counters.commands += 1;
    let version = call.instance.version;
    let Some(command) = table::commands().get(name).filter(|command| command.since <= version) else {
        return vec![refuse(call, unknown(call, name))];
    };
    if !command.takes(call.args.len() + 1) {
        return vec![refuse(call, format!("ERR wrong number of arguments for '{name}' command"))];
    }
    if !call.client.known && !FOR_STRANGERS.contains(&name) {
        return vec![Reply::error("NOAUTH Authentication required.")];
    }
    if !call.client.channels.is_empty()
        && call.client.version == super::reply::Version::Two
        && !FOR_LISTENERS.contains(&name)
    {
        return vec![Reply::error(format!(
            "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        ))];
    }
    if call.client.queue.is_some() && !NOT_QUEUED.contains(&name) {
        return vec![queue(call, name)];
    }
    if command.flags.contains(&"denyoom") && !call.state.keys.has_room(size(call.args)) {
        return vec![Reply::error(OUT_OF_MEMORY)];
    }
    dispatch(call, name)
}

fn size(args: &[Vec<u8>]) -> usize {
    args.iter().map(|arg| arg.len() + 64).sum()
}

/// A refusal also spoils a transaction that is being queued.
fn refuse(call: &mut Call<'_>, text: String) -> Reply {
    if let Some((_, spoilt)) = &mut call.client.queue {
        *spoilt = true;
    }
    Reply::Error(text)
}

/// Requests that MULTI keeps at most, and their bytes; Redis has no such bound.
const QUEUE: usize = 512;
const QUEUE_BYTES: usize = 256 * 1024;

fn queue(call: &mut Call<'_>, name: &str) -> Reply {
    let mut request = vec![name.as_bytes().to_vec()];
    request.extend_from_slice(call.args);
    let Some((requests, spoilt)) = &mut call.client.queue else { return Reply::OK };
    let held: usize = requests.iter().map(|r| size(r)).sum();
    if requests.len() >= QUEUE || held + size(&request) > QUEUE_BYTES {
        *spoilt = true;
        return Reply::error(OUT_OF_MEMORY);
    }
    requests.push(request);
    Reply::Simple("QUEUED")
}

fn unknown(call: &Call<'_>, name: &str) -> String {
    let seven = call.instance.version.is_seven();
    let mut listed = String::new();
    for arg in call.args {
        if listed.len() >= 128 {
            break;
        }
        // Redis prints a C string: it ends at a zero byte, and line ends become spaces.
        let arg = arg.split(|b| *b == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(arg.get(..128 - listed.len()).unwrap_or(arg)).into_owned();
        listed.push_str(&if seven { format!("'{text}' ") } else { format!("`{text}`, ") });
    }
    let name: String = name.chars().take(128).collect();
    match seven {
        true => format!("ERR unknown command '{name}', with args beginning with: {listed}"),
        false => format!("ERR unknown command `{name}`, with args beginning with: {listed}"),
    }
}

fn unknown_subcommand(call: &Call<'_>, name: &str) -> Reply {
    let given = String::from_utf8_lossy(call.arg(0)).into_owned();
    let upper = name.to_ascii_uppercase();
    Reply::error(match call.instance.version.is_seven() {
        true => format!("ERR unknown subcommand '{given}'. Try {upper} HELP."),
        false => {
            format!("ERR Unknown subcommand or wrong number of arguments for '{given}'. Try {upper} HELP.")
        }
    })
}

fn wrong_number(name: &str, subcommand: &str) -> Reply {
    Reply::error(format!("ERR wrong number of arguments for '{name}|{subcommand}' command"))
}

fn dispatch(call: &mut Call<'_>, name: &str) -> Vec<Reply> {
    match name {
        "subscribe" | "psubscribe" | "unsubscribe" | "punsubscribe" => pubsub::listen(call, name),
        "psync" | "sync" => vec![replication::snapshot(call, name)],
        _ => vec![single(call, name)],
    }
}

/// The commands that answer once.
fn single(call: &mut Call<'_>, name: &str) -> Reply {
    match name {
        "ping" => connection::ping(call),
        "echo" => Reply::bulk(call.arg(0)),
        "quit" => connection::quit(call),
        "reset" => connection::reset(call),
        "auth" => connection::auth(call),
        "hello" => connection::hello(call),
        "select" => connection::select(call),
        "client" => connection::client(call),
        "multi" => connection::multi(call),
        "exec" => connection::exec(call),
        "discard" => connection::discard(call),
        "watch" => connection::watch(call),
        "unwatch" => Reply::OK,

        "command" => server::command(call),
        "info" => Reply::Text(info::info(call.instance, call.state, call.args, call.now)),
        "config" => settings::config(call),
        "time" => server::time(call),
        "role" => replication::role(call),
        "replicaof" | "slaveof" => replication::follow(call),
        "replconf" => replication::replconf(call),
        "save" | "bgsave" | "bgrewriteaof" => server::save(call, name),
        "lastsave" => server::last_save(call),
        "module" => server::module(call),
        "debug" => server::debug(call),
        "acl" => server::acl(call),
        "slowlog" | "latency" | "memory" | "function" => server::report(call, name),
        "shutdown" => server::shutdown(call),
        "failover" => Reply::error("ERR FAILOVER requires connected replicas."),
        "lolwut" => Reply::Text(format!("Redis ver. {}\n", call.instance.version)),
        "monitor" => Reply::OK,
        "wait" => Reply::Number(0),
        "cluster" | "readonly" | "readwrite" | "asking" => {
            Reply::error("ERR This instance has cluster support disabled")
        }
        "publish" | "pubsub" => pubsub::publish(call, name),
        "eval" | "eval_ro" | "evalsha" | "evalsha_ro" | "script" => script::answer(call, name),

        "keys" | "scan" | "dbsize" | "randomkey" | "del" | "unlink" | "exists" | "touch" | "type"
        | "rename" | "renamenx" | "copy" | "move" | "object" | "dump" | "restore" | "migrate" | "sort"
        | "sort_ro" | "flushall" | "flushdb" | "swapdb" => keys::answer(call, name),
        "ttl" | "pttl" | "expire" | "pexpire" | "expireat" | "pexpireat" | "persist" | "expiretime"
        | "pexpiretime" => expiry::answer(call, name),
        "get" | "set" | "setnx" | "setex" | "psetex" | "mget" | "mset" | "msetnx" | "getset" | "getdel"
        | "getex" | "append" | "strlen" | "getrange" | "substr" | "setrange" => strings::answer(call, name),
        "incr" | "decr" | "incrby" | "decrby" | "incrbyfloat" | "hincrby" | "zincrby" => {
            numbers::answer(call, name)
        }
        _ => data::answer(call, name),
    }
}
