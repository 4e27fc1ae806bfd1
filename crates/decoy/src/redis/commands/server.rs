//! Commands about the server.

use std::time::UNIX_EPOCH;

use super::{Call, SYNTAX, unknown_subcommand, wrong_number};
use crate::redis::{
    reply::Reply,
    table::{self, Command},
};

pub(super) fn time(call: &mut Call<'_>) -> Reply {
    let since = call.now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Reply::bulks([since.as_secs().to_string(), since.subsec_micros().to_string()])
}

pub(super) fn command(call: &mut Call<'_>) -> Reply {
    let version = call.instance.version;
    let known = || table::commands().values().filter(|command| command.since <= version);
    let named = |name: &Vec<u8>| {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        table::commands().get(name.as_str()).filter(|command| command.since <= version)
    };
    let seven = version.is_seven();
    let names = call.args.get(1..).unwrap_or_default();
    match (call.word(0).as_str(), names) {
        ("", _) => Reply::List(known().map(|c| describe(c, seven)).collect()),
        ("count", []) => Reply::Number(i64::try_from(known().count()).unwrap_or(0)),
        ("list", []) if seven => Reply::bulks(known().map(|c| c.name)),
        ("info", []) => Reply::List(known().map(|c| describe(c, seven)).collect()),
        ("info", names) => Reply::List(
            names.iter().map(|n| named(n).map_or(Reply::NilList, |c| describe(c, seven))).collect(),
        ),
        ("docs", []) if seven => Reply::Map(known().map(document).collect()),
        ("docs", names) if seven => Reply::Map(names.iter().filter_map(named).map(document).collect()),
        _ => unknown_subcommand(call, "command"),
    }
}

fn describe(command: &Command, seven: bool) -> Reply {
    let words = |words: &[&'static str]| Reply::Set(words.iter().map(|w| Reply::Simple(w)).collect());
    let categories = command.categories.iter().map(|c| Reply::Raw(format!("+@{c}\r\n").into_bytes()));
    let mut parts = vec![Reply::bulk(command.name), Reply::Number(command.arity), words(&command.flags)];
    parts.extend(command.keys.map(Reply::Number));
    parts.push(Reply::Set(categories.collect()));
    if seven {
        parts.extend([Reply::Set(Vec::new()), Reply::Set(Vec::new()), Reply::List(Vec::new())]);
    }
    Reply::List(parts)
}

fn document(command: &'static Command) -> (Reply, Reply) {
    let facts = vec![
        (Reply::bulk("since"), Reply::bulk(command.since.to_string())),
        (Reply::bulk("group"), Reply::bulk(command.group)),
    ];
    (Reply::bulk(command.name), Reply::Map(facts))
}

pub(super) fn save(call: &mut Call<'_>, name: &str) -> Reply {
    let setting = |name: &str| call.state.settings.get(name).cloned().unwrap_or_default();
    let (directory, file) = (setting("dir"), setting("dbfilename"));
    if directory != "/var/lib/redis" || file != "dump.rdb" {
        // Saving elsewhere writes the data, chosen by the peer, where it could be run.
        call.exploit("redis_write_file", format!("{directory}/{file}").as_bytes());
    }
    call.state.saved = (call.now, call.state.keys.changes());
    match name {
        "save" => Reply::OK,
        "bgsave" => Reply::Simple("Background saving started"),
        _ => Reply::Simple("Background append only file rewriting started"),
    }
}

pub(super) fn last_save(call: &mut Call<'_>) -> Reply {
    let since = call.state.saved.0.duration_since(UNIX_EPOCH).unwrap_or_default();
    Reply::Number(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

pub(super) fn module(call: &mut Call<'_>) -> Reply {
    match call.word(0).as_str() {
        "list" => Reply::List(Vec::new()),
        word @ ("load" | "loadex" | "unload") => {
            let detail = call.args.join(&b' ');
            call.exploit("redis_module", &detail);
            if call.instance.version.is_seven() {
                return not_allowed("MODULE", "enable-module-command");
            }
            match word {
                "unload" => Reply::error("ERR Error unloading module: no such module with that name"),
                _ => Reply::error("ERR Error loading the extension. Please check the server logs."),
            }
        }
        _ => unknown_subcommand(call, "module"),
    }
}

fn not_allowed(command: &str, setting: &str) -> Reply {
    Reply::error(format!(
        "ERR {command} command not allowed. If the {setting} option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."
    ))
}

pub(super) fn debug(call: &mut Call<'_>) -> Reply {
    let detail = call.args.join(&b' ');
    call.exploit("redis_debug", &detail);
    if call.instance.version.is_seven() {
        return not_allowed("DEBUG", "enable-debug-command");
    }
    match call.word(0).as_str() {
        "sleep" | "jmap" | "reload" | "loadaof" | "set-active-expire" => Reply::OK,
        "object" => Reply::error("ERR no such key"),
        _ => unknown_subcommand(call, "debug"),
    }
}

pub(super) fn acl(call: &mut Call<'_>) -> Reply {
    let protected = call.state.settings.get("requirepass").is_some_and(|p| !p.is_empty());
    match (call.word(0).as_str(), call.args.len()) {
        ("whoami", 1) => Reply::bulk("default"),
        ("users", 1) => Reply::bulks(["default"]),
        ("list", 1) => {
            let rule = if protected { "sanitize-payload" } else { "nopass" };
            Reply::bulks([format!("user default on {rule} ~* &* +@all")])
        }
        ("cat", 1) => {
            let all = table::commands()
                .values()
                .flat_map(|c| &c.categories)
                .collect::<std::collections::BTreeSet<_>>();
            Reply::bulks(all)
        }
        ("cat", 2) => {
            let category = call.word(1);
            let members: Vec<_> =
                table::commands().values().filter(|c| c.categories.contains(&category.as_str())).collect();
            if members.is_empty() {
                return Reply::error(format!("ERR Unknown category '{category}'"));
            }
            Reply::bulks(members.iter().map(|c| c.name))
        }
        ("setuser", _) => {
            let detail = call.args.join(&b' ');
            call.exploit("redis_acl_setuser", &detail);
            Reply::OK
        }
        ("log", _) => Reply::List(Vec::new()),
        ("getuser", 2) if call.arg(1) != b"default" => Reply::Nil,
        ("deluser", _) => Reply::Number(0),
        _ => unknown_subcommand(call, "acl"),
    }
}

pub(super) fn report(call: &mut Call<'_>, name: &str) -> Reply {
    match (name, call.word(0).as_str()) {
        ("slowlog", "get") | ("latency", "latest" | "history") | ("function", "list") => {
            Reply::List(Vec::new())
        }
        ("slowlog", "len") | ("latency", "reset") => Reply::Number(0),
        ("slowlog", "reset") | ("memory", "purge") | ("function", "flush" | "delete") => Reply::OK,
        ("function", "load") => {
            let detail = call.args.join(&b' ');
            call.exploit("redis_function", &detail);
            Reply::error("ERR Missing library metadata")
        }
        ("memory", "usage") if call.args.len() < 2 => wrong_number("memory", "usage"),
        ("memory", "usage") => {
            let (database, key, now) = (call.client.database, call.arg(1).to_vec(), call.now);
            call.state
                .keys
                .get(database, &key, now)
                .map_or(Reply::Nil, |_| Reply::Number(56 + key.len() as i64))
        }
        ("memory", "doctor") => Reply::Text("Sam, I detected no issues in this instance.\n".into()),
        ("memory", "malloc-stats") => Reply::Text("Stats not supported for the current allocator".into()),
        _ => unknown_subcommand(call, name),
    }
}

pub(super) fn shutdown(call: &mut Call<'_>) -> Reply {
    let known = ["nosave", "save", "now", "force", "abort"];
    if (0..call.args.len()).any(|at| !known.contains(&call.word(at).as_str())) {
        return Reply::error(SYNTAX);
    }
    call.exploit("redis_shutdown", &call.args.join(&b' '));
    // A supervisor would have it back at once: the peer only sees its connection end.
    call.client.closing = true;
    Reply::Raw(Vec::new())
}
