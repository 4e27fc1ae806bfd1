//! What attackers touched.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use super::{events::Event, hash::ById, keys::change_or_add};
use crate::{
    RecordError,
    sql::{Connection, Insert, More, Value},
};

const CONTACTS: Insert =
    Insert { table: "contacts", columns: &["attacker", "decky", "service", "first", "last", "events"] };

const UPDATE: &str = "UPDATE contacts SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    events = events + ? WHERE attacker = ? AND decky = ? AND service = ?";

/// First and last time, and how often.
type Times = (i64, i64, i64);

/// How much an attacker touched in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    pub(super) deckies: i64,
    pub(super) services: i64,
}

/// Keeps what the events say of who touched what, and answers with the reach of those who touched
/// something new.
pub(super) fn keep(
    connection: &mut Connection,
    events: &[Event<'_>],
) -> Result<HashMap<i64, Reach, ById>, RecordError> {
    let mut all: HashMap<_, Times, ById> = HashMap::default();
    for event in events.iter().filter(|event| event.address > 0) {
        let time = event.row.time;
        let times = all.entry((event.address, event.decky, event.service)).or_insert((time, time, 0));
        *times = (times.0.min(time), times.1.max(time), times.2 + 1);
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_unstable();
    let change = |((attacker, decky, service), (first, last, events)): &((i64, i64, i64), Times)| {
        [*first, *first, *last, *last, *events, *attacker, *decky, *service].map(Value::Int)
    };
    let changes: Vec<_> = all.iter().flat_map(change).collect();
    let row = |at: usize| {
        let ((attacker, decky, service), (first, last, events)) = *all.get(at)?;
        Some([attacker, decky, service, first, last, events].map(Value::Int))
    };
    let added = change_or_add(connection, UPDATE, (8, &changes), CONTACTS, row)?;
    let attackers = added.iter().filter_map(|at| all.get(*at)).map(|((attacker, ..), _)| *attacker);
    let mut reach = HashMap::default();
    for attacker in attackers {
        if let Entry::Vacant(place) = reach.entry(attacker) {
            place.insert(reach_of(connection, attacker)?);
        }
    }
    Ok(reach)
}

fn reach_of(connection: &mut Connection, attacker: i64) -> Result<Reach, RecordError> {
    let (mut deckies, mut services) = (BTreeSet::new(), BTreeSet::new());
    let statement = "SELECT decky, service FROM contacts WHERE attacker = ?";
    connection.query(statement, &[Value::Int(attacker)], &mut |row| {
        deckies.insert(row.int(0)?);
        services.insert(row.int(1)?);
        Ok(More::Yes)
    })?;
    let count = |set: &BTreeSet<i64>| i64::try_from(set.len()).unwrap_or(i64::MAX);
    Ok(Reach { deckies: count(&deckies), services: count(&services) })
}
