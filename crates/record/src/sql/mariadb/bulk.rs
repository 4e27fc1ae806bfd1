//! Many rows at once.
//!
//! The server takes many changes in one message, but answers with one count for all of them. So it is asked
//! before which of the rows there are, many in one question.

use super::super::Value;

/// About how many bytes of values are sent in one message: the server takes more.
const MESSAGE: usize = 256 << 10;

/// For how many rows one question asks. It is always as many, so that there is one statement.
pub(super) const AT_ONCE: usize = 64;

/// How rows are asked for that an update changes by what identifies them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Existence {
    /// The question, whose answer is a row of truths.
    pub(super) question: String,
    /// How many values one of its rows has: the last of those of the update.
    pub(super) width: usize,
}

impl Existence {
    /// Of the rows of `UPDATE table SET … WHERE condition`; nothing for any other statement.
    pub(super) fn of(statement: &str) -> Option<Self> {
        let (table, _) = statement.strip_prefix("UPDATE ")?.split_once(" SET ")?;
        let (_, condition) = statement.rsplit_once(" WHERE ")?;
        let one = format!("EXISTS (SELECT 1 FROM {table} WHERE {condition})");
        let width = condition.bytes().filter(|byte| *byte == b'?').count();
        Some(Self { question: format!("SELECT {}", vec![one; AT_ONCE].join(", ")), width })
    }
}

/// The rows in as many messages as they need.
pub(super) fn messages<'r, 'v>(rows: &'r [&'v [Value<'v>]]) -> impl Iterator<Item = &'r [&'v [Value<'v>]]> {
    let mut size = 0;
    rows.chunk_by(move |row, _| {
        size += row.iter().map(bytes).sum::<usize>();
        let is_room = size < MESSAGE;
        if !is_room {
            size = 0;
        }
        is_room
    })
}

fn bytes(value: &Value<'_>) -> usize {
    8 + match value {
        Value::Null | Value::Int(_) => 0,
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_bounded_and_keep_every_row_in_its_order() {
        let long = "x".repeat(MESSAGE / 2);
        let check = |texts: &[&str], expect: &[usize]| {
            let values: Vec<_> = texts.iter().flat_map(|text| [Value::Int(1), Value::Text(text)]).collect();
            let rows: Vec<_> = values.chunks(2).collect();
            let all: Vec<_> = messages(&rows).collect();
            assert_eq!(all.iter().map(|rows| rows.len()).collect::<Vec<_>>(), expect);
            assert_eq!(all.concat(), rows);
        };
        check(&[], &[]);
        check(&["a", "b", "c"], &[3]);
        check(&[&long, &long, "a", &long, &long, &long], &[2, 3, 1]);
        check(&["a"; 20_000], &[15_421, 4_579]);
    }

    #[test]
    fn rows_of_an_update_are_asked_for() {
        let asked = Existence::of("UPDATE t SET a = a + ? WHERE b = ? AND c = ?").unwrap();
        let one = "EXISTS (SELECT 1 FROM t WHERE b = ? AND c = ?)";
        assert!(asked.question.starts_with(&format!("SELECT {one}, {one}, ")) && asked.width == 2);
        assert_eq!(asked.question.matches(one).count(), AT_ONCE);
        assert_eq!(Existence::of("DELETE FROM t WHERE a = ?"), None);
    }
}
