//! Case by case.

use super::{super::DeriveError, *};
use crate::{
    faulty::{Fault, Faulty},
    position::{Gap, Loss},
    spool::Place,
};

#[test]
fn every_line_is_in_the_log_and_every_record_in_the_json() {
    let mut bench = Bench::new();
    let mut deriver = bench.open();
    assert_eq!(deriver.step().unwrap(), Progress::Done);
    for count in [1, 5, 40, 2] {
        bench.commit(count);
        derive_all(&mut deriver);
    }
    bench.check();
    let counts = deriver.counts();
    assert_eq!((counts.lines, counts.undecodable, counts.gaps, counts.damaged), (48, 16, 0, 0));
    let place = deriver.save().unwrap();
    assert!(bench.spool.remove_before(place).unwrap() > 0);
    bench.commit(3);
    let mut deriver = bench.open();
    derive_all(&mut deriver);
    bench.check();
}

#[test]
fn a_gap_is_an_event_of_the_listener() {
    let mut bench = Bench::new();
    let gap = Gap { generation: Generation([0xab; 16]), from: 7, to: 9_007, why: Loss::Lag };
    bench.spool.commit(&[Entry::Gap { host: &bench.host, gap: &gap }], NOW).unwrap();
    let mut deriver = bench.open();
    derive_all(&mut deriver);
    assert_eq!(deriver.counts().gaps, 1);
    let log = lines(&bench.paths().log);
    let expected = concat!(
        "<131>1 2025-11-26T10:47:13.000042+00:00 edge-01 listener - transport_gap [relay@55555 ",
        r#"boot="abab8884abababac" seq="1" generation="abababababababababababababababab" from="7" to="9007" why="lag"]"#
    );
    assert_eq!(log, [expected]);
    let json: serde_json::Value = serde_json::from_str(&lines(&bench.paths().json)[0]).unwrap();
    assert_eq!((&json["event_type"], &json["fields"]["to"]), (&"transport_gap".into(), &"9007".into()));
    assert_eq!(json["source_worker"], "edge-01");

    // The same line, whenever it is derived.
    fs::remove_file(bench.paths().place).unwrap();
    drop(deriver);
    derive_all(&mut bench.open());
    let log = lines(&bench.paths().log);
    assert_eq!((log.len(), &log[0]), (2, &log[1]));
}

#[test]
fn a_name_that_is_gone_is_opened_anew() {
    let mut bench = Bench::new();
    let mut deriver = bench.open();
    for number in 0..4 {
        bench.commit(5);
        derive_all(&mut deriver);
        if number % 2 == 0 {
            rotate(&bench.paths().log, number);
        }
        if number > 1 {
            rotate(&bench.paths().json, number);
        }
        if number == 2 {
            // As `create` of logrotate does.
            fs::write(bench.paths().log, "").unwrap();
        }
    }
    bench.commit(1);
    derive_all(&mut deriver);
    bench.check();
    assert_eq!(fs::read_dir(bench.logs()).unwrap().count(), 6);
}

#[test]
fn a_file_that_was_cut_by_others_is_written_on() {
    let mut bench = Bench::new();
    let mut deriver = bench.open();
    bench.commit(5);
    derive_all(&mut deriver);
    let log = bench.paths().log;
    fs::copy(&log, log.with_file_name("master.log-000001")).unwrap();
    fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(0).unwrap();
    bench.commit(5);
    derive_all(&mut deriver);
    bench.check();
    // And a crash right after it.
    let mut deriver = bench.open();
    derive_all(&mut deriver);
    bench.check();
}

#[test]
fn what_was_written_after_the_last_place_is_written_anew_where_it_belongs() {
    let mut bench = Bench::new();
    let mut deriver = bench.open();
    bench.commit(5);
    derive_all(&mut deriver);
    deriver.save().unwrap();
    bench.commit(5);
    derive_all(&mut deriver);
    drop(deriver);
    rotate(&bench.paths().log, 1);
    rotate(&bench.paths().json, 1);
    let mut deriver = bench.open();
    let rotated = fs::read_to_string(bench.logs().join("master.log-000001")).unwrap();
    assert_eq!(rotated.lines().count(), 5);
    derive_all(&mut deriver);
    bench.check();
}

#[test]
fn a_full_disk_stops_it_without_a_torn_line() {
    let mut bench = Bench::new();
    let medium = Faulty::default();
    let mut deriver = Deriver::open_on(medium.clone(), &bench.paths(), &bench.spool).unwrap();
    bench.commit(40);
    medium.fill_disk(true);
    for _ in 0..3 {
        let error = deriver.step().unwrap_err();
        assert!(matches!(error, DeriveError::System { doing: "write", .. }), "{error:?}");
    }
    // Nothing goes to another file while half a line is in this one.
    rotate(&bench.paths().log, 1);
    rotate(&bench.paths().json, 1);
    assert!(deriver.save().is_err());
    medium.fill_disk(false);
    derive_all(&mut deriver);
    bench.commit(3);
    derive_all(&mut deriver);
    bench.check();
}

#[test]
fn a_failed_sync_goes_back_to_what_is_durable() {
    let mut bench = Bench::new();
    let medium = Faulty::default();
    let mut deriver = Deriver::open_on(medium.clone(), &bench.paths(), &bench.spool).unwrap();
    bench.commit(10);
    derive_all(&mut deriver);
    medium.fail_at(medium.calls() + 1, Fault::Fail);
    let error = deriver.save().unwrap_err();
    assert!(matches!(error, DeriveError::System { doing: "sync", .. }), "{error:?}");
    deriver.step().unwrap();
    derive_all(&mut deriver);
    deriver.save().unwrap();
    bench.check();
}

#[test]
fn a_place_that_cannot_be_read_is_an_error_that_says_what_to_do() {
    let bench = Bench::new();
    fs::write(bench.paths().place, "{\"version\":\"2\"}").unwrap();
    let error = Deriver::open(&bench.paths(), &bench.spool).unwrap_err();
    assert!(error.to_string().contains("place.json cannot be read: if it is removed"), "{error}");
}

#[test]
fn a_place_in_another_spool_means_nothing() {
    let mut bench = Bench::new();
    bench.commit(10);
    let mut deriver = bench.open();
    derive_all(&mut deriver);
    deriver.save().unwrap();
    let other = bench.folder.path().join("other");
    let mut spool = Spool::open(&other, 3_000).unwrap();
    let bytes = b"of another spool\n";
    let entry = Entry::Lines { host: &bench.host, generation: Generation([1; 16]), from: 0, to: 17, bytes };
    spool.commit(&[entry], NOW).unwrap();
    let mut deriver = Deriver::open(&bench.paths(), &spool).unwrap();
    derive_all(&mut deriver);
    assert_eq!(lines(&bench.paths().log).last().unwrap(), "of another spool");
    let mut reader = spool.reader(Place::START);
    reader.advance().unwrap().unwrap();
    assert_eq!(deriver.save().unwrap(), reader.place());
}
