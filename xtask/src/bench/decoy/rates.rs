//! Requests on new connections, beside nginx, Redis and MariaDB.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context, Result};
use decnet_proto::{persona::ProductName, service::ServiceId};

use super::{
    local,
    subject::{self, port},
};
use crate::bench::{
    load::{self, Answer, Talk},
    peer,
    played::{Played, SERVICES},
    process::Server,
    row::{Row, Target},
};

/// Conversations at a time.
const CLIENTS: usize = 8;
/// Conversations of one round.
const COUNT: usize = 16_000;
/// Rounds, ours and the peer's in turn, so that both meet the same weather.
const ROUNDS: usize = 5;

const HTTP: Talk = Talk {
    greeted: false,
    request: b"GET / HTTP/1.1\r\nHost: www.corp.example\r\nConnection: close\r\n\r\n",
    answer: Answer::UntilClose,
};
const REDIS: Talk = Talk { greeted: false, request: b"AUTH not-the-secret\r\n", answer: Answer::Line };

/// A log-in with a wrong password, as clients of 5.5 and later send it: what the client can do,
/// name, twenty bytes of proof, plugin.
const MYSQL: Talk = Talk {
    greeted: true,
    request: b"\x53\0\0\x01\x05\xa2\x08\0\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        scanner\0\x14pqrstuvwxyzabcdefghimysql_native_password\0",
    answer: Answer::UntilClose,
};
/// Log-ins per second of the earlier system.
const MYSQL_BEFORE: f64 = 4_314.0;
const MARIADB: Played = (ServiceId::Mysql, ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1");

/// The best round of one server.
#[derive(Clone, Copy, Default)]
struct Best {
    rate: f64,
    /// CPU time of the server for one conversation, in milliseconds.
    cpu_ms: f64,
}

/// The rows of HTTP, Redis and MariaDB.
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
        log_ins(binary)?,
    ])
}

/// Log-ins to MariaDB: the target is a multiple of what the earlier system did, the real server
/// shows what the machine allows.
fn log_ins(binary: &Path) -> Result<Row> {
    // Below the ports that clients are given: asking whether it is there must not find itself.
    let address = local(13_306);
    let peer = || Ok((peer::mariadb(address)?, address));
    let (ours, theirs) = bests(binary, MARIADB, MYSQL, peer)?;
    Ok(Row {
        what: "mysql log-in attempts on new connections".to_owned(),
        figure: ours.rate / MYSQL_BEFORE,
        unit: "×",
        target: Target::AtLeast(4.0),
        detail: detail(ours, "mariadbd", theirs),
    })
}

fn beside(
    binary: &Path,
    what: &str,
    name: &str,
    at_least: f64,
    (service, talk): (ServiceId, Talk),
    peer: impl Fn() -> Result<(Server, SocketAddr)>,
) -> Result<Row> {
    let played = SERVICES.into_iter().find(|(id, ..)| *id == service);
    let (ours, theirs) = bests(binary, played.context("a service that is not measured")?, talk, peer)?;
    Ok(Row {
        what: what.to_owned(),
        figure: ours.rate / theirs.rate,
        unit: "×",
        target: Target::AtLeast(at_least),
        detail: detail(ours, name, theirs),
    })
}

/// The best rounds of ours and of the peer.
fn bests(
    binary: &Path,
    played: Played,
    talk: Talk,
    peer: impl Fn() -> Result<(Server, SocketAddr)>,
) -> Result<(Best, Best)> {
    let (mut ours, mut theirs) = (Best::default(), Best::default());
    for _ in 0..ROUNDS {
        let (server, address) = peer()?;
        theirs = theirs.better(round(&server, address, talk)?);
        drop(server);
        let server = subject::start(binary, &[played])?;
        ours = ours.better(round(&server, local(port(played.0)), talk)?);
    }
    Ok((ours, theirs))
}

fn detail(ours: Best, name: &str, theirs: Best) -> String {
    format!(
        "{:.0}/s, {:.3} ms CPU each; {name} {:.0}/s, {:.3} ms",
        ours.rate, ours.cpu_ms, theirs.rate, theirs.cpu_ms
    )
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
