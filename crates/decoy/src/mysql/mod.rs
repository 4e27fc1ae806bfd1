//! MySQL and MariaDB, the relational databases.
//!
//! The data flow of a connection: [`greeting`] challenges, [`response`] reads who the client says
//! that it is, [`auth`] plays the exchange of the plugin that the account would have. Packets come
//! and go over a [`wire::Wire`]; [`failure`] has the words of every error. Who has one of the
//! bait credentials gets in: [`session`] answers commands, [`sql`] statements. What was answered to a
//! challenge is told in the form in which crackers read it; where the protocol lets the server
//! have the password itself (over TLS, or encrypted for the server's key), it is told.
//!
//! Hashcat reads challenge and response of `mysql_native_password` in mode 11200. It has no mode
//! for those of `caching_sha2_password` (7401 is what the server stores), so `hash` holds them in
//! the same form under another name, and the exchange is led to where the password is said.

pub mod account;
mod answer;
mod auth;
pub mod failure;
pub mod greeting;
mod hosts;
mod keys;
pub mod packet;
mod prepared;
pub mod product;
pub mod proof;
pub mod response;
mod session;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use decnet_proto::{
    persona::{Persona, ServiceSpec},
    service::ServiceId,
};

use crate::{Conn, ConnectionService, End, Host, ServiceError, identity, tls::TlsServer};
use account::Account;
use auth::{Refused, Visitor};
use failure::Failure;
use hosts::Hosts;
use keys::PasswordKeys;
use product::{Family, Product};
use response::{First, Response};
use session::{After, Client};
use sql::{
    engine::Engine,
    schema,
    session::{Server, Session},
    value::Value,
};
use store::Store;
use wire::{Broken, Wire};

/// `connect_timeout`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The database server of one decky.
#[derive(Debug)]
pub struct Mysql {
    product: Product,
    accounts: Vec<Account>,
    tls: Option<TlsServer>,
    keys: Option<PasswordKeys>,
    hosts: Hosts,
    store: Store,
    questions: AtomicU64,
    boot_time: i64,
    next_thread: AtomicU32,
    /// Accounts whose password the server has in its cache, a bit for each.
    cached: AtomicU64,
}

impl ConnectionService for Mysql {
    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let product = product(spec, &host.persona).ok_or_else(|| ServiceError::Key {
            service: ServiceId::Mysql,
            key: "version",
            problem: format!("{:?} is no version; one is written 8.0.40", wanted_version(spec)),
        })?;
        let failed = |source| ServiceError::Tls { service: ServiceId::Mysql, source };
        let persona = &host.persona;
        let tls = product.has_tls().then(|| keys::tls(&product, persona)).transpose().map_err(failed)?;
        let keys = (product.family == Family::MySql8).then(|| PasswordKeys::derive(persona));
        Ok(Self {
            tls,
            keys: keys.transpose().map_err(failed)?,
            accounts: if spec.key("login") == Some("no") { Vec::new() } else { account::accounts(persona) },
            hosts: Hosts::default(),
            store: Store::default(),
            questions: AtomicU64::new(0),
            boot_time: persona.boot_time,
            next_thread: AtomicU32::new(first_thread(persona)),
            cached: AtomicU64::new(0),
            product,
        })
    }

    fn needs_key(_: &ServiceSpec) -> bool {
        true
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let peer = conn.peer().ip().to_canonical();
        let mut wire = Wire::new(conn);
        if self.hosts.is_blocked(peer) {
            let failure = Failure::host_blocked(&self.product, &auth::host_name(&wire));
            return wire.say(&failure.packet(0)).await;
        }
        let Some(_place) = self.hosts.enter() else {
            return wire.say(&Failure::too_many_connections(&self.product).packet(0)).await;
        };
        let thread = self.next_thread.fetch_add(1, Ordering::Relaxed);
        let mut capabilities = 0;
        let refused = match self.enter(&mut wire, thread, &mut capabilities).await {
            Ok(visitor) => {
                self.hosts.logged_in(peer);
                if !self.hosts.has_room() && !self.is_administrator(&visitor) {
                    return wire
                        .say(&Failure::too_many_connections(&self.product).packet(capabilities))
                        .await;
                }
                let database = visitor.response.database.clone();
                // What follows a log-in is large, and most connections never come to it.
                return Box::pin(Client::new(self, wire, thread, visitor).serve(database)).await;
            }
            Err(refused) => refused,
        };
        match refused {
            Refused::End(end) => Err(end),
            Refused::Said(failure) => wire.say(&failure.packet(capabilities)).await,
            Refused::Handshake(failure) => {
                self.hosts.handshake_failed(peer);
                wire.say(&failure.packet(capabilities)).await
            }
            Refused::Silent(end) => {
                self.hosts.handshake_failed(peer);
                Err(end)
            }
        }
    }
}

impl Mysql {
    async fn enter(
        &self,
        wire: &mut Wire<'_>,
        thread: u32,
        capabilities: &mut u32,
    ) -> Result<Visitor, Refused> {
        wire.conn.set_idle_timeout(CONNECT_TIMEOUT);
        let scramble = greeting::scramble(self.product.family).ok_or(Refused::End(End::Budget))?;
        let greeting = greeting::greeting(&self.product, thread, &scramble);
        wire.say(&greeting).await.map_err(Refused::End)?;
        // Until a client says what it can do, errors have a state.
        *capabilities = product::PROTOCOL_41;
        let response = self.introduction(wire, capabilities).await?;
        auth::tell_client(wire, &response);
        // On the heap, so that who says nothing has no room for it.
        Box::pin(auth::log_in(self, wire, response, Some(scramble))).await
    }

    /// Who the client says that it is, over TLS if it wants that.
    async fn introduction(&self, wire: &mut Wire<'_>, capabilities: &mut u32) -> Result<Response, Refused> {
        let mut before = None;
        loop {
            let message = match wire.read(self.product.longest_packet()).await {
                Ok(message) => message,
                Err(broken) => return Err(self.not_introduced(wire, broken)),
            };
            if let Some(low) = message.payload.get(..2).filter(|_| before.is_none()) {
                *capabilities =
                    packet::Fields::new(low).number(2).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
            }
            match response::parse(&self.product, &message.payload, before) {
                Some(First::LogIn(response)) => return Ok(response),
                Some(First::Charset(name)) => return Err(Refused::Handshake(Failure::charset(name))),
                Some(First::Tls(asked)) => {
                    let Some(tls) = &self.tls else {
                        return Err(Refused::Handshake(Failure::bad_handshake()));
                    };
                    if let Err(end) = wire.conn.upgrade_tls(tls, true).await {
                        return Err(Refused::Silent(end));
                    }
                    before = Some(asked);
                }
                None => {
                    wire.conn.protocol_error("no handshake", &message.payload);
                    return Err(Refused::Handshake(Failure::bad_handshake()));
                }
            }
        }
    }

    fn not_introduced(&self, wire: &Wire<'_>, broken: Broken) -> Refused {
        if let Broken::OutOfOrder(header) = broken {
            wire.conn.protocol_error("packets out of order", &header);
            let proxied = matches!(&header, b"PROX" | b"\r\n\r\n");
            if proxied && self.product.family == Family::MariaDb {
                let ip = wire.conn.peer().ip().to_canonical();
                return Refused::Said(Failure::proxy_header(&ip.to_string()));
            }
        }
        auth::broken_off(self, broken)
    }

    fn is_administrator(&self, visitor: &Visitor) -> bool {
        self.accounts.get(visitor.account).is_some_and(|account| account.everything)
    }

    fn count_question(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
    }

    /// What the server can tell of itself now.
    fn server(&self, conn: &Conn) -> Server {
        let now = unix_time(conn.now()).0;
        // The server came up some seconds after the machine.
        let uptime = u64::try_from(now.saturating_sub(self.boot_time)).unwrap_or(0).saturating_sub(14);
        let threads = self.next_thread.load(Ordering::Relaxed);
        Server {
            uptime,
            // Each of the earlier connections asked something.
            questions: self.questions.load(Ordering::Relaxed) + u64::from(threads) * 9,
            connections: self.hosts.connections(),
            threads,
            port: 3_306,
        }
    }

    /// Does `work` on the tables of the client's address.
    fn engine<T>(
        &self,
        conn: &Conn,
        session: &mut Session,
        text: &[u8],
        parameters: &[Value],
        work: impl FnOnce(&mut Engine<'_>) -> T,
    ) -> (T, After) {
        let persona = &conn.host().persona;
        let base = || schema::catalogue(&self.product, persona, &self.accounts, unix_time(conn.now()).0);
        self.store.with(conn.peer().ip().to_canonical(), base, |catalogue| {
            let mut engine = Engine {
                product: &self.product,
                persona,
                accounts: &self.accounts,
                catalogue,
                session,
                server: self.server(conn),
                now: unix_time(conn.now()),
                text,
                parameters,
                events: Vec::new(),
                files: Vec::new(),
                sleep: 0.0,
                steps: 0,
                held: 0,
                in_view: false,
                seeded: Vec::new(),
            };
            let result = work(&mut engine);
            (result, After { events: engine.events, files: engine.files, sleep: engine.sleep })
        })
    }

    /// Carries out the statements of `text` as somebody who may do everything: for fuzzers.
    #[cfg(any(test, feature = "testing"))]
    pub fn try_statements(&self, conn: &Conn, text: &[u8]) {
        let mut session = Session { everything: true, charset: 45, ..Session::default() };
        let mut rest = text;
        loop {
            let (parsed, next) = sql::parse::parse(rest, &self.product);
            if let Ok(parsed) = parsed {
                let _ = self
                    .engine(conn, &mut session, rest, &[], |engine| engine.run(&parsed.statement).is_ok());
            }
            match next.and_then(|at| rest.get(at..)) {
                Some(more) => rest = more,
                None => return,
            }
        }
    }

    /// Whether the server has the password of an account in its cache.
    fn is_cached(&self, account: usize) -> bool {
        self.cached.load(Ordering::Relaxed) >> (account % 64) & 1 == 1
    }

    fn cache(&self, account: usize) {
        self.cached.fetch_or(1 << (account % 64), Ordering::Relaxed);
    }
}

/// Seconds since the Unix epoch, and microseconds.
fn unix_time(now: SystemTime) -> (i64, u32) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(0), since.subsec_micros())
}

fn wanted_version(spec: &ServiceSpec) -> &str {
    spec.key("version").unwrap_or(&spec.product.version)
}

fn product(spec: &ServiceSpec, persona: &Persona) -> Option<Product> {
    Product::new(spec.product.name, wanted_version(spec), &persona.system.banner_name)
}

/// The number of the first connection: threads were counted since the machine booted, one every
/// few minutes, as applications and monitoring come and go.
fn first_thread(persona: &Persona) -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let uptime = now.saturating_sub(u64::try_from(persona.boot_time).unwrap_or_default());
    let every = 240 + identity::number(&persona.key, "mysql threads", 1_200);
    u32::try_from(8 + uptime / every).unwrap_or(8)
}
