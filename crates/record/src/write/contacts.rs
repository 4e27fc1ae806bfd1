//! What attackers touched.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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

/// By attacker its reach, and attackers each with a decky that it had not touched before.
type Touched = (HashMap<i64, Reach, ById>, HashSet<(i64, i64), ById>);

/// Keeps what the events say of who touched what, and answers of those who touched something new.
pub(super) fn keep(connection: &mut Connection, events: &[Event<'_>]) -> Result<Touched, RecordError> {
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
    let mut news: BTreeMap<_, BTreeMap<_, usize>> = BTreeMap::new();
    for at in change_or_add(connection, UPDATE, (8, &changes), CONTACTS, row)? {
        let Some(((attacker, decky, _), _)) = all.get(at) else { continue };
        *news.entry(*attacker).or_default().entry(*decky).or_default() += 1;
    }
    let (mut reach, mut touched) = (HashMap::default(), HashSet::default());
    for (attacker, added) in news {
        let (services, deckies) = touches(connection, attacker)?;
        // Where all that it touched of a decky is new, the decky is.
        let is_new = |(decky, count): &(i64, usize)| deckies.get(decky) == Some(count);
        touched.extend(added.into_iter().filter(is_new).map(|(decky, _)| (attacker, decky)));
        reach.insert(attacker, Reach { deckies: count(deckies.len()), services: count(services.len()) });
    }
    Ok((reach, touched))
}

/// The services that an attacker touched, and its deckies, each with how many services of it.
fn touches(
    connection: &mut Connection,
    attacker: i64,
) -> Result<(BTreeSet<i64>, BTreeMap<i64, usize>), RecordError> {
    let (mut services, mut deckies) = (BTreeSet::new(), BTreeMap::new());
    let statement = "SELECT decky, service FROM contacts WHERE attacker = ?";
    connection.query(statement, &[Value::Int(attacker)], &mut |row| {
        *deckies.entry(row.int(0)?).or_default() += 1;
        services.insert(row.int(1)?);
        Ok(More::Yes)
    })?;
    Ok((services, deckies))
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
