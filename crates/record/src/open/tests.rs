use super::*;
use crate::{
    scratch::{self, rows},
    sql::Insert,
};

/// Events that there are before the tables are brought up to date: some of them in each of three blocks of 128.
const EVENTS: [(i64, i64, i64); 4] = [(1, 10, 0), (127, 10, 11), (128, 10, 0), (300, 0, 11)];

const LOOT: [(i64, i64, i64, i64); 2] = [(1, 5, 9, 3), (2, 7, 8, 1)];

fn fill(connection: &mut Connection) {
    let columns = &["id", "kind", "address", "time", "worker", "decky", "service", "session", "line"];
    let event = |(id, kind, address): (i64, i64, i64)| {
        let mut values = [id, kind, address, 0, 0, 0, 0, 0, 0].map(Value::Int);
        values[8] = Value::Bytes(b"a line");
        values
    };
    connection.insert(Insert { table: "events", columns }, &EVENTS.map(event).concat()).unwrap();
    let columns = &[
        "id",
        "first",
        "last",
        "uses",
        "attacker",
        "decky",
        "service",
        "credential",
        "digest",
        "type",
        "payload",
    ];
    for (id, first, last, uses) in LOOT {
        let mut values = [id, first, last, uses, 11, 0, 0, 0, 0, 0, 0].map(Value::Int);
        let digest = [9 - id as u8; 16];
        values[8..].copy_from_slice(&[Value::Bytes(&digest), Value::Text("credential"), Value::Text("{}")]);
        connection.insert(Insert { table: "bounties", columns }, &values).unwrap();
    }
}

#[test]
fn a_record_of_an_older_version_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = as_it_is(&scratch::database(&folder.path().join("record.db"))).unwrap();
    // There is nothing older.
    if matches!(connection, Connection::MariaDb(_)) {
        return;
    }
    migrate(&mut connection, 3).unwrap();
    fill(&mut connection);
    migrate(&mut connection, KNOWN).unwrap();
    let mut check = |statement: &str, expect: &[&str]| {
        assert_eq!(rows(&mut connection, statement), expect, "{statement}");
    };
    check("SELECT word, block FROM blocks ORDER BY word, block", &["10|0", "10|1", "11|0", "11|2"]);
    check("SELECT COUNT(*), SUM(ignored) FROM events", &["4|0"]);
    check(
        "SELECT b.id, attacker, type, payload, first, last, uses FROM bounties b
         JOIN sightings s ON s.digest = b.digest ORDER BY b.id",
        &["1|11|credential|{}|5|9|3", "2|11|credential|{}|7|8|1"],
    );
    check("SELECT COUNT(*) FROM sightings", &["2"]);
}

#[test]
fn nothing_is_counted_that_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Connection::Sqlite(Sqlite::writer(&folder.path().join("record.db")).unwrap());
    let options = rows(&mut connection, "PRAGMA compile_options");
    assert!(options.contains(&"DEFAULT_MEMSTATUS=0".to_owned()), "{options:?}");
}
