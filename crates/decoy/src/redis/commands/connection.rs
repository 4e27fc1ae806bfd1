//! Commands about the connection itself, and transactions.

use super::{Call, NOT_INTEGER, SYNTAX, WRONG_TYPE, answer, unknown_subcommand};
use crate::{
    attempt::auth_attempt,
    redis::{
        client::Client,
        keyspace::DATABASES,
        reply::{Reply, Version},
    },
};

pub(super) fn ping(call: &mut Call<'_>) -> Reply {
    let text = call.args.first();
    if !call.client.channels.is_empty() && call.client.version == Version::Two {
        return Reply::bulks([b"pong".as_slice(), text.map(Vec::as_slice).unwrap_or_default()]);
    }
    match (text, call.args.len()) {
        (None, _) => Reply::Simple("PONG"),
        (Some(text), 1) => Reply::bulk(text),
        _ => Reply::error("ERR wrong number of arguments for 'ping' command"),
    }
}

pub(super) fn quit(call: &mut Call<'_>) -> Reply {
    call.client.closing = true;
    Reply::OK
}

pub(super) fn reset(call: &mut Call<'_>) -> Reply {
    let known = call.state.settings.get("requirepass").is_none_or(String::is_empty);
    *call.client = Client::new(call.client.id, known);
    Reply::Simple("RESET")
}

pub(super) fn auth(call: &mut Call<'_>) -> Reply {
    match call.args {
        [password] => log_in(call, None, password),
        [user, password] if call.instance.version.has_users() => log_in(call, Some(user), password),
        _ => Reply::error(SYNTAX),
    }
}

fn log_in(call: &mut Call<'_>, user: Option<&[u8]>, password: &[u8]) -> Reply {
    let wanted = call.state.settings.get("requirepass").cloned().unwrap_or_default();
    let users = call.instance.version.has_users();
    let reply = if wanted.is_empty() && user.is_none() {
        Reply::error(if users {
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
        } else {
            "ERR Client sent AUTH, but no password is set"
        })
    } else if user.is_none_or(|user| user == b"default")
        && (wanted.is_empty() || wanted.as_bytes() == password)
    {
        call.client.known = true;
        Reply::OK
    } else {
        Reply::error(if users {
            "WRONGPASS invalid username-password pair or user is disabled."
        } else {
            "ERR invalid password"
        })
    };
    let (user, password) = (user.map(<[u8]>::to_vec), Some(password.to_vec()));
    call.conn.emit(auth_attempt("requirepass", user, password, reply == Reply::OK));
    reply
}

pub(super) fn hello(call: &mut Call<'_>) -> Reply {
    let mut version = call.client.version;
    if let Some(text) = call.args.first() {
        version = match std::str::from_utf8(text).ok().and_then(|t| t.parse::<i64>().ok()) {
            Some(2) => Version::Two,
            Some(3) => Version::Three,
            Some(_) => return Reply::error("NOPROTO unsupported protocol version"),
            None => return Reply::error("ERR Protocol version is not an integer or out of range"),
        };
    }
    let mut at = 1;
    while at < call.args.len() {
        match (call.word(at).as_str(), call.args.get(at + 1), call.args.get(at + 2)) {
            ("auth", Some(user), Some(password)) => {
                if let refused @ Reply::Error(_) = log_in(call, Some(user), password) {
                    return refused;
                }
                at += 3;
            }
            ("setname", Some(name), _) => {
                call.client.name.clone_from(name);
                at += 2;
            }
            (word, ..) => return Reply::error(format!("ERR Syntax error in HELLO option '{word}'")),
        }
    }
    if !call.client.known {
        return Reply::error(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        );
    }
    call.client.version = version;
    let text = |text: &str| Reply::bulk(text);
    Reply::Map(vec![
        (text("server"), text("redis")),
        (text("version"), Reply::bulk(call.instance.version.to_string())),
        (text("proto"), Reply::Number(if version == Version::Three { 3 } else { 2 })),
        (text("id"), Reply::Number(i64::try_from(call.client.id).unwrap_or(i64::MAX))),
        (text("mode"), text("standalone")),
        (text("role"), text(if call.state.master.is_some() { "replica" } else { "master" })),
        (text("modules"), Reply::List(Vec::new())),
    ])
}

pub(super) fn select(call: &mut Call<'_>) -> Reply {
    match std::str::from_utf8(call.arg(0)).ok().and_then(|t| t.parse::<i64>().ok()) {
        None => Reply::error(NOT_INTEGER),
        Some(number) => match usize::try_from(number).ok().filter(|n| *n < DATABASES) {
            None => Reply::error("ERR DB index is out of range"),
            Some(number) => {
                call.client.database = number;
                Reply::OK
            }
        },
    }
}

pub(super) fn client(call: &mut Call<'_>) -> Reply {
    match (call.word(0).as_str(), call.args.len()) {
        ("id", 1) => Reply::Number(i64::try_from(call.client.id).unwrap_or(i64::MAX)),
        ("getname", 1) if call.client.name.is_empty() => Reply::Nil,
        ("getname", 1) => Reply::bulk(&call.client.name),
        ("setname", 2) => {
            if call.arg(1).iter().any(|b| !(b'!'..=b'~').contains(b)) {
                return Reply::error(
                    "ERR Client names cannot contain spaces, newlines or special characters.",
                );
            }
            call.client.name = call.arg(1).to_vec();
            Reply::OK
        }
        ("list", _) => {
            let mut lines: String = call
                .state
                .clients
                .iter()
                .map(|(id, place)| describe(call, *id, place, "client|list"))
                .collect();
            lines.truncate(16 * 1_024);
            Reply::Text(lines)
        }
        ("info", 1) => {
            let place = call.state.clients.get(&call.client.id).cloned().unwrap_or_default();
            Reply::Text(describe(call, call.client.id, &place, "client|info"))
        }
        ("kill", 2) => Reply::error("ERR No such client"),
        ("kill", 3) => Reply::Number(0),
        ("reply", 2) => {
            call.client.silent = call.word(1) != "on";
            Reply::OK
        }
        ("pause" | "unpause" | "no-evict" | "caching" | "tracking", _) => Reply::OK,
        _ => unknown_subcommand(call, "client"),
    }
}

/// A line of CLIENT LIST. `place` is both addresses.
fn describe(call: &Call<'_>, id: u64, place: &str, command: &str) -> String {
    let own = id == call.client.id;
    let (database, name) = if own {
        (call.client.database, String::from_utf8_lossy(&call.client.name).into_owned())
    } else {
        (0, String::new())
    };
    let resp = if own && call.client.version == Version::Three { 3 } else { 2 };
    let (queue, command) = if own { (26, command) } else { (0, "command|docs") };
    format!(
        "id={id} {place} fd={} name={name} age=1 idle=0 flags=N db={database} sub=0 psub=0 ssub=0 multi=-1 qbuf={queue} \
         qbuf-free={} argv-mem=10 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 omem=0 tot-mem=22298 events=r \
         cmd={command} user=default redir=-1 resp={resp}\n",
        8 + id % 32,
        20_474 - queue,
    )
}

pub(super) fn multi(call: &mut Call<'_>) -> Reply {
    if call.client.queue.is_some() {
        return Reply::error("ERR MULTI calls can not be nested");
    }
    call.client.queue = Some((Vec::new(), false));
    Reply::OK
}

pub(super) fn exec(call: &mut Call<'_>) -> Reply {
    let Some((requests, spoilt)) = call.client.queue.take() else {
        return Reply::error("ERR EXEC without MULTI");
    };
    if spoilt {
        return Reply::error("EXECABORT Transaction discarded because of previous errors.");
    }
    let mut replies = Vec::with_capacity(requests.len());
    for request in &requests {
        if let Some((name, args)) = request.split_first() {
            let mut inner = Call {
                conn: call.conn,
                instance: call.instance,
                state: &mut *call.state,
                client: &mut *call.client,
                args,
                now: call.now,
            };
            replies.extend(answer(&mut inner, &String::from_utf8_lossy(name)));
        }
    }
    Reply::List(replies)
}

pub(super) fn discard(call: &mut Call<'_>) -> Reply {
    match call.client.queue.take() {
        Some(_) => Reply::OK,
        None => Reply::error("ERR DISCARD without MULTI"),
    }
}

pub(super) fn watch(call: &mut Call<'_>) -> Reply {
    match call.client.queue {
        Some(_) => Reply::error("ERR WATCH inside MULTI is not allowed"),
        None => Reply::OK,
    }
}

/// The refusal for a value of another type.
pub(super) fn wrong_type() -> Reply {
    Reply::error(WRONG_TYPE)
}
