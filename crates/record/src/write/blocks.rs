//! Which words are in which block of events.

use std::collections::HashSet;

use super::{
    events::Event,
    hash::ById,
    keys::{Lookup, look_up},
};
use crate::{
    RecordError, block,
    sql::{Connection, Insert, Value},
};

const BLOCKS: Insert = Insert { table: "blocks", columns: &["word", "block"] };

const BY_KEY: Lookup =
    Lookup { select: "SELECT word, block FROM blocks", condition: "(word = ? AND block = ?)", width: 2 };

/// A word and a block that it is in.
type Place = (i64, i64);

/// The block that the last event came to.
#[derive(Debug)]
pub(super) struct Newest {
    block: i64,
    /// Words that it is known to have.
    words: HashSet<i64, ById>,
    /// It has more words than are known: its first events were kept by somebody before.
    has_more: bool,
}

impl Newest {
    /// The block of the event that came last.
    pub(super) fn of(event: i64) -> Self {
        Self { block: block::of(event), words: HashSet::default(), has_more: true }
    }

    /// Adds an event, and tells which words are new to its block.
    fn add(&mut self, event: &Event<'_>, new: &mut Vec<Place>) {
        let block = block::of(event.id);
        if block != self.block {
            (self.block, self.has_more) = (block, false);
            self.words.clear();
        }
        let words = event.words().into_iter().filter(|word| *word > 0);
        new.extend(words.filter(|word| self.words.insert(*word)).map(|word| (word, block)));
    }
}

/// Keeps which words the events bring to their blocks.
pub(super) fn keep(
    connection: &mut Connection,
    newest: &mut Newest,
    events: &[Event<'_>],
) -> Result<(), RecordError> {
    let begun = Some(newest.block).filter(|_| newest.has_more);
    let mut new = Vec::new();
    events.iter().for_each(|event| newest.add(event, &mut new));
    if let Some(block) = begun {
        leave_out_known(connection, block, &mut new)?;
    }
    // In the order of the table, which is the quickest.
    new.sort_unstable();
    connection.insert(BLOCKS, &values(&new))
}

/// Leaves out what is there already of a block.
fn leave_out_known(connection: &mut Connection, block: i64, new: &mut Vec<Place>) -> Result<(), RecordError> {
    let asked: Vec<_> = new.iter().copied().filter(|(_, its)| *its == block).collect();
    let mut known = HashSet::new();
    look_up(connection, BY_KEY, &values(&asked), &mut |row| {
        known.insert((row.int(0)?, row.int(1)?));
        Ok(())
    })?;
    new.retain(|place| !known.contains(place));
    Ok(())
}

fn values(places: &[Place]) -> Vec<Value<'static>> {
    places.iter().flat_map(|(word, block)| [*word, *block].map(Value::Int)).collect()
}
