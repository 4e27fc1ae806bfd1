//! Who did something.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::{
    bounties::{self, Found},
    contacts::{self, Reach},
    events::Event,
    hash::ById,
    keys::change_or_add,
    known::Known,
    words,
};
use crate::{
    RecordError,
    derive::Finding,
    sql::{Connection, Insert, Value},
};

const ATTACKERS: Insert = Insert {
    table: "attackers",
    columns: &[
        "id",
        "uuid",
        "first",
        "last",
        "events",
        "deckies",
        "services",
        "bounties",
        "credentials",
        "commands",
        "artifacts",
        "proven",
        "ignored",
    ],
};

const UPDATE: &str = "UPDATE attackers SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    events = events + ?, bounties = bounties + ?, credentials = credentials + ?, commands = commands + ?, \
    artifacts = artifacts + ?, ignored = ignored + ?, deckies = COALESCE(?, deckies), services = COALESCE(?, services), \
    proven = CASE WHEN ? > 0 THEN 1 ELSE proven END WHERE id = ?";

/// What a batch says of an attacker.
#[derive(Debug)]
struct Attacker {
    id: i64,
    uuid: Uuid,
    first: i64,
    last: i64,
    events: i64,
    commands: i64,
    artifacts: i64,
    proven: i64,
    ignored: i64,
    found: Found,
    /// Where it grew.
    reach: Option<Reach>,
}

/// What was never there before a batch.
#[derive(Debug)]
pub(super) struct News<'b> {
    /// Attackers.
    pub(super) attackers: HashSet<i64, ById>,
    /// Attackers, each with a decky that it touched.
    pub(super) contacts: HashSet<(i64, i64), ById>,
    /// Events by which an attacker showed a secret.
    pub(super) credentials: Vec<Event<'b>>,
}

/// Keeps what the events say of who did it, and answers with what is new of that.
pub(super) fn keep<'b>(
    connection: &mut Connection,
    known: &mut Known,
    words: &words::Ids<'_>,
    events: &[Event<'b>],
) -> Result<News<'b>, RecordError> {
    let mut attackers = gather(words, events);
    let (found, credentials) = bounties::keep(connection, known, words, events)?;
    let (reach, contacts) = contacts::keep(connection, events)?;
    for attacker in &mut attackers {
        attacker.reach = reach.get(&attacker.id).copied();
        attacker.found = found.get(&attacker.id).copied().unwrap_or_default();
    }
    let changes: Vec<_> = attackers.iter().flat_map(Attacker::changes).collect();
    let row = |at: usize| Some(attackers.get(at)?.row());
    let added = change_or_add(connection, UPDATE, (14, &changes), ATTACKERS, row)?;
    let added = added.into_iter().filter_map(|at| attackers.get(at)).map(|attacker| attacker.id).collect();
    Ok(News { attackers: added, contacts, credentials })
}

/// Who an address is, for ever: a UUID of version 8 (RFC 9562) of the hash of its canonical text.
pub(crate) fn uuid(address: &str) -> Uuid {
    let hash = Sha256::digest(address);
    Builder::from_custom_bytes(hash.first_chunk().copied().unwrap_or_default()).into_uuid()
}

fn gather(words: &words::Ids<'_>, events: &[Event<'_>]) -> Vec<Attacker> {
    let (mut all, mut places) = (Vec::<Attacker>::new(), HashMap::<_, _, ById>::default());
    for event in events.iter().filter(|event| event.address > 0) {
        let place = *places.entry(event.address).or_insert_with(|| {
            all.push(Attacker::new(event, words.text(event.row.address)));
            all.len() - 1
        });
        if let Some(attacker) = all.get_mut(place) {
            attacker.take(event);
        }
    }
    all
}

impl Attacker {
    fn new(event: &Event<'_>, address: &str) -> Self {
        Self {
            id: event.address,
            uuid: uuid(address),
            first: event.row.time,
            last: event.row.time,
            events: 0,
            commands: 0,
            artifacts: 0,
            proven: 0,
            ignored: 0,
            found: Found::default(),
            reach: None,
        }
    }

    fn take(&mut self, event: &Event<'_>) {
        self.first = self.first.min(event.row.time);
        self.last = self.last.max(event.row.time);
        self.events += 1;
        self.ignored += i64::from(event.ignored > 0);
        for finding in &event.row.findings {
            match finding {
                Finding::Command => self.commands += 1,
                Finding::Artifact(_) => self.artifacts += 1,
                Finding::Proven => self.proven = 1,
                _ => {}
            }
        }
    }

    fn changes(&self) -> [Value<'static>; 14] {
        let Found { bounties, credentials } = self.found;
        let [first, again, last, last_again] = [self.first, self.first, self.last, self.last].map(Value::Int);
        let counts =
            [self.events, bounties, credentials, self.commands, self.artifacts, self.ignored, self.proven];
        let [events, bounties, credentials, commands, artifacts, ignored, proven] = counts.map(Value::Int);
        let deckies = self.reach.map_or(Value::Null, |reach| Value::Int(reach.deckies));
        let services = self.reach.map_or(Value::Null, |reach| Value::Int(reach.services));
        [
            first,
            again,
            last,
            last_again,
            events,
            bounties,
            credentials,
            commands,
            artifacts,
            ignored,
            deckies,
            services,
            proven,
            Value::Int(self.id),
        ]
    }

    fn row(&self) -> [Value<'_>; 13] {
        let (Found { bounties, credentials }, Reach { deckies, services }) =
            (self.found, self.reach.unwrap_or_default());
        let counts = [
            self.events,
            deckies,
            services,
            bounties,
            credentials,
            self.commands,
            self.artifacts,
            self.proven,
            self.ignored,
        ];
        let [events, deckies, services, bounties, credentials, commands, artifacts, proven, ignored] =
            counts.map(Value::Int);
        let [id, first, last] = [self.id, self.first, self.last].map(Value::Int);
        let uuid = Value::Bytes(self.uuid.as_bytes());
        [
            id,
            uuid,
            first,
            last,
            events,
            deckies,
            services,
            bounties,
            credentials,
            commands,
            artifacts,
            proven,
            ignored,
        ]
    }
}
