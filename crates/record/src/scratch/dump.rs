//! Answers as texts.

use rusqlite::types::ValueRef;
use tokio_postgres::types::Type;

use crate::sql::{Connection, More, Row};

/// Every row of an answer, its values as text, with `|` between them.
pub(crate) fn rows(connection: &mut Connection, statement: &str) -> Vec<String> {
    let mut all = Vec::new();
    let answered = connection.query(statement, &[], &mut |row| {
        all.push(values(row).join("|"));
        Ok(More::Yes)
    });
    answered.unwrap();
    all
}

fn values(row: &Row<'_>) -> Vec<String> {
    match row {
        Row::Sqlite(inner) => {
            let text = |at| match inner.get_ref(at).unwrap() {
                ValueRef::Null => "-".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => plain(bytes),
                other => format!("{other:?}"),
            };
            (0..inner.as_ref().column_count()).map(text).collect()
        }
        Row::MariaDb(inner) => {
            let number = |at| row.int_or_none(at).map(|number| number.map(|number| number.to_string()));
            let text = |at| row.text_or_none(at).map(|text| text.map(str::to_owned));
            let value = |at| text(at).or_else(|_| number(at)).unwrap_or(Some("?".to_owned()));
            (0..inner.len()).map(|at| value(at).unwrap_or("-".to_owned())).collect()
        }
        Row::Postgres(inner) => {
            let is_text = |at: usize| [Type::BYTEA, Type::TEXT].contains(inner.columns()[at].type_());
            (0..inner.len())
                .map(|at| match is_text(at) {
                    true => row.text_or_none(at).ok().map(|text| text.map(str::to_owned)),
                    false => row.int_or_none(at).ok().map(|number| number.map(|number| number.to_string())),
                })
                .map(|value| value.unwrap_or(Some("?".to_owned())).unwrap_or("-".to_owned()))
                .collect()
        }
    }
}

fn plain(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or("?".to_owned(), str::to_owned)
}
