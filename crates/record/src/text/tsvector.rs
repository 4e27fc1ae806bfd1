//! An index of words by PostgreSQL's `tsvector`.
//!
//! A table for each stretch says which event has which words. They are put in as they are: neither a
//! language nor a list of words that say nothing has a part in it.

use std::fmt::Write as _;

use super::{Sought, words::MARK};
use crate::{
    RecordError,
    sql::{Connection, Value},
};

pub(super) fn create(connection: &mut Connection, stretch: i64) -> Result<(), RecordError> {
    connection.batch(&format!(
        "CREATE TABLE text_{stretch} (event BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
         CREATE INDEX text_{stretch}_words ON text_{stretch} USING GIN (words)"
    ))
}

pub(super) fn add<'w>(
    connection: &mut Connection,
    stretch: i64,
    events: impl Iterator<Item = (i64, &'w str)>,
) -> Result<(), RecordError> {
    let statement = format!(
        "INSERT INTO text_{stretch} (event, words)
         VALUES (?, array_to_tsvector(string_to_array(convert_from(?, 'UTF8'), ' ')))"
    );
    let values: Vec<_> =
        events.flat_map(|(event, words)| [Value::Int(event), Value::Text(words.trim_end())]).collect();
    connection.run_each(&statement, 2, &values, &mut |_| {})
}

pub(super) fn candidates(stretch: i64) -> String {
    format!(
        "text_{stretch} JOIN events ON events.id = text_{stretch}.event
         WHERE text_{stretch}.words @@ CAST(convert_from(?, 'UTF8') AS TSQUERY)"
    )
}

/// Words have nothing that could end the quotes they stand in.
pub(super) fn question(sought: &Sought) -> String {
    let mut question = String::from("(");
    for (at, (word, goes_on)) in sought.words.iter().enumerate() {
        let and = if at > 0 { " & " } else { "" };
        let _ = write!(question, "{and}'{word}'{}", if *goes_on { ":*" } else { "" });
    }
    let _ = write!(question, ") | '{MARK}'");
    question
}
