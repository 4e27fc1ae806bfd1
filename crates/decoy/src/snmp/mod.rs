//! SNMP: the agents of Linux, Windows, printers, controllers, power supplies and switches.
//!
//! One datagram is one request: [`message`] takes it apart, [`settings`] say what its sender may
//! see, [`respond`] answers from the [`tree`], which is written down anew for each request from
//! the persona, the machine and the time. Version 3 is wrapped around that by [`v3`].
//!
//! What is malformed, of an unknown version, or comes with a wrong community gets no answer, as
//! net-snmp gives none. Nothing can be set. The source of a datagram is not proven: events name
//! an address that anybody may have written there.

pub mod ber;
pub mod facts;
pub mod message;
pub mod profile;
pub mod respond;
pub mod settings;
pub mod stats;
#[cfg(test)]
mod tests;
pub mod tree;
mod trees;
pub mod usm;
pub mod v3;
pub mod value;

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use decnet_event::Kind;
use decnet_proto::persona::ServiceSpec;

use crate::{
    ConnectionService, DatagramService, Host, Replies, ServiceError,
    attempt::{auth_attempt, auth_proof},
    caps, identity,
};
use facts::Facts;
use message::{Dropped, Message, Operation, Pdu, Reader3, Version};
use settings::Settings;
use stats::Stats;
use tree::{Tree, View};
use usm::Moment;
use v3::{Engine, Header, Refusal, Scoped};

pub use tree::cisco::{port_is_up as switch_port_is_up, serial as switch_serial};

/// Datagrams that a client would send, from which tests and fuzzers start.
pub const SEEDS: &[&[u8]] = &[
    b"\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x05\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00",
    b"\x30\x23\x02\x01\x00\x04\x06public\xa1\x16\x02\x01\x05\x02\x01\x00\x02\x01\x00\x30\x0b\x30\x09\x06\x05\x2b\x06\x01\x02\x01\x05\x00",
    b"\x30\x23\x02\x01\x01\x04\x06public\xa5\x16\x02\x01\x05\x02\x01\x00\x02\x01\x14\x30\x0b\x30\x09\x06\x05\x2b\x06\x01\x02\x01\x05\x00",
    b"\x30\x3a\x02\x01\x03\x30\x0f\x02\x02\x4a\x69\x02\x03\x00\xff\xe3\x04\x01\x04\x02\x01\x03\x04\x10\x30\x0e\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00\x30\x12\x04\x00\x04\x00\xa0\x0c\x02\x02\x37\xf0\x02\x01\x00\x02\x01\x00\x30\x00",
];

/// Largest answer: what fits into a datagram. A larger one cannot be sent.
const LARGEST: usize = 65_507;

/// SNMP of one decky.
#[derive(Debug)]
pub struct Snmp {
    settings: Settings,
    stats: Stats,
    salts: AtomicU64,
    /// Sources whose right credential was told of.
    known: Mutex<VecDeque<(IpAddr, Vec<u8>)>>,
}

impl ConnectionService for Snmp {
    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let salt = u64::from_be_bytes(identity::derive(&host.persona.key, "snmp salt"));
        Ok(Self {
            settings: Settings::new(spec, &host.persona),
            stats: Stats::default(),
            salts: AtomicU64::new(salt),
            known: Mutex::default(),
        })
    }

    fn datagrams(&self) -> Option<&dyn DatagramService> {
        Some(self)
    }
}

impl DatagramService for Snmp {
    fn answer(&self, datagram: &[u8], from: SocketAddr, host: &Host) -> Replies {
        self.stats.count(stats::IN_PACKETS);
        let mut replies = Replies::default();
        let call = Call { agent: self, host, from: from.ip(), datagram };
        let answer = match message::read(datagram) {
            Ok(Message::Community { version, community, pdu }) => {
                call.community(version, community, &pdu, &mut replies.events)
            }
            Ok(Message::Three(rest)) => call.three(rest, &mut replies.events),
            Err(dropped) => {
                let (counter, error) = match dropped {
                    Dropped::Version => (stats::BAD_VERSIONS, "unknown version"),
                    Dropped::Malformed => (stats::BAD_PACKETS, "malformed message"),
                };
                self.stats.count(counter);
                replies.events.push(malformed(error, datagram));
                None
            }
        };
        if let Some(answer) = answer.filter(|answer| answer.len() <= LARGEST) {
            self.stats.count(stats::OUT_PACKETS);
            replies.datagrams.push(answer);
        }
        replies
    }
}

fn malformed(error: &'static str, datagram: &[u8]) -> Kind {
    let data = datagram.get(..caps::ERROR_SAMPLE).unwrap_or(datagram).to_vec();
    Kind::ProtocolError { error, data }
}

/// One datagram and who must answer it.
struct Call<'a> {
    agent: &'a Snmp,
    host: &'a Host,
    from: IpAddr,
    datagram: &'a [u8],
}

impl Call<'_> {
    /// Versions 1 and 2c.
    fn community(
        &self,
        version: Version,
        community: &[u8],
        pdu: &Pdu<'_>,
        events: &mut Vec<Kind>,
    ) -> Option<Vec<u8>> {
        let stats = &self.agent.stats;
        let view = self.agent.settings.view(community);
        let answers = view.is_some() && pdu.operation.is_request();
        if view.is_none() {
            stats.count(stats::BAD_COMMUNITIES);
        }
        if view.is_none() || self.is_news(community) {
            events.push(auth_attempt("community", None, Some(community.to_vec()), view.is_some()));
        }
        let name = if version == Version::One { "1" } else { "2c" };
        events.push(request(name, pdu, answers, Who::Community(community)));
        let view = view.filter(|_| answers)?;
        let facts = self.facts();
        let tree = Tree::new(self.agent.settings.profile.groups, &facts);
        let reply = respond::respond(pdu, &tree, view, version);
        self.count(pdu, &reply);
        Some(message::write(version, community, pdu.request, &reply))
    }

    /// Version 3.
    fn three(&self, rest: Reader3<'_>, events: &mut Vec<Kind>) -> Option<Vec<u8>> {
        let settings = &self.agent.settings;
        let header = match Header::read(rest) {
            Ok(header) => header,
            Err(refusal) => {
                match refusal {
                    Refusal::Model => self.agent.stats.unknown_model(),
                    Refusal::Invalid => self.agent.stats.invalid(),
                    _ => self.agent.stats.count(stats::BAD_PACKETS),
                }
                events.push(malformed("malformed message of version 3", self.datagram));
                return None;
            }
        };
        let facts = self.facts();
        let time = facts.agent_up() as u32;
        let engine = Engine {
            id: &settings.engine,
            moment: Moment { boots: settings.boots, time },
            user: settings.user.as_ref(),
            salt: self.agent.salts.fetch_add(1, Ordering::Relaxed),
        };
        if settings.user.is_none() {
            // Products without users do not have the version.
            events.push(request_of(&header, None, false));
            return None;
        }
        let open = header.check(self.datagram, &engine);
        self.tell_attempt(&header, &engine, open.as_ref().err().copied(), events);
        match open {
            Ok(open) => self.scoped(&header, &engine, &open, &facts, events),
            Err(Refusal::Report(fault)) => {
                let count = self.agent.stats.fault(fault);
                events.push(request_of(&header, None, true));
                header.report(&engine, fault, count)
            }
            Err(_) => None,
        }
    }

    /// What a user asks, once it is clear who it is.
    fn scoped(
        &self,
        header: &Header<'_>,
        engine: &Engine<'_>,
        open: &[u8],
        facts: &Facts<'_>,
        events: &mut Vec<Kind>,
    ) -> Option<Vec<u8>> {
        let Ok(scoped) = Scoped::read(open) else {
            // Encrypted with another key, most likely.
            self.agent.stats.count(stats::BAD_PACKETS);
            events.push(request_of(header, None, false));
            return None;
        };
        let answers = scoped.pdu.operation.is_request() && scoped.is_default();
        events.push(request_of(header, Some(&scoped.pdu), answers));
        if !answers {
            return None;
        }
        let pdu = &scoped.pdu;
        if !header.is_authentic() {
            let reply = respond::error(pdu, respond::AUTHORIZATION_ERROR, pdu.index);
            return header.answer(engine, &scoped, &reply);
        }
        let tree = Tree::new(self.agent.settings.profile.groups, facts);
        let reply = respond::respond(pdu, &tree, View::All, Version::Two);
        self.count(pdu, &reply);
        header.answer(engine, &scoped, &reply).or_else(|| {
            // Only a bulk answer that is too long becomes an error, and that one.
            let error = respond::error(pdu, respond::GENERAL_ERROR, 0);
            (pdu.operation == Operation::GetBulk).then(|| header.answer(engine, &scoped, &error)).flatten()
        })
    }

    fn tell_attempt(
        &self,
        header: &Header<'_>,
        engine: &Engine<'_>,
        refusal: Option<Refusal>,
        events: &mut Vec<Kind>,
    ) {
        use stats::UserFault::{Decryption, NotInTimeWindow, UnknownEngine};
        if !header.is_authentic() || header.digest.is_empty() || header.engine != engine.id {
            return;
        }
        let accepted = match refusal {
            None | Some(Refusal::Report(NotInTimeWindow | Decryption)) => true,
            Some(Refusal::Report(UnknownEngine)) => return,
            Some(_) => false,
        };
        if !accepted || self.is_news(header.user) {
            let hash = v3::crackable(header, self.datagram);
            events.push(auth_proof("usm", Some(header.user.to_vec()), hash, accepted));
        }
    }

    fn count(&self, pdu: &Pdu<'_>, reply: &message::Reply<'_>) {
        let stats = &self.agent.stats;
        stats.request(pdu.operation);
        stats.count(stats::RESPONSES);
        if reply.status == 0 {
            stats.add(stats::VARIABLES_READ, u32::try_from(reply.variables.len()).unwrap_or(0));
        } else {
            stats.error(reply.status);
        }
    }

    /// Whether it was not told yet that this source has that credential.
    fn is_news(&self, credential: &[u8]) -> bool {
        let mut known = self.agent.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|(from, what)| *from == self.from && what == credential) {
            return false;
        }
        if known.len() >= caps::SNMP_KNOWN_SOURCES {
            known.pop_front();
        }
        known.push_back((self.from, credential.to_vec()));
        true
    }

    fn facts(&self) -> Facts<'_> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Facts {
            persona: &self.host.persona,
            machine: self.host.machine(),
            settings: &self.agent.settings,
            stats: &self.agent.stats,
            serving: self.host.serving(),
            now: since.as_secs_f64(),
        }
    }
}

/// Who asks.
enum Who<'a> {
    Community(&'a [u8]),
    User(&'a Header<'a>),
}

fn request_of(header: &Header<'_>, pdu: Option<&Pdu<'_>>, answered: bool) -> Kind {
    let nothing = Pdu { operation: Operation::Get, request: 0, status: 0, index: 0, variables: Vec::new() };
    let clear = pdu.cloned().or_else(|| header.visible());
    let mut kind = request("3", clear.as_ref().unwrap_or(&nothing), answered, Who::User(header));
    if let (None, Kind::SnmpRequest { operation, .. }) = (clear, &mut kind) {
        *operation = "unknown";
    }
    kind
}

fn request(version: &'static str, pdu: &Pdu<'_>, answered: bool, who: Who<'_>) -> Kind {
    let names: Vec<String> = pdu
        .variables
        .iter()
        .take(caps::SNMP_NAMES_TOLD)
        .map(|variable| value::dotted(&variable.name))
        .collect();
    let values =
        pdu.variables.iter().take(caps::SNMP_NAMES_TOLD).flat_map(|variable| [variable.raw, b" "].concat());
    let (community, username, engine_id) = match who {
        Who::Community(community) => (Some(community.to_vec()), None, None),
        Who::User(header) => {
            let engine = header.engine.iter().map(|byte| format!("{byte:02x}")).collect();
            (None, Some(header.user.to_vec()), Some(engine))
        }
    };
    Kind::SnmpRequest {
        version,
        operation: pdu.operation.name(),
        community,
        username,
        engine_id,
        oids: names.join(","),
        values: (pdu.operation == Operation::Set).then(|| values.collect()),
        answered,
    }
}
