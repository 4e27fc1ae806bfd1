use std::time::Duration;

use super::{
    fixture::{Fixture, Made},
    model::BEGIN,
};
use crate::{Cursor, CursorError, Paging, Patience, Period, Reader, RecordError, Search};

fn many() -> Fixture {
    let events: Vec<_> = (0..5_000).map(|at| Made::command(BEGIN + at, b"same")).collect();
    Fixture::with(&events)
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    if !crate::scratch::in_files() {
        return;
    }
    let fixture = many();
    let reader = fixture.patient_reader(Patience { questions: 1, answer: Duration::ZERO });
    let other = Search::parse("other").unwrap();
    for _ in 0..3 {
        let answer = reader.logs(&other, Period::default(), Paging::default());
        assert!(matches!(answer, Err(RecordError::TooLong)), "{answer:?}");
    }
    // What takes few steps is answered all the same, on the same connection.
    assert_eq!(reader.newest().unwrap(), 5_000);
    assert_eq!(
        reader.ask("x", |connection| connection.first("SELECT 1", &[], |row| row.int(0))).unwrap(),
        Some(1)
    );
}

#[test]
fn a_server_gives_an_answer_up_that_takes_too_long_and_a_connection_that_was_lost_comes_back() {
    if crate::scratch::in_files() {
        return;
    }
    let fixture = Fixture::with(&[Made::command(BEGIN, b"x")]);
    let reader = fixture.patient_reader(Patience { questions: 1, answer: Duration::from_secs(2) });
    let (sleep, process) = crate::scratch::sleep_and_process();
    let asleep = reader.ask("sleep", |connection| connection.first(sleep, &[], |row| row.int(0)));
    assert!(matches!(asleep, Err(RecordError::TooLong)), "{asleep:?}");
    let process = reader.ask("tell", |connection| connection.first(process, &[], |row| row.int(0)));
    crate::scratch::end(&fixture.database(), process.unwrap().unwrap());
    assert_eq!(reader.newest().unwrap(), 1);
}

#[test]
fn whoever_reads_changes_nothing() {
    let fixture = many();
    let reader = fixture.reader();
    let deleted = reader.ask("delete", |connection| connection.run("DELETE FROM events", &[]));
    assert!(matches!(deleted, Err(RecordError::Database { attempt: "delete", .. })), "{deleted:?}");
    assert_eq!(reader.newest().unwrap(), 5_000);
}

#[test]
fn many_ask_at_once() {
    let fixture = many();
    let reader = fixture.patient_reader(Patience { questions: 2, ..Patience::default() });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(reader.newest().unwrap(), 5_000)));
        }
    });
}

#[test]
fn an_answer_is_of_one_moment() {
    let mut fixture = many();
    let reader = fixture.reader();
    let counts = reader.ask("count", |connection| {
        let mut count = || connection.first("SELECT COUNT(*) FROM events", &[], |row| row.int(0));
        let before = count()?;
        fixture.extend(&[Made::command(BEGIN, b"new")]);
        Ok((before, count()?))
    });
    assert_eq!(counts.unwrap(), (Some(5_000), Some(5_000)));
}

#[test]
fn cursors_read_back() {
    for (key, id) in [(0, 0), (i64::MIN, i64::MAX), (-1, 1)] {
        let cursor = Cursor { key, id };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    for text in ["", ".", "1", "x.1", "1.", "1.2.3", "11111111111111111.1"] {
        assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
    }
}

#[test]
fn a_record_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    assert!(matches!(Reader::open(&file, Patience::default()), Err(RecordError::File { .. })));
    assert!(!file.exists());
}
