//! Words that rows say often, each by its id.

use std::collections::HashMap;

use super::{
    batch::{Batch, Word},
    keys::{Lookup, look_up},
    known::{Known, next},
};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

const WORDS: Insert = Insert { table: "words", columns: &["id", "sort", "text"] };

const BY_TEXT: Lookup =
    Lookup { select: "SELECT id, sort, text FROM words", condition: "(sort = ? AND text = ?)", width: 2 };

/// Ids of the words of a batch, as far as they are needed.
#[derive(Debug)]
pub(super) struct Ids<'b> {
    words: &'b [Box<str>],
    ids: Vec<Option<i64>>,
}

impl<'b> Ids<'b> {
    pub(super) fn new(batch: &'b Batch) -> Self {
        let words = batch.words();
        Self { words, ids: vec![None; words.len()] }
    }

    /// The id of a word that was resolved; 0 stands for none.
    pub(super) fn id(&self, word: Word) -> i64 {
        let at = word.and_then(|word| usize::try_from(word).ok());
        at.and_then(|at| self.ids.get(at).copied().flatten()).unwrap_or(0)
    }

    /// A word.
    pub(super) fn text(&self, word: Word) -> &'b str {
        let at = word.and_then(|word| usize::try_from(word).ok());
        at.and_then(|at| self.words.get(at)).map_or("", |word| split(word).1)
    }

    /// Finds the ids of words, and gives new ones to those that have none.
    pub(super) fn resolve(
        &mut self,
        connection: &mut Connection,
        known: &mut Known,
        wanted: impl Iterator<Item = Word>,
    ) -> Result<(), RecordError> {
        let mut unknown = Vec::new();
        for at in wanted.flatten().filter_map(|word| usize::try_from(word).ok()) {
            let (Some(id), Some(word)) = (self.ids.get_mut(at), self.words.get(at)) else { continue };
            if id.is_none() {
                *id = known.words.get(&**word).copied();
                // Until it is found, 0 says that it is looked for.
                if id.is_none() {
                    *id = Some(0);
                    unknown.push(at);
                }
            }
        }
        let found = self.find(connection, &unknown)?;
        self.add(connection, known, &unknown, found)
    }

    fn find(
        &self,
        connection: &mut Connection,
        unknown: &[usize],
    ) -> Result<HashMap<Box<str>, i64>, RecordError> {
        let words = unknown.iter().filter_map(|at| self.words.get(*at)).map(|word| split(word));
        let keys: Vec<_> = words.flat_map(|(sort, text)| [Value::Int(sort), Value::Text(text)]).collect();
        let mut found = HashMap::new();
        look_up(connection, BY_TEXT, &keys, &mut |row| {
            found.insert(format!("{}{}", row.int(1)?, row.text(2)?).into(), row.int(0)?);
            Ok(())
        })?;
        Ok(found)
    }

    fn add(
        &mut self,
        connection: &mut Connection,
        known: &mut Known,
        unknown: &[usize],
        found: HashMap<Box<str>, i64>,
    ) -> Result<(), RecordError> {
        let mut rows = Vec::new();
        for at in unknown {
            let (Some(id), Some(word)) = (self.ids.get_mut(*at), self.words.get(*at)) else { continue };
            let its = found.get(word).copied().unwrap_or_else(|| {
                let new = next(&mut known.last.word);
                let (sort, text) = split(word);
                rows.extend([Value::Int(new), Value::Int(sort), Value::Text(text)]);
                new
            });
            known.words.insert(word.clone(), its);
            *id = Some(its);
        }
        connection.insert(WORDS, &rows)
    }
}

/// The sort of a word, and what it says.
fn split(word: &str) -> (i64, &str) {
    let (sort, text) = word.split_at_checked(1).unwrap_or_default();
    (sort.parse().unwrap_or(0), text)
}
