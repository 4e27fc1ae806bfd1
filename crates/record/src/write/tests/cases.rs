use std::sync::{Arc, Mutex};

use decnet_logship::position::{Generation, Position};

use super::*;

fn disconnect(seq: u64) -> Line {
    Line::new(seq, Kind::Disconnect { reason: "peer", duration_ms: 1, bytes_in: 30, bytes_out: 40 })
}

/// A visit that leaves something in every table.
fn visit() -> Vec<Line> {
    let captured = Kind::FileCaptured {
        stored_as: "0f".repeat(32),
        sha256: "0f".repeat(32),
        size: 9,
        orig_path: b"/tmp/x".to_vec(),
        source: "upload",
        truncated: false,
    };
    let lines = [
        Line::new(1, Kind::Connect {}),
        Line::new(2, attempt("root", "123", "rejected")),
        Line::new(3, attempt("root", "toor", "accepted")),
        Line::new(4, command("wget")),
        Line::new(5, captured),
        disconnect(6),
    ];
    (0..).zip(lines).map(|(at, line)| Line { time: at * 1000, ..line }).collect()
}

fn mark(number: u8, offset: u64) -> Mark {
    Position { generation: Generation([number; 16]), offset }
}

#[test]
fn a_visit_is_in_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let applied = writer.apply(&batch(&visit()), &[mark(1, 99)]).unwrap();
    assert_eq!(applied, Applied { events: 6, duplicates: 0, newest: 6 });
    let mut check = |statement: &str, expect: &[&str]| {
        assert_eq!(rows(writer.connection(), statement), expect, "{statement}");
    };
    check(
        "SELECT sort, text FROM words ORDER BY sort, id",
        &[
            "2|d1",
            "3|ssh",
            "4|connect",
            "4|auth_attempt",
            "4|command",
            "4|file_captured",
            "4|disconnect",
            "5|192.0.2.1",
        ],
    );
    check(
        "SELECT e.id, e.time - 1764158400000000, e.worker, d.text, s.text, k.text, a.text, e.session, length(e.line) > 99
         FROM events e JOIN words d ON d.id = decky JOIN words s ON s.id = service JOIN words k ON k.id = kind
         JOIN words a ON a.id = address WHERE e.id > 4 ORDER BY e.id",
        &["5|4000|0|d1|ssh|file_captured|192.0.2.1|1|1", "6|5000|0|d1|ssh|disconnect|192.0.2.1|1|1"],
    );
    check(
        "SELECT worker, boot, next, length(holes), seen - 1764158400000000 FROM streams",
        &["0|7|7|0|5000"],
    );
    check("SELECT events FROM tallies WHERE word = 0 AND quarter = 1764158400 / 900", &["6"]);
    check("SELECT t.events FROM tallies t JOIN words w ON w.id = word WHERE text = 'auth_attempt'", &["2"]);
    check("SELECT quarter * 900, first, last FROM quarters", &["1764158400|1|6"]);
    check(
        "SELECT id, stream, name, port, last - first, first_event, last_event, events, commands, bytes_in, bytes_out,
         ended, username FROM sessions",
        &["1|1|1|4711|5000|1|6|6|1|30|40|peer|root"],
    );
    check(
        "SELECT w.text, last - first, events, deckies, services, bounties, credentials, commands, artifacts, proven
         FROM attackers a JOIN words w ON w.id = a.id",
        &["192.0.2.1|5000|6|1|1|2|2|1|1|1"],
    );
    check("SELECT last - first, events FROM contacts", &["5000|6"]);
    check(
        "SELECT kind, principal, secret, uses FROM credentials ORDER BY id",
        &["password|root|123|1", "password|root|toor|1"],
    );
    check(
        "SELECT type, credential, uses FROM bounties b JOIN sightings s ON s.digest = b.digest ORDER BY id",
        &["credential|1|1", "credential|2|1"],
    );
    check("SELECT COUNT(*) FROM bounties WHERE payload LIKE '%toor%'", &["1"]);
    check("SELECT event FROM commands", &["4"]);
    check("SELECT event, size, name, source, truncated FROM artifacts", &["5|9|/tmp/x|upload|0"]);
    check("SELECT generation, place FROM marks", &[&format!("{}|99", "\u{1}".repeat(16))]);
}

#[test]
fn an_address_has_one_uuid_for_ever() {
    let uuid = attackers::uuid("192.0.2.1");
    assert_eq!(uuid.to_string(), "37fcff24-bf62-835b-ab08-020afc08b4fe");
    assert_eq!(uuid.get_version_num(), 8);
}

#[test]
fn what_comes_twice_is_kept_once_whoever_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    writer.apply(&batch(&visit()), &[]).unwrap();
    let again = Applied { events: 0, duplicates: 6, newest: 6 };
    assert_eq!(writer.apply(&batch(&visit()), &[]).unwrap(), again);
    // Without what is known in memory, too, and by another process.
    writer.known = None;
    assert_eq!(writer.apply(&batch(&visit()), &[]).unwrap(), again);
    drop(writer);
    let mut writer = open(folder.path());
    assert_eq!(writer.apply(&batch(&visit()), &[]).unwrap(), again);
    let twice =
        [visit(), visit()].concat().into_iter().map(|line| Line { boot: 8, ..line }).collect::<Vec<_>>();
    assert_eq!(writer.apply(&batch(&twice), &[]).unwrap().events, 6);
    assert_eq!(number(writer.connection(), "SELECT SUM(uses) FROM credentials"), 4);
    assert_eq!(number(writer.connection(), "SELECT COUNT(*) FROM credentials"), 2);
    assert_eq!(number(writer.connection(), "SELECT bounties FROM attackers"), 2);
}

#[test]
fn late_numbers_fill_holes_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let line = |seq| Line::new(seq, Kind::Connect {});
    open(folder.path()).apply(&batch(&[line(2), line(9)]), &[]).unwrap();
    let mut writer = open(folder.path());
    let late = batch(&[line(9), line(5), line(1), line(5), line(10)]);
    assert_eq!(writer.apply(&late, &[]).unwrap(), Applied { events: 3, duplicates: 2, newest: 5 });
}

#[test]
fn lines_without_a_number_are_always_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let mut batch = Batch::default();
    for object in [&br#"{"raw_line":"<1>1 - d s - k -"}"#[..], b"x", br#"{"raw_line":"x"}"#] {
        batch.push(object, 77);
        batch.push(object, 77);
    }
    assert_eq!((batch.counts().lines, batch.counts().undecodable), (6, 4));
    assert_eq!(writer.apply(&batch, &[]).unwrap().events, 2);
    assert_eq!(rows(writer.connection(), "SELECT time, session FROM events ORDER BY id"), ["77|0", "77|0"]);
}

#[test]
fn an_error_leaves_everything_as_it_was() {
    if !scratch::in_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    writer.apply(&batch(&visit()), &[mark(1, 1)]).unwrap();
    let database = writer.connection().sqlite().unwrap();
    let pages: i64 = database.inner().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    database.inner().pragma_update(None, "max_page_count", pages + 2).unwrap();
    let many = |number: u64| Line {
        boot: number,
        session: Some((number, "192.0.2.9")),
        ..Line::new(number + 1, attempt("root", &"x".repeat(3000), "accepted"))
    };
    let many = batch(&(1..50).map(many).collect::<Vec<_>>());
    for _ in 0..3 {
        let error = writer.apply(&many, &[mark(1, 2)]).unwrap_err();
        assert!(matches!(error, RecordError::Full), "{error:?}");
        assert_eq!(writer.watch().newest(), 6);
        assert_eq!(writer.marks().unwrap(), [mark(1, 1)]);
    }
    let database = writer.connection().sqlite().unwrap();
    database.inner().pragma_update(None, "max_page_count", 1 << 30).unwrap();
    let applied = writer.apply(&many, &[mark(1, 2)]).unwrap();
    assert_eq!(applied, Applied { events: 49, duplicates: 0, newest: 55 });
    assert_eq!(writer.marks().unwrap(), [mark(1, 2)]);
    assert_eq!(number(writer.connection(), "SELECT MAX(id) FROM words"), 9);
}

#[test]
fn marks_are_told_in_the_order_in_which_they_moved() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let nothing = Batch::default();
    writer.apply(&nothing, &[mark(3, 1), mark(1, 1)]).unwrap();
    writer.apply(&nothing, &[mark(2, 5), mark(3, 7)]).unwrap();
    assert_eq!(writer.marks().unwrap(), [mark(1, 1), mark(2, 5), mark(3, 7)]);
    let many: Vec<_> = (10..100).map(|number| mark(number, 1)).collect();
    writer.apply(&nothing, &many).unwrap();
    writer.prune_marks(&[Generation([1; 16])].into()).unwrap();
    let left = writer.marks().unwrap();
    assert_eq!((left.len(), left[0], left[1]), (65, mark(1, 1), mark(36, 1)));
}

#[test]
fn a_second_writer_is_refused_and_a_newer_record_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let refused = Writer::open(database(folder.path()));
    assert!(matches!(refused, Err(RecordError::Held { .. } | RecordError::Taken { .. })), "{refused:?}");
    open::set_number(writer.connection(), "schema", open::KNOWN + 1).unwrap();
    drop(writer);
    let refused = Writer::open(database(folder.path()));
    assert!(matches!(refused, Err(RecordError::Newer { .. })), "{refused:?}");
}

#[test]
fn who_waits_is_told_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let (watch, told) = (Arc::clone(writer.watch()), Arc::new(Mutex::new(Vec::new())));
    let hook = Arc::clone(&told);
    watch.on_change(move |newest| hook.lock().unwrap().push(newest));
    assert_eq!(watch.wait(0, std::time::Duration::ZERO), 0);
    let waiting = {
        let watch = Arc::clone(&watch);
        std::thread::spawn(move || watch.wait(0, std::time::Duration::from_secs(600)))
    };
    writer.apply(&batch(&visit()), &[]).unwrap();
    writer.apply(&batch(&visit()), &[]).unwrap();
    assert_eq!(waiting.join().unwrap(), 6);
    assert_eq!(*told.lock().unwrap(), [6]);
    drop(writer);
    assert_eq!(open(folder.path()).watch().newest(), 6);
}

#[test]
fn words_are_found_whatever_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let line = |seq: u64, address| Line { session: Some((seq, address)), ..Line::new(seq, Kind::Connect {}) };
    let addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.1"];
    for (seq, address) in (1..).zip(addresses.iter().cycle().take(40)) {
        writer.known = None;
        writer.apply(&batch(&[line(seq, address)]), &[]).unwrap();
    }
    assert_eq!(number(writer.connection(), "SELECT COUNT(*) FROM words"), 6);
    assert_eq!(rows(writer.connection(), "SELECT events FROM attackers ORDER BY id"), ["20", "10", "10"]);
}

#[test]
fn what_is_kept_is_not_kept_again_when_only_the_answer_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let mut batch = Batch::default();
    batch.push(br#"{"raw_line":"<1>1 - d s - k -"}"#, 77);
    writer.apply(&batch, &[mark(1, 10)]).unwrap();
    // As after an error: nothing is known any more, and the same comes once more.
    writer.known = None;
    let again = writer.apply(&batch, &[mark(1, 10)]).unwrap();
    assert_eq!(again, Applied { events: 0, duplicates: 0, newest: 1 });
    writer.known = None;
    assert_eq!(writer.apply(&batch, &[mark(1, 20)]).unwrap().newest, 2);
    assert_eq!(number(writer.connection(), "SELECT COUNT(*) FROM events"), 2);
}

#[test]
fn a_text_may_have_any_character() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let file = Kind::FileCaptured {
        stored_as: "0f".repeat(32),
        sha256: "0f".repeat(32),
        size: 9,
        orig_path: "a\0\u{1F980} ".as_bytes().to_vec(),
        source: "upload",
        truncated: false,
    };
    let lines =
        [Line::new(1, attempt("ro\0ot ", "\0", "accepted")), Line::new(2, attempt("ro\0ot", "\0", "x"))];
    writer.apply(&batch(&[&lines[..], &[Line::new(3, file)]].concat()), &[]).unwrap();
    // What is derived has none that cannot be seen; a database takes them all the same.
    let words = crate::sql::Insert { table: "words", columns: &["id", "sort", "text"] };
    writer.connection().insert(words, &[Value::Int(99), Value::Int(1), Value::Text("a\0 ")]).unwrap();
    let mut check = |statement: &str, expect: &[&str]| {
        assert_eq!(rows(writer.connection(), statement), expect, "{statement}");
    };
    check("SELECT text FROM words WHERE id = 99", &["a\0 "]);
    check("SELECT principal, secret FROM credentials ORDER BY id", &["ro\\x00ot |\\x00", "ro\\x00ot|\\x00"]);
    check("SELECT username FROM sessions", &["ro\\x00ot "]);
    check("SELECT name FROM artifacts", &["a\\x00\u{1F980} "]);
}

#[test]
fn texts_that_are_nearly_the_same_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let workers = ["edge", "EDGE", "édge", "edge ", "edg"];
    let line = |(seq, worker)| Line { worker, ..Line::new(seq, Kind::Connect {}) };
    let lines: Vec<_> = (1..).zip(workers).map(line).collect();
    for _ in 0..2 {
        // The second time they are known from the tables.
        let mut writer = open(folder.path());
        writer.apply(&batch(&lines), &[]).unwrap();
        let mut check = |statement: &str, expect: &[&str]| {
            assert_eq!(rows(writer.connection(), statement), expect, "{statement}");
        };
        check(
            "SELECT w.text, e.id FROM events e JOIN words w ON w.id = e.worker ORDER BY w.text",
            &["EDGE|2", "edg|5", "edge|1", "edge |4", "édge|3"],
        );
        check("SELECT COUNT(*) FROM words WHERE sort = 1", &["5"]);
        check("SELECT COUNT(*) FROM streams", &["5"]);
    }
}
