//! Files whose name changes.

use super::*;

#[test]
fn whole_lines_come_and_the_rest_of_one_waits() {
    let mut bed = Bed::new();
    bed.append("one\ntwo\nthr");
    assert_eq!(bed.lines(), "one\ntwo\n");
    assert_eq!(bed.lines(), "");
    bed.append("ee\n");
    assert_eq!(bed.lines(), "three\n");
}

#[test]
fn carriage_returns_and_other_bytes_end_no_line() {
    let mut bed = Bed::new();
    bed.append("one\rtwo\u{2028}\0\u{85}three\r\nfour\n");
    assert_eq!(bed.lines(), "one\rtwo\u{2028}\0\u{85}three\r\nfour\n");
}

#[test]
fn blocks_say_where_they_are() {
    let mut bed = Bed::new();
    bed.append("one\n");
    let first = bed.next().unwrap();
    bed.append("two\n");
    let second = bed.next().unwrap();
    assert_eq!((first.from, first.to, second.from, second.to), (0, 4, 4, 8));
    assert_eq!(first.generation, second.generation);
}

#[test]
fn an_absent_file_or_folder_is_waited_for() {
    let mut bed = Bed::new();
    assert_eq!(bed.lines(), "");
    bed.append("one\n");
    assert_eq!(bed.lines(), "one\n");

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("later").join("a.log");
    let mut tail = Tail::open(&log, folder.path(), Options::default()).unwrap();
    assert_eq!(tail.advance().unwrap(), Next::Nothing);
    fs::create_dir(log.parent().unwrap()).unwrap();
    fs::write(&log, "one\n").unwrap();
    assert!(matches!(tail.advance().unwrap(), Next::Block(block) if block.bytes == b"one\n"));
}

#[test]
fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.lines(), "one\n");
    let mut old = bed.open_log();
    bed.append("two\n");
    bed.rotate();
    // Who writes goes on in the old file until it opens the new one, which is there already.
    bed.append("");
    assert_eq!(bed.lines(), "two\n");
    old.write_all(b"three\n").unwrap();
    assert_eq!(bed.lines(), "three\n");
    old.write_all(b"four\n").unwrap();
    bed.append("five\n");
    assert_eq!(bed.lines(), "four\nfive\n");
}

#[test]
fn a_renamed_file_without_a_new_one_is_followed() {
    let mut bed = Bed::new();
    let mut old = bed.open_log();
    bed.append("one\n");
    assert_eq!(bed.lines(), "one\n");
    bed.rotate();
    old.write_all(b"two\nthr").unwrap();
    assert_eq!(bed.lines(), "two\n");
    bed.start();
    assert_eq!(bed.lines(), "one\ntwo\n");
    old.write_all(b"ee\n").unwrap();
    bed.append("four\n");
    assert_eq!(bed.lines(), "three\nfour\n");
}

#[test]
fn several_rotations_between_two_looks_lose_nothing() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.lines(), "one\n");
    for text in ["two\n", "three\n", "four\n"] {
        bed.append(text);
        bed.rotate();
    }
    bed.append("five\n");
    assert_eq!(bed.lines(), "two\nthree\nfour\nfive\n");
}

#[test]
fn several_rotations_while_nobody_looks_lose_nothing() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.acknowledged_lines(), "one\n");
    bed.stop();
    for text in ["two\n", "three\n", "four\n"] {
        bed.append(text);
        bed.rotate();
    }
    fs::write(bed.path("a.log.4.gz"), "not ours\n").unwrap();
    fs::write(bed.path("a.log.bak"), "not ours\n").unwrap();
    bed.append("five\n");
    bed.start();
    assert_eq!(bed.lines(), "two\nthree\nfour\nfive\n");
}

#[test]
fn rotations_by_date_are_read_in_their_order() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.acknowledged_lines(), "one\n");
    bed.stop();
    for date in ["20261126", "20261127", "20261128"] {
        bed.append(&format!("{date}\n"));
        bed.rename("a.log", &format!("a.log-{date}"));
    }
    bed.append("last\n");
    bed.start();
    assert_eq!(bed.lines(), "20261126\n20261127\n20261128\nlast\n");
}

#[test]
fn without_a_ledger_all_that_is_left_is_read() {
    let mut bed = Bed::new();
    bed.stop();
    for text in ["one\n", "two\n"] {
        bed.append(text);
        bed.rotate();
    }
    bed.append("three\n");
    bed.start();
    assert_eq!(bed.lines(), "one\ntwo\nthree\n");
}

#[test]
fn a_last_line_without_line_feed_comes_when_the_file_is_over() {
    let mut bed = Bed::new();
    bed.append("one\ntwo");
    assert_eq!(bed.lines(), "one\n");
    bed.rotate();
    bed.append("");
    assert_eq!(bed.lines(), "");
    bed.append("three\n");
    let given = bed.drain();
    assert_eq!(given[0].what, What::Lines("two\n".into()));
    assert_eq!((given[0].from, given[0].to), (4, 8));
    assert_eq!(given[1].what, What::Lines("three\n".into()));
}

#[test]
fn a_mark_behind_a_last_line_without_line_feed_is_understood_after_a_crash() {
    let mut bed = Bed::new();
    bed.append("one\ntwo");
    bed.rotate();
    bed.append("three\n");
    let given = bed.drain();
    bed.start();
    bed.tail().rewind();
    let mark = given[1].position();
    assert_eq!(mark.offset, 8);
    assert_eq!(bed.tail().seek(mark).unwrap(), Sought::Found);
    assert_eq!(bed.lines(), "three\n");
}

#[test]
fn what_was_read_does_not_come_again_because_it_is_touched_or_renamed() {
    let mut bed = Bed::new();
    for text in ["one\n", "two\n"] {
        bed.append(text);
        bed.rotate();
    }
    bed.append("three\n");
    assert_eq!(bed.acknowledged_lines(), "one\ntwo\nthree\n");
    bed.touch("a.log.2");
    assert_eq!(bed.lines(), "");
    bed.stop();
    bed.touch("a.log.1");
    bed.rename("a.log.2", "a.log.9");
    bed.rename("a.log.1", "a.log-20261127");
    // Moved over another file system: the inode is another.
    fs::copy(bed.path("a.log.9"), bed.path("a.log.8")).unwrap();
    fs::remove_file(bed.path("a.log.9")).unwrap();
    bed.append("four\n");
    bed.start();
    assert_eq!(bed.lines(), "four\n");
    // From now on it is known by what it is.
    let listing = listing::Listing::read(&bed.log()).unwrap();
    let known: Vec<_> = bed.tail().files.iter().filter_map(|file| file.known.file).collect();
    assert!(listing.iter().all(|found| known.contains(&found.id)));
}

#[test]
fn a_file_that_was_renamed_by_hand_while_nobody_looked_is_read_on() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.acknowledged_lines(), "one\n");
    bed.append("two\n");
    bed.stop();
    bed.rename("a.log", "a.log.7");
    bed.append("three\n");
    bed.start();
    assert_eq!(bed.lines(), "two\nthree\n");
}

#[test]
fn a_file_that_gets_its_name_back_is_read_on() {
    let mut bed = Bed::new();
    bed.append("one\n");
    bed.rotate();
    bed.append("two\n");
    assert_eq!(bed.acknowledged_lines(), "one\ntwo\n");
    fs::remove_file(bed.log()).unwrap();
    bed.rename("a.log.1", "a.log");
    bed.append("three\n");
    assert_eq!(bed.lines(), "three\n");
}

#[test]
fn finished_files_are_closed_and_forgotten_when_they_are_gone() {
    let mut bed = Bed::new();
    for number in 0..200 {
        bed.append(&format!("line {number}\n"));
        bed.rotate();
        assert_eq!(bed.acknowledged_lines(), format!("line {number}\n"));
        if number >= 3 {
            fs::remove_file(bed.path("a.log.4")).unwrap();
        }
    }
    bed.append("last\n");
    assert_eq!(bed.acknowledged_lines(), "last\n");
    let open = bed.tail().files.iter().filter(|file| file.handle().is_some()).count();
    assert_eq!(open, 1);
    assert!(bed.known().len() < 80, "{}", bed.known().len());
}

#[test]
fn a_generation_is_finished_only_when_all_of_it_is_acknowledged() {
    let mut bed = Bed::new();
    bed.append("one\n");
    let one = bed.next().unwrap();
    bed.append("two\n");
    bed.rotate();
    bed.append("three\n");
    let rest = bed.drain();
    bed.acknowledge(&[one]);
    assert!(!bed.known()[0].is_finished());
    bed.acknowledge(&rest[..1]);
    assert!(bed.known()[0].is_finished());
    assert!(!bed.known()[1].is_finished());
}
