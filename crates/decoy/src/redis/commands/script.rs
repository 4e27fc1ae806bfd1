//! Scripts. Nothing of a peer's is ever run: what a script of one expression would answer is
//! worked out, a longer one seems to have run and returned nothing, and every one is told.

use std::fmt::Write as _;

use super::{Call, answer as answer_command, strings::integer, unknown_subcommand};
use crate::redis::reply::Reply;

/// Scripts that are remembered by their digest.
const REMEMBERED: usize = 256;
/// How deep lists and calls nest.
const DEPTH: u32 = 8;
/// Parts of Lua that Redis takes away: a script that names them fails, as it does there.
const ABSENT: [&str; 9] =
    ["os", "io", "package", "require", "dofile", "loadfile", "module", "debug", "print"];

pub(super) fn answer(call: &mut Call<'_>, name: &str) -> Reply {
    match name {
        "script" => manage(call),
        _ => evaluate(call, name).unwrap_or_else(|refused| refused),
    }
}

fn digest(script: &[u8]) -> String {
    openssl::sha::sha1(script).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn manage(call: &mut Call<'_>) -> Reply {
    match (call.word(0).as_str(), call.args.len()) {
        ("load", 2) => {
            let script = call.arg(1).to_vec();
            call.exploit("redis_script", &script);
            let digest = digest(&script);
            if call.state.scripts.len() < REMEMBERED {
                call.state.scripts.insert(digest.clone());
            }
            Reply::bulk(digest)
        }
        ("exists", 2..) => {
            let known = call.args.iter().skip(1).map(|digest| {
                let digest = String::from_utf8_lossy(digest).to_ascii_lowercase();
                Reply::Number(i64::from(call.state.scripts.contains(&digest)))
            });
            Reply::List(known.collect())
        }
        ("flush", _) => {
            call.state.scripts.clear();
            Reply::OK
        }
        ("kill", 1) => Reply::error("NOTBUSY No scripts in execution right now."),
        _ => unknown_subcommand(call, "script"),
    }
}

fn evaluate(call: &mut Call<'_>, name: &str) -> Result<Reply, Reply> {
    let keys = integer(call.arg(1))?;
    if keys < 0 {
        return Err(Reply::error("ERR Number of keys can't be negative"));
    }
    let keys = usize::try_from(keys).unwrap_or(usize::MAX);
    if keys > call.args.len().saturating_sub(2) {
        return Err(Reply::error("ERR Number of keys can't be greater than number of args"));
    }
    if name.starts_with("evalsha") {
        return Err(Reply::error("NOSCRIPT No matching script. Please use EVAL."));
    }
    let script = call.arg(0).to_vec();
    call.exploit("redis_eval", &script);
    let text = String::from_utf8_lossy(&script).into_owned();
    let (keys, values) = call.args.get(2..).unwrap_or_default().split_at(keys);
    let (keys, values) = (keys.to_vec(), values.to_vec());
    let Some(expression) = text.trim().trim_end_matches(';').strip_prefix("return") else {
        return missing_global(&text, &script, call).map_or(Ok(Reply::Nil), Err);
    };
    let mut reader = Reader { rest: expression, keys: &keys, values: &values };
    match reader.expression(call, DEPTH) {
        Some(reply) if reader.rest.trim().is_empty() => Ok(reply),
        _ => missing_global(&text, &script, call).map_or(Ok(Reply::Nil), Err),
    }
}

/// The error for a script that uses what Redis takes away.
fn missing_global(text: &str, script: &[u8], call: &Call<'_>) -> Option<Reply> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let absent = words.into_iter().find(|word| ABSENT.contains(word))?;
    let sha = digest(script);
    Some(Reply::error(if call.instance.version.is_seven() {
        format!(
            "ERR user_script:1: Script attempted to access nonexistent global variable '{absent}' script: {sha}, on @user_script:1."
        )
    } else {
        format!(
            "ERR Error running script (call to f_{sha}): @enable_strict_lua:15: user_script:1: Script attempted to access nonexistent global variable '{absent}' "
        )
    }))
}

/// Reads an expression and works it out at once.
struct Reader<'a> {
    rest: &'a str,
    keys: &'a [Vec<u8>],
    values: &'a [Vec<u8>],
}

impl<'a> Reader<'a> {
    fn eat(&mut self, token: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let trimmed = self.rest.trim_start();
        let end = trimmed.find(|c| !keep(c)).unwrap_or(trimmed.len());
        let (word, rest) = trimmed.split_at(end);
        self.rest = rest;
        word
    }

    fn expression(&mut self, call: &mut Call<'_>, depth: u32) -> Option<Reply> {
        let mut value = self.term(call, depth.checked_sub(1)?)?;
        while self.eat("..") {
            let more = self.term(call, depth.checked_sub(1)?)?;
            value = Reply::Bulk([as_text(&value)?, as_text(&more)?].concat());
        }
        Some(value)
    }

    fn term(&mut self, call: &mut Call<'_>, depth: u32) -> Option<Reply> {
        for (prefix, list) in [("KEYS[", self.keys), ("ARGV[", self.values)] {
            if self.eat(prefix) {
                let at: usize = self.take_while(|c| c.is_ascii_digit()).parse().ok()?;
                let value = at.checked_sub(1).and_then(|at| list.get(at));
                return self.eat("]").then(|| value.map_or(Reply::Nil, Reply::bulk));
            }
        }
        if self.eat("redis.call(") || self.eat("redis.pcall(") {
            let words = self.list(call, ")", depth)?;
            let words: Vec<_> = words.iter().map(as_text).collect::<Option<_>>()?;
            return Some(run(call, &words));
        }
        if self.eat("{") {
            return Some(Reply::List(self.list(call, "}", depth)?));
        }
        for quote in ["'", "\""] {
            if self.eat(quote) {
                let (text, rest) = self.rest.split_once(quote)?;
                self.rest = rest;
                return (!text.contains('\\')).then(|| Reply::bulk(text));
            }
        }
        match self.take_while(|c| c.is_alphanumeric() || c == '-' || c == '.') {
            "nil" | "false" => Some(Reply::Nil),
            "true" => Some(Reply::Number(1)),
            // A fraction loses what is behind the point on its way out of Lua.
            number => number.parse::<f64>().ok().map(|number| Reply::Number(number as i64)),
        }
    }

    fn list(&mut self, call: &mut Call<'_>, end: &str, depth: u32) -> Option<Vec<Reply>> {
        let mut items = Vec::new();
        while !self.eat(end) {
            items.push(self.expression(call, depth)?);
            if !self.eat(",") {
                return self.eat(end).then_some(items);
            }
        }
        Some(items)
    }
}

fn as_text(reply: &Reply) -> Option<Vec<u8>> {
    match reply {
        Reply::Bulk(bytes) => Some(bytes.clone()),
        Reply::Number(number) => Some(number.to_string().into_bytes()),
        _ => None,
    }
}

/// Runs a command of a script; those that would nest or change the connection are refused.
fn run(call: &mut Call<'_>, words: &[Vec<u8>]) -> Reply {
    let Some((name, args)) = words.split_first() else {
        return Reply::error("ERR Please specify at least one argument for this redis.call() call");
    };
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let forbidden = crate::redis::table::commands()
        .get(name.as_str())
        .is_some_and(|c| c.flags.contains(&"noscript") || c.name.starts_with("eval"));
    if forbidden {
        return Reply::error("ERR This Redis command is not allowed from script");
    }
    let mut inner = Call {
        conn: call.conn,
        instance: call.instance,
        state: &mut *call.state,
        client: &mut *call.client,
        args,
        now: call.now,
    };
    answer_command(&mut inner, &name).into_iter().next().unwrap_or(Reply::Nil)
}
