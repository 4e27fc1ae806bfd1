use std::{
    fs,
    sync::{Arc, Mutex, mpsc},
};

use super::super::*;
use super::bed::{Bed, wait};
use crate::{scratch, sql::Connection, write::tests};

#[test]
fn what_is_in_the_log_is_in_the_record_and_what_comes_follows() {
    let bed = Bed::new();
    bed.append(1..=5000);
    let record = bed.start();
    wait(&record, |status| status.events == 5000);
    bed.append(5001..=5003);
    bed.append_bytes(b"nonsense\n");
    let status = wait(&record, |status| status.lines == 5004);
    assert_eq!((status.events, status.undecodable, status.lag, status.gaps), (5003, 1, 0, 0));
    assert!(status.kept.is_some());
    drop(record);
    assert_eq!(bed.numbers(), (1..=5003).collect::<Vec<_>>());
    // What is kept is not read again.
    bed.append([5004]);
    let record = bed.start();
    assert_eq!(wait(&record, |status| status.lines > 0).lines, 1);
}

#[test]
fn rotation_loses_nothing_and_repeats_nothing() {
    let ways: [fn(&Bed); 2] = [Bed::rotate, Bed::copy_and_cut];
    for rotate in ways {
        let bed = Bed::new();
        bed.append(1..=300);
        wait(&bed.start(), |status| status.events == 300);
        bed.append(301..=400);
        rotate(&bed);
        bed.append(401..=500);
        let record = bed.start();
        wait(&record, |status| status.events == 200);
        bed.append(501..=510);
        rotate(&bed);
        bed.append(511..=520);
        wait(&record, |status| status.events == 220);
        drop(record);
        assert_eq!(bed.numbers(), (1..=520).collect::<Vec<_>>());
    }
}

#[test]
fn a_line_without_its_line_feed_waits_for_it() {
    let bed = Bed::new();
    bed.append([1]);
    let object = tests::Line::new(2, decnet_event::Kind::Connect {}).object();
    let (front, back) = object.split_at(100);
    bed.append_bytes(front);
    let record = bed.start();
    wait(&record, |status| status.events == 1);
    bed.append_bytes(&[back, b"\n"].concat());
    assert_eq!(wait(&record, |status| status.lines == 2).undecodable, 0);
}

#[test]
fn lines_that_are_too_long_are_counted_and_no_more() {
    let bed = Bed::new();
    bed.append([1]);
    bed.append_bytes(&[&[b'x'; 200_000][..], b"\n"].concat());
    bed.append([2]);
    let record = bed.start();
    let status = wait(&record, |status| status.lines == 3);
    assert_eq!((status.events, status.undecodable), (2, 1));
}

#[test]
fn a_record_that_is_lost_is_made_again_from_what_is_left_of_the_log() {
    if !scratch::in_files() {
        return;
    }
    let bed = Bed::new();
    bed.append(1..=50);
    let record = bed.start();
    wait(&record, |status| status.events == 50);
    bed.rotate();
    bed.append(51..=60);
    wait(&record, |status| status.events == 60);
    drop(record);
    for file in ["record.db", "record.db-wal", "record.db-shm"] {
        let _ = fs::remove_file(bed.path("kept").join(file));
    }
    let record = bed.start();
    assert_eq!(wait(&record, |status| status.events == 60).gaps, 0);
    drop(record);
    assert_eq!(bed.numbers(), (1..=60).collect::<Vec<_>>());
}

#[test]
fn a_ledger_that_is_lost_costs_nothing() {
    let bed = Bed::new();
    bed.append(1..=50);
    wait(&bed.start(), |status| status.events == 50);
    fs::remove_dir_all(bed.path("kept/record.db.follow")).unwrap();
    bed.append(51..=60);
    let record = bed.start();
    let status = wait(&record, |status| status.lines == 60);
    assert_eq!((status.events, status.duplicates), (10, 50));
}

#[test]
fn what_was_removed_before_it_was_read_is_told() {
    let bed = Bed::new();
    bed.append(1..=50);
    let record = bed.start();
    wait(&record, |status| status.events == 50);
    drop(record);
    bed.append(51..=60);
    fs::remove_file(bed.path("a.json")).unwrap();
    bed.append(61..=70);
    let record = bed.start();
    let status = wait(&record, |status| status.events == 10);
    assert_eq!((status.gaps, status.paused), (1, None));
    drop(record);
    assert_eq!(bed.numbers(), (1..=50).chain(61..=70).collect::<Vec<_>>());
}

#[test]
fn only_one_keeps_a_record() {
    let bed = Bed::new();
    let _record = bed.start();
    let refused = Record::start(bed.options());
    assert!(matches!(refused, Err(RecordError::Held { .. } | RecordError::Taken { .. })), "{refused:?}");
}

/// A chore that does what a test says.
struct Told<F>(F);

impl<F: FnMut(&mut Connection) -> Result<Worked, RecordError> + Send> Chore for Told<F> {
    fn name(&self) -> &'static str {
        "do what the test says"
    }

    fn work(&mut self, connection: &mut Connection, _stop: &Stop) -> Result<Worked, RecordError> {
        (self.0)(connection)
    }
}

fn start_with(
    bed: &Bed,
    work: impl FnMut(&mut Connection) -> Result<Worked, RecordError> + Send + 'static,
) -> Record {
    Record::start_with(&bed.options(), vec![Box::new(Told(work))]).unwrap()
}

fn limit_pages(connection: &mut Connection, most: i64) -> Result<(), RecordError> {
    let database = connection.sqlite().unwrap();
    Ok(database.inner().pragma_update(None, "max_page_count", most)?)
}

#[test]
fn a_full_disk_is_waited_for_and_nothing_is_lost() {
    if !scratch::in_files() {
        return;
    }
    let bed = Bed::new();
    let (send, receive) = mpsc::channel();
    let record = start_with(&bed, move |connection| {
        receive.try_iter().try_for_each(|most| limit_pages(connection, most))?;
        Ok(Worked::Done)
    });
    send.send(40).unwrap();
    bed.append([1]);
    wait(&record, |status| status.events == 1);
    bed.append(2..=2000);
    let status = wait(&record, |status| status.paused.is_some());
    assert_eq!(status.events, 1);
    assert!(status.paused.unwrap().contains("no room"));
    drop(record);
    // With room again it goes on by itself.
    let record = bed.start();
    assert_eq!(wait(&record, |status| status.events == 1999).paused, None);
    drop(record);
    assert_eq!(bed.numbers(), (1..=2000).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_kept_is_kept_as_soon_as_it_can() {
    if !scratch::in_files() {
        return;
    }
    let bed = Bed::new();
    let record = start_with(&bed, |_| Ok(Worked::Done));
    // Somebody has the file, and gives it back.
    let other = rusqlite::Connection::open(bed.path("kept/record.db")).unwrap();
    other
        .execute_batch(
            "BEGIN IMMEDIATE; CREATE TABLE marks_old AS SELECT * FROM marks; DROP TABLE marks; COMMIT",
        )
        .unwrap();
    bed.append(1..=10);
    wait(&record, |status| status.paused.is_some());
    other.execute_batch("ALTER TABLE marks_old RENAME TO marks").unwrap();
    let status = wait(&record, |status| status.events == 10);
    assert_eq!((status.lines, status.duplicates), (10, 0));
    wait(&record, |status| status.paused.is_none());
}

#[test]
fn other_work_gets_its_turns_while_there_is_always_more_to_read() {
    let bed = Bed::new();
    bed.append(1..=40_000);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let record = start_with(&bed, move |connection| {
        let events = tests::number(connection, "SELECT COUNT(*) FROM events");
        note.lock().unwrap().push(events);
        Ok(Worked::Done)
    });
    wait(&record, |status| status.events == 40_000);
    drop(record);
    let seen = seen.lock().unwrap();
    assert!(seen.iter().any(|events| (1..40_000).contains(events)), "{seen:?}");
}

#[test]
fn work_that_fails_holds_nothing_up() {
    let bed = Bed::new();
    let failed = || Err(RecordError::Row { what: "sense" });
    let record = start_with(&bed, move |_| failed());
    bed.append(1..=10);
    assert_eq!(wait(&record, |status| status.events == 10).paused, None);
}
