//! Channels. Nobody else publishes here, so a listener hears only silence.

use super::{Call, unknown_subcommand};
use crate::redis::{client::Listens, reply::Reply};

/// Channels that one client listens to at most; Redis has no such bound.
const CHANNELS: usize = 256;

pub(super) fn listen(call: &mut Call<'_>, name: &str) -> Vec<Reply> {
    let kind = if name.starts_with('p') { Listens::Pattern } else { Listens::Channel };
    let mut named = call.args.to_vec();
    let leaving = name.ends_with("unsubscribe");
    if leaving && named.is_empty() {
        named = call.client.channels.iter().filter(|(k, _)| *k == kind).map(|(_, c)| c.clone()).collect();
        if named.is_empty() {
            return vec![push(name, Reply::Nil, call.client.channels.len())];
        }
    }
    let mut replies = Vec::new();
    for channel in named {
        let entry = (kind, channel.clone());
        call.client.channels.retain(|known| *known != entry);
        if !leaving && call.client.channels.len() < CHANNELS && channel.len() <= 1_024 {
            call.client.channels.push(entry);
        }
        replies.push(push(name, Reply::bulk(channel), call.client.channels.len()));
    }
    replies
}

fn push(name: &str, channel: Reply, count: usize) -> Reply {
    Reply::Push(vec![Reply::bulk(name), channel, Reply::Number(i64::try_from(count).unwrap_or(0))])
}

pub(super) fn publish(call: &mut Call<'_>, name: &str) -> Reply {
    match (name, call.word(0).as_str()) {
        ("publish", _) | ("pubsub", "numpat") => Reply::Number(0),
        ("pubsub", "channels") => Reply::List(Vec::new()),
        ("pubsub", "numsub") => {
            let names = call.args.iter().skip(1);
            Reply::List(names.flat_map(|channel| [Reply::bulk(channel), Reply::Number(0)]).collect())
        }
        _ => unknown_subcommand(call, "pubsub"),
    }
}
