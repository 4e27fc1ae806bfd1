//! What attackers touched.

use std::collections::{HashMap, HashSet};

use super::{events::Event, hash::ById, keys::change_or_add};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

const CONTACTS: Insert =
    Insert { table: "contacts", columns: &["attacker", "decky", "service", "first", "last", "events"] };

const UPDATE: &str = "UPDATE contacts SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    events = events + ? WHERE attacker = ? AND decky = ? AND service = ?";

/// An attacker who touched something new touched more; how much more is counted where it is kept.
const RECOUNT: &str = "UPDATE attackers SET \
    deckies = (SELECT COUNT(DISTINCT decky) FROM contacts WHERE attacker = attackers.id), \
    services = (SELECT COUNT(DISTINCT service) FROM contacts WHERE attacker = attackers.id) WHERE id = ?";

/// First and last time, and how often.
type Times = (i64, i64, i64);

/// Keeps what the events say of who touched what.
pub(super) fn keep(connection: &mut Connection, events: &[Event<'_>]) -> Result<(), RecordError> {
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
    let attackers: HashSet<_> =
        added.iter().filter_map(|at| all.get(*at)).map(|((attacker, ..), _)| *attacker).collect();
    let attackers: Vec<_> = attackers.into_iter().map(Value::Int).collect();
    connection.run_each(RECOUNT, 1, &attackers, &mut |_| {})
}
