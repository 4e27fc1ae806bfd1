//! CONFIG: what attackers turn to first, to write files where they will be run.

use super::{Call, unknown_subcommand, wrong_number};
use crate::redis::{keyspace::matches, reply::Reply};

/// Settings that cannot change while the server runs.
const FIXED: [&str; 13] = [
    "daemonize",
    "databases",
    "pidfile",
    "supervised",
    "io-threads",
    "logfile",
    "unixsocket",
    "port",
    "tcp-backlog",
    "cluster-enabled",
    "aclfile",
    "rdbchecksum",
    "always-show-logo",
];
/// Settings that version 7 protects from clients.
const PROTECTED: [&str; 2] = ["dir", "dbfilename"];

pub(super) fn config(call: &mut Call<'_>) -> Reply {
    match (call.word(0).as_str(), call.args.len()) {
        ("get", 2..) => get(call),
        ("get", _) => wrong_number("config", "get"),
        ("set", 3..) if call.args.len() % 2 == 1 => set(call),
        ("set", _) => wrong_number("config", "set"),
        ("resetstat", 1) => {
            call.state.counters = crate::redis::instance::Counters::default();
            Reply::OK
        }
        ("rewrite", 1) => Reply::error("ERR Rewriting config file: Permission denied"),
        _ => unknown_subcommand(call, "config"),
    }
}

fn get(call: &mut Call<'_>) -> Reply {
    let patterns: Vec<_> = call.args.iter().skip(1).map(|p| p.to_ascii_lowercase()).collect();
    let wanted = |name: &str| patterns.iter().take(16).any(|p| matches(p, name.as_bytes()));
    let found = call.state.settings.iter().filter(|(name, _)| wanted(name));
    Reply::Map(found.map(|(name, value)| (Reply::bulk(name), Reply::bulk(value))).collect())
}

fn set(call: &mut Call<'_>) -> Reply {
    let pairs: Vec<(String, String)> = call
        .args
        .get(1..)
        .unwrap_or_default()
        .chunks(2)
        .filter_map(|pair| match pair {
            [name, value] => {
                let name = String::from_utf8_lossy(name).to_ascii_lowercase();
                Some((name, String::from_utf8_lossy(value).into_owned()))
            }
            _ => None,
        })
        .collect();
    for (name, value) in &pairs {
        if let Some(refused) = check(call, name, value) {
            return refused;
        }
    }
    for (name, value) in pairs {
        let value = value.chars().take(4_096).collect();
        call.state.settings.insert(name, value);
    }
    Reply::OK
}

/// The refusal of a change, if it is refused; suspicious ones are told either way.
fn check(call: &Call<'_>, name: &str, value: &str) -> Option<Reply> {
    let technique = match name {
        "dir" | "dbfilename" => Some("redis_write_file"),
        "rename-command" | "protected-mode" | "requirepass" | "masterauth" | "slave-read-only" => {
            Some("redis_takeover")
        }
        _ => None,
    };
    if let Some(technique) = technique {
        call.exploit(technique, format!("{name} {value}").as_bytes());
    }
    let seven = call.instance.version.is_seven();
    let failed = |why: &str| {
        Some(Reply::error(if seven {
            format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")
        } else {
            format!("ERR {why}")
        }))
    };
    if !call.state.settings.contains_key(name) {
        return Some(Reply::error(if seven {
            format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'")
        } else {
            format!("ERR Unsupported CONFIG parameter: {name}")
        }));
    }
    if FIXED.contains(&name) {
        return if seven {
            failed("can't set immutable config")
        } else {
            failed(&format!("Unsupported CONFIG parameter: {name}"))
        };
    }
    if seven && PROTECTED.contains(&name) {
        return failed("can't set protected config");
    }
    match name {
        // The service's own user may enter what is its own, and little else.
        "dir"
            if ["/var/lib/redis", "/var/log/redis", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/var", "/"]
                .contains(&value.trim_end_matches('/'))
                || value == "/" =>
        {
            None
        }
        "dir" if ["/root", "/var/spool/cron", "/etc/cron.d/x"].iter().any(|p| value.starts_with(p)) => {
            failed("Changing directory: Permission denied")
        }
        "dir" => failed("Changing directory: No such file or directory"),
        "dbfilename" if value.contains('/') => failed("dbfilename can't be a path, just a filename"),
        _ => None,
    }
}
