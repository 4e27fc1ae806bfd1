//! An index of words by SQLite's FTS5.
//!
//! A table for each stretch that has nothing but which event has which word: neither texts nor places nor
//! sizes. Its tokenizer divides at what is no letter and no digit of ASCII and takes everything beyond
//! ASCII for letters, so that words come out as they were put in.

use std::fmt::Write as _;

use super::{Sought, words::MARK};
use crate::{
    RecordError,
    sql::{Connection, Value},
};

/// How many events tell whether a word is common. Tests have few.
const SAMPLE: i64 = if cfg!(test) { 8 } else { 1_000 };

pub(super) fn create(connection: &mut Connection, stretch: i64) -> Result<(), RecordError> {
    connection.batch(&format!(
        "CREATE VIRTUAL TABLE text_{stretch}
         USING fts5(words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
         INSERT INTO text_{stretch} (text_{stretch}, rank) VALUES ('automerge', 8);"
    ))
}

pub(super) fn add<'w>(
    connection: &mut Connection,
    stretch: i64,
    events: impl Iterator<Item = (i64, &'w str)>,
) -> Result<(), RecordError> {
    let statement = format!("INSERT INTO text_{stretch} (rowid, words) VALUES (?, ?)");
    for (event, words) in events {
        connection.run(&statement, &[Value::Int(event), Value::Text(words)])?;
    }
    Ok(())
}

pub(super) fn candidates(stretch: i64) -> String {
    format!(
        "text_{stretch} CROSS JOIN events ON events.id = text_{stretch}.rowid
         WHERE text_{stretch} MATCH ?"
    )
}

pub(super) fn id(stretch: i64) -> String {
    format!("text_{stretch}.rowid")
}

/// Whether more than a quarter of the newest events of a stretch say a word.
pub(super) fn is_common(
    connection: &mut Connection,
    (stretch, next): (i64, i64),
    word: &str,
) -> Result<bool, RecordError> {
    let statement = format!(
        "SELECT COUNT(*) FROM (SELECT rowid FROM text_{stretch}
         WHERE text_{stretch} MATCH ? AND rowid >= ? ORDER BY rowid DESC)"
    );
    let values = [Value::Text(&format!("\"{word}\"")), Value::Int(next.saturating_sub(SAMPLE))];
    let count = connection.first(&statement, &values, |row| row.int(0))?;
    Ok(count.unwrap_or(0) > SAMPLE / 4)
}

/// Words have nothing that could end the quotes they stand in.
pub(super) fn question(sought: &Sought) -> String {
    let mut question = String::from("(");
    for (at, (word, goes_on)) in sought.words.iter().enumerate() {
        let and = if at > 0 { " AND " } else { "" };
        let _ = write!(question, "{and}\"{word}\"{}", if *goes_on { " *" } else { "" });
    }
    let _ = write!(question, ") OR \"{MARK}\"");
    question
}
