use std::path::Path;

use decnet_event::Kind;

use super::*;
use crate::{
    text::{Builder, forget},
    write::{
        Writer,
        tests::{
            BLOCKS, BLOCKS_OF_EVENTS, Line, NOON, attempt, batch, command, model::Model, number, open, rows,
        },
    },
};

fn limits() -> Limits {
    Limits::default()
}

/// Works until nothing is left to do.
fn run(writer: &mut Writer, limits: Limits) {
    let (mut retention, stop) = (Retention::new(limits), Stop::default());
    let mut turns = 0;
    while retention.work(writer.connection(), &stop).unwrap() == Worked::More {
        turns += 1;
        assert!(turns < 1000, "it never ends");
    }
}

/// Lines of three conversations, one behind the other, with something of every sort.
fn lines() -> Vec<Line> {
    let kinds = [Kind::Connect {}, attempt("root", "x", "rejected"), command("ls"), command("id")];
    let line = |(at, kind): (usize, Kind)| Line {
        session: Some((at as u64 / 4, "192.0.2.1")),
        time: 600_000_000 * at as i64,
        ..Line::new(at as u64 + 1, kind)
    };
    kinds.into_iter().cycle().take(12).enumerate().map(line).collect()
}

fn filled(folder: &Path) -> Writer {
    let mut writer = open(folder);
    writer.apply(&batch(&lines()), &[]).unwrap();
    writer
}

#[test]
fn what_is_too_much_goes_with_all_that_is_told_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = filled(folder.path());
    run(&mut writer, Limits { events: Some(6), ..limits() });
    let mut check = |statement: &str, expect: &[&str]| {
        assert_eq!(rows(writer.connection(), statement), expect, "{statement}");
    };
    check("SELECT MIN(id), MAX(id), COUNT(*) FROM events", &["7|12|6"]);
    check("SELECT id, first_event, events FROM sessions ORDER BY id", &["2|5|4", "3|9|4"]);
    check("SELECT event FROM commands ORDER BY event", &["7", "8", "11", "12"]);
    check(
        "SELECT quarter - 1960176, first, last FROM quarters ORDER BY quarter",
        &["4|7|8", "5|9|9", "6|10|11", "7|12|12"],
    );
    check("SELECT events, commands, credentials FROM attackers", &["12|6|1"]);
    check("SELECT uses FROM credentials", &["3"]);
}

#[test]
fn tallies_are_of_the_events_that_are_there() {
    for most in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = filled(folder.path());
        run(&mut writer, Limits { events: Some(most), ..limits() });
        let mut model = Model::default();
        lines().iter().for_each(|line| model.take(line));
        let tallies = "SELECT COALESCE(sort, 0) AS s, text, quarter, events FROM tallies
            LEFT JOIN words ON id = word ORDER BY s, text, quarter";
        assert_eq!(rows(writer.connection(), tallies), model.tally_rows(12 - most as usize), "{most}");
    }
}

#[test]
fn blocks_have_the_words_of_the_events_that_are_there() {
    for (most, is_killed) in (0..12).flat_map(|most| [(most, false), (most, true)]) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = filled(folder.path());
        let newest = "SELECT word, block * 4 FROM blocks WHERE block = 3 ORDER BY word";
        let newest = rows(writer.connection(), newest);
        run(&mut writer, Limits { events: Some(most), ..limits() });
        let mut expect = rows(writer.connection(), BLOCKS_OF_EVENTS);
        expect.extend(newest);
        let words = rows(writer.connection(), BLOCKS);
        assert!(words.iter().all(|word| expect.contains(word)), "{most}: {words:?} of {expect:?}");
        if is_killed {
            drop(writer);
            writer = open(folder.path());
        }
        let more: Vec<_> = (100..110).map(|seq| Line::new(seq, Kind::Connect {})).collect();
        writer.apply(&batch(&more), &[]).unwrap();
        let (expect, words) =
            (rows(writer.connection(), BLOCKS_OF_EVENTS), rows(writer.connection(), BLOCKS));
        assert!(expect.iter().all(|word| words.contains(word)), "{most}: {expect:?} in {words:?}");
    }
}

#[test]
fn ids_are_never_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = filled(folder.path());
    run(&mut writer, Limits { events: Some(0), ..limits() });
    assert_eq!(
        number(writer.connection(), "SELECT COUNT(*) + (SELECT COUNT(*) FROM sessions) FROM events"),
        0
    );
    drop(writer);
    let mut writer = open(folder.path());
    assert_eq!(writer.watch().newest(), 12);
    let line = Line { session: Some((9, "192.0.2.1")), ..Line::new(99, Kind::Connect {}) };
    writer.apply(&batch(&[line]), &[]).unwrap();
    assert_eq!(rows(writer.connection(), "SELECT id, session FROM events"), ["13|4"]);
    // What was removed does not come again.
    assert_eq!(writer.apply(&batch(&lines()), &[]).unwrap().duplicates, 12);
}

#[test]
fn a_conversation_that_was_removed_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = filled(folder.path());
    run(&mut writer, Limits { events: Some(1), ..limits() });
    let line = Line { session: Some((0, "192.0.2.1")), ..Line::new(99, Kind::Connect {}) };
    writer.apply(&batch(&[line]), &[]).unwrap();
    let sessions = "SELECT id, first_event, events FROM sessions ORDER BY id";
    assert_eq!(rows(writer.connection(), sessions), ["1|13|1", "3|9|4"]);
}

#[test]
fn what_is_old_goes_whatever_clocks_say() {
    let check = |days_old: &[i64], expect: &[i64]| {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open(folder.path());
        let line = |(seq, days): (u64, &i64)| Line {
            time: now() - NOON - days * DAY - DAY / 2,
            ..Line::new(seq, Kind::Connect {})
        };
        let lines: Vec<_> = (1..).zip(days_old).map(line).collect();
        writer.apply(&batch(&lines), &[]).unwrap();
        run(&mut writer, Limits { days: Some(30), ..limits() });
        let left = rows(writer.connection(), "SELECT id FROM events ORDER BY id");
        assert_eq!(left, expect.iter().map(i64::to_string).collect::<Vec<_>>(), "{days_old:?}");
    };
    check(&[40, 31, 29, 1], &[3, 4]);
    check(&[29, 1], &[1, 2]);
    check(&[40, 31], &[]);
    // An old line that came late does not take what came before it along.
    check(&[29, 40, 1], &[1, 2, 3]);
    // A line of the future does not keep what is behind it.
    check(&[-999, 40, 1], &[3]);
}

#[test]
fn words_go_when_it_is_kept_that_they_do_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = filled(folder.path());
    let connection = writer.connection();
    Builder::default().piece(connection).unwrap();
    let undone = connection.transaction(Mode::Write, |connection| {
        forget(connection, i64::MAX)?;
        Err::<(), _>(RecordError::Closed)
    });
    assert!(matches!(undone, Err(RecordError::Closed)));
    assert_eq!(rows(connection, "SELECT id FROM texts"), ["1"]);
    assert!(connection.has_table("text_1").unwrap());
    connection.transaction(Mode::Write, |connection| forget(connection, i64::MAX)).unwrap();
    assert_eq!(rows(connection, "SELECT id FROM texts"), [""; 0]);
    assert!(!connection.has_table("text_1").unwrap());
}

#[test]
fn the_file_gets_smaller_and_words_go_with_their_events() {
    if !crate::scratch::in_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let line = |seq| Line::new(seq, command(&"x".repeat(500)));
    let lines: Vec<_> = (1..=8000).map(line).collect();
    writer.apply(&batch(&lines), &[]).unwrap();
    writer
        .connection()
        .batch(
            "CREATE TABLE text_1 (a); CREATE TABLE text_2 (a);
             INSERT INTO texts VALUES (1, 1, 4001), (2, 4001, 8001)",
        )
        .unwrap();
    let before = sqlite::bytes(writer.connection()).unwrap();
    run(&mut writer, Limits { bytes: Some(before - 100_000), ..limits() });
    let after =
        number(writer.connection(), "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    assert!(after.cast_unsigned() <= before - 100_000, "{after} of {before}");
    assert_eq!(number(writer.connection(), "SELECT MIN(id) FROM events"), 5001);
    assert_eq!(rows(writer.connection(), "SELECT id FROM texts"), ["2"]);
    assert!(!writer.connection().has_table("text_1").unwrap());
    assert!(writer.connection().has_table("text_2").unwrap());
}
