//! Who did something.

use std::collections::HashMap;

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
    ],
};

const UPDATE: &str = "UPDATE attackers SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    events = events + ?, bounties = bounties + ?, credentials = credentials + ?, commands = commands + ?, \
    artifacts = artifacts + ?, deckies = COALESCE(?, deckies), services = COALESCE(?, services), \
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
    found: Found,
    /// Where it grew.
    reach: Option<Reach>,
}

/// Keeps what the events say of who did it.
pub(super) fn keep(
    connection: &mut Connection,
    known: &mut Known,
    words: &words::Ids<'_>,
    events: &[Event<'_>],
) -> Result<(), RecordError> {
    let mut attackers = gather(words, events);
    let found = bounties::keep(connection, known, words, events)?;
    let reach = contacts::keep(connection, events)?;
    for attacker in &mut attackers {
        attacker.reach = reach.get(&attacker.id).copied();
        attacker.found = found.get(&attacker.id).copied().unwrap_or_default();
    }
    let changes: Vec<_> = attackers.iter().flat_map(Attacker::changes).collect();
    let row = |at: usize| Some(attackers.get(at)?.row());
    change_or_add(connection, UPDATE, (13, &changes), ATTACKERS, row).map(|_| ())
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
            found: Found::default(),
            reach: None,
        }
    }

    fn take(&mut self, event: &Event<'_>) {
        self.first = self.first.min(event.row.time);
        self.last = self.last.max(event.row.time);
        self.events += 1;
        for finding in &event.row.findings {
            match finding {
                Finding::Command => self.commands += 1,
                Finding::Artifact(_) => self.artifacts += 1,
                Finding::Proven => self.proven = 1,
                _ => {}
            }
        }
    }

    fn changes(&self) -> [Value<'static>; 13] {
        let Found { bounties, credentials } = self.found;
        let [first, again, last, last_again] = [self.first, self.first, self.last, self.last].map(Value::Int);
        let counts =
            [self.events, bounties, credentials, self.commands, self.artifacts, self.proven, self.id];
        let [events, bounties, credentials, commands, artifacts, proven, id] = counts.map(Value::Int);
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
            deckies,
            services,
            proven,
            id,
        ]
    }

    fn row(&self) -> [Value<'_>; 12] {
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
        ];
        let [events, deckies, services, bounties, credentials, commands, artifacts, proven] =
            counts.map(Value::Int);
        let [id, first, last] = [self.id, self.first, self.last].map(Value::Int);
        let uuid = Value::Bytes(self.uuid.as_bytes());
        [id, uuid, first, last, events, deckies, services, bounties, credentials, commands, artifacts, proven]
    }
}
