//! How many events there were with each word, and where events of a time are.

use std::collections::HashMap;

use super::{events::Event, hash::ById, keys::change_or_add};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

/// A quarter of an hour, in microseconds.
const QUARTER: i64 = 900_000_000;

const TALLIES: Insert = Insert { table: "tallies", columns: &["events", "word", "quarter"] };
const QUARTERS: Insert = Insert { table: "quarters", columns: &["quarter", "first", "last"] };

const COUNT: &str = "UPDATE tallies SET events = events + ? WHERE word = ? AND quarter = ?";
const DISCOUNT: &str = "UPDATE tallies SET events = events - ? WHERE word = ? AND quarter = ?";
const REMOVE: &str = "DELETE FROM tallies WHERE events <= 0 AND word = ? AND quarter = ?";
const STRETCH: &str = "UPDATE quarters SET first = CASE WHEN first > ? THEN ? ELSE first END, \
    last = CASE WHEN last < ? THEN ? ELSE last END WHERE quarter = ?";

/// Events by word and quarter; word 0 stands for all.
#[derive(Debug, Default)]
pub(crate) struct Tallies(HashMap<(i64, i64), i64, ById>);

impl Tallies {
    /// Counts an event of this time with these words, of which 0 are none.
    pub(crate) fn count(&mut self, time: i64, words: [i64; 5]) {
        let quarter = time.div_euclid(QUARTER);
        *self.0.entry((0, quarter)).or_default() += 1;
        for word in words.into_iter().filter(|word| *word > 0) {
            *self.0.entry((word, quarter)).or_default() += 1;
        }
    }

    /// Adds what was counted to what is kept.
    pub(crate) fn add(&self, connection: &mut Connection) -> Result<(), RecordError> {
        let changes = self.changes();
        let row = |at: usize| changes.get(3 * at..)?.first_chunk::<3>().copied();
        change_or_add(connection, COUNT, (3, &changes), TALLIES, row).map(|_| ())
    }

    /// Takes what was counted off what is kept.
    pub(crate) fn take_off(&self, connection: &mut Connection) -> Result<(), RecordError> {
        let changes = self.changes();
        connection.run_each(DISCOUNT, 3, &changes, &mut |_| {})?;
        let keys: Vec<_> = changes.chunks(3).flat_map(|three| three.iter().skip(1).copied()).collect();
        connection.run_each(REMOVE, 2, &keys, &mut |_| {})
    }

    /// The words that something was counted of, each as often as there are quarters of it.
    pub(crate) fn words(&self) -> impl Iterator<Item = i64> {
        self.0.keys().map(|(word, _)| *word).filter(|word| *word > 0)
    }

    /// The quarters that something was counted in.
    pub(crate) fn quarters(&self) -> impl Iterator<Item = i64> {
        self.0.keys().filter(|(word, _)| *word == 0).map(|(_, quarter)| *quarter)
    }

    /// In the order of the table, which is the quickest.
    fn changes(&self) -> Vec<Value<'static>> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_unstable();
        all.into_iter()
            .flat_map(|((word, quarter), events)| [*events, *word, *quarter].map(Value::Int))
            .collect()
    }
}

/// Keeps between which ids the events of a quarter are.
pub(super) fn quarters(connection: &mut Connection, events: &[Event<'_>]) -> Result<(), RecordError> {
    let mut all: HashMap<i64, (i64, i64)> = HashMap::new();
    for event in events {
        let ends = all.entry(event.row.time.div_euclid(QUARTER)).or_insert((event.id, event.id));
        ends.1 = event.id;
    }
    let all: Vec<_> = all.into_iter().collect();
    let change = |(quarter, (first, last)): &(i64, (i64, i64))| {
        [*first, *first, *last, *last, *quarter].map(Value::Int)
    };
    let changes: Vec<_> = all.iter().flat_map(change).collect();
    let row =
        |at: usize| all.get(at).map(|(quarter, (first, last))| [*quarter, *first, *last].map(Value::Int));
    change_or_add(connection, STRETCH, (5, &changes), QUARTERS, row).map(|_| ())
}
