//! An index of words by MariaDB's full-text search.
//!
//! What it takes for a word is what stands between spaces here: letters and digits of ASCII, and `_`. Each
//! begins with [`HEAD`], so that none is too short to be kept and none is in a list of words that say
//! nothing. One that is too long to be kept is cut, in the index as in what is asked.

use std::fmt::Write as _;

use super::{Sought, words::MARK};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

/// What every word begins with.
const HEAD: &str = "zq";

/// The longest word that is kept, as servers usually are set; who writes looks whether this one is.
const LONGEST: usize = 84;

/// The tables of stretches that nobody knows, but for one: who was to drop them was interrupted.
const STRAY: &str = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
    AND table_name LIKE 'text|_%' ESCAPE '|' AND table_name <> ? AND NOT EXISTS \
    (SELECT 1 FROM texts WHERE CONCAT('text_', texts.id) = table_name)";

/// What it makes it keeps at once, whatever becomes of the transaction: a table may be there, with something in it.
pub(super) fn create(connection: &mut Connection, stretch: i64) -> Result<(), RecordError> {
    let table = format!("text_{stretch}");
    for stray in connection.all(STRAY, &[Value::Text(&table)], |row| Ok(row.text(0)?.to_owned()))? {
        connection.batch(&format!("DROP TABLE IF EXISTS {stray}"))?;
    }
    connection.batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (
            event BIGINT PRIMARY KEY,
            words MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            FULLTEXT INDEX (words)
        ) ENGINE = InnoDB"
    ))?;
    connection.run(&format!("DELETE FROM {table}"), &[]).map(|_| ())
}

pub(super) fn add<'w>(
    connection: &mut Connection,
    stretch: i64,
    events: impl Iterator<Item = (i64, &'w str)>,
) -> Result<(), RecordError> {
    let plainly = |words: &str| {
        let words = words.split(' ').filter(|word| !word.is_empty()).map(plain);
        words.collect::<Vec<_>>().join(" ")
    };
    let rows: Vec<_> = events.map(|(event, words)| (event, plainly(words))).collect();
    let values: Vec<_> =
        rows.iter().flat_map(|(event, words)| [Value::Int(*event), Value::Text(words)]).collect();
    let into = Insert { table: &format!("text_{stretch}"), columns: &["event", "words"] };
    connection.insert(into, &values)
}

pub(super) fn candidates(stretch: i64) -> String {
    format!(
        "text_{stretch} JOIN events ON events.id = text_{stretch}.event
         WHERE MATCH (text_{stretch}.words) AGAINST (? IN BOOLEAN MODE)"
    )
}

/// Words have nothing that stands for something else.
pub(super) fn question(sought: &Sought) -> String {
    let mut question = String::from("(");
    for (word, goes_on) in &sought.words {
        let _ = write!(question, "+{}{} ", plain(word), if *goes_on { "*" } else { "" });
    }
    let _ = write!(question, ") {}", plain(MARK));
    question
}

/// A word in ASCII: every other byte as two digits behind `_`, which beginnings of words keep.
fn plain(word: &str) -> String {
    let mut plain = String::from(HEAD);
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() {
            plain.push(char::from(byte));
        } else {
            let _ = write!(plain, "_{byte:02x}");
        }
    }
    plain.truncate(LONGEST);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::{open, rows};

    #[test]
    fn what_somebody_left_behind_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open(folder.path());
        let connection = writer.connection();
        if !matches!(connection, Connection::MariaDb(_)) {
            return;
        }
        // One was made, and it was not kept that it was; another one was to be dropped.
        create(connection, 1).unwrap();
        add(connection, 1, [(7, "a")].into_iter()).unwrap();
        connection.batch("CREATE TABLE text_2 (event BIGINT)").unwrap();
        connection.transaction(crate::sql::Mode::Write, |connection| create(connection, 1)).unwrap();
        assert_eq!(rows(connection, "SELECT event FROM text_1"), [""; 0]);
        assert!(!connection.has_table("text_2").unwrap());
    }

    #[test]
    fn words_are_plain_and_keep_their_beginnings() {
        assert_eq!(plain("wget"), "zqwget");
        assert_eq!(plain("10\u{b7}0"), "zq10_c2_b70");
        assert!(plain("über").starts_with(&plain("ü")));
        assert_eq!(plain(&"ü".repeat(32)).len(), LONGEST);
        let mut sought = Sought::default();
        sought.says("/etc/pass");
        assert_eq!(question(&sought), "(+zqetc +zqpass* ) zq_e2_80_a6");
    }
}
