//! Requests on new connections, beside nginx and Redis.

use std::{net::SocketAddr, path::Path};

use anyhow::Result;
use decnet_proto::service::ServiceId;

use super::{
    local,
    subject::{self, port},
};
use crate::bench::{
    load::{self, Answer, Talk},
    peer,
    played::SERVICES,
    process::Server,
    row::{Row, Target},
};

/// Conversations at a time.
const CLIENTS: usize = 8;
/// Conversations of one round.
const COUNT: usize = 16_000;
/// Rounds, ours and the peer's in turn, so that both meet the same weather.
const ROUNDS: usize = 3;

const HTTP: Talk = Talk {
    request: b"GET / HTTP/1.1\r\nHost: www.corp.example\r\nConnection: close\r\n\r\n",
    answer: Answer::UntilClose,
};
const REDIS: Talk = Talk { request: b"AUTH not-the-secret\r\n", answer: Answer::Line };

/// The best round of one server.
#[derive(Clone, Copy, Default)]
struct Best {
    rate: f64,
    /// CPU time of the server for one conversation, in milliseconds.
    cpu_ms: f64,
}

/// The rows of HTTP and Redis.
pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    let nginx = local(8080);
    let redis = local(6380);
    Ok(vec![
        beside(binary, "http requests on new connections", "nginx", 0.7, (ServiceId::Http, HTTP), || {
            Ok((peer::nginx(nginx)?, nginx))
        })?,
        beside(binary, "redis AUTH on new connections", "redis", 0.8, (ServiceId::Redis, REDIS), || {
            Ok((peer::redis(redis)?, redis))
        })?,
    ])
}

fn beside(
    binary: &Path,
    what: &str,
    name: &str,
    at_least: f64,
    (service, talk): (ServiceId, Talk),
    peer: impl Fn() -> Result<(Server, SocketAddr)>,
) -> Result<Row> {
    let (mut ours, mut theirs) = (Best::default(), Best::default());
    for _ in 0..ROUNDS {
        let (server, address) = peer()?;
        theirs = theirs.better(round(&server, address, talk)?);
        drop(server);
        let only: Vec<_> = SERVICES.into_iter().filter(|(id, ..)| *id == service).collect();
        let server = subject::start(binary, &only)?;
        ours = ours.better(round(&server, local(port(service)), talk)?);
    }
    Ok(Row {
        what: what.to_owned(),
        figure: ours.rate / theirs.rate,
        unit: "×",
        target: Target::AtLeast(at_least),
        detail: format!(
            "{:.0}/s, {:.3} ms CPU each; {name} {:.0}/s, {:.3} ms",
            ours.rate, ours.cpu_ms, theirs.rate, theirs.cpu_ms
        ),
    })
}

impl Best {
    fn better(self, other: Self) -> Self {
        if other.rate > self.rate { other } else { self }
    }
}

fn round(server: &Server, address: SocketAddr, talk: Talk) -> Result<Best> {
    load::run(address, talk, CLIENTS, COUNT / 10)?;
    let before = server.cpu_ms();
    let load = load::run(address, talk, CLIENTS, COUNT)?;
    Ok(Best { rate: load.rate, cpu_ms: (server.cpu_ms() - before) / load.times.len() as f64 })
}
