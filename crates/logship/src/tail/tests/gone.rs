//! Files that are not there any more.

use super::*;

#[test]
fn a_removed_file_is_read_to_its_end_while_somebody_looks() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.lines(), "one\n");
    bed.append("two\n");
    fs::remove_file(bed.log()).unwrap();
    assert_eq!(bed.lines(), "two\n");
    bed.append("three\n");
    assert_eq!(bed.lines(), "three\n");
}

#[test]
fn a_file_that_was_seen_is_read_though_it_is_removed_before_its_turn() {
    let mut bed = Bed::new();
    bed.append("one\n");
    bed.rotate();
    bed.append("two\n");
    bed.rotate();
    bed.append("three\n");
    bed.tail().look().unwrap();
    fs::remove_file(bed.path("a.log.1")).unwrap();
    fs::remove_file(bed.path("a.log.2")).unwrap();
    fs::remove_file(bed.log()).unwrap();
    assert_eq!(bed.lines(), "one\ntwo\nthree\n");
}

#[test]
fn a_file_that_was_replaced_while_nobody_looked_is_a_gap() {
    let mut bed = Bed::new();
    bed.append("one\n");
    let one = bed.next().unwrap();
    bed.acknowledge(std::slice::from_ref(&one));
    bed.append("two\n");
    bed.stop();
    fs::remove_file(bed.log()).unwrap();
    bed.start();
    // It may come back as long as there is nothing else.
    assert_eq!(bed.drain(), []);
    bed.append("");
    assert_eq!(bed.drain(), []);
    bed.append("three\n");
    let given = bed.drain();
    assert_eq!(given[0], Given { from: 4, to: 4, what: What::Gap(Loss::Gone), ..one });
    assert_eq!(given[1].what, What::Lines("three\n".into()));
}

#[test]
fn a_gap_is_told_until_it_is_acknowledged() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.acknowledged_lines(), "one\n");
    bed.stop();
    fs::remove_file(bed.log()).unwrap();
    bed.append("two\n");
    bed.start();
    assert_eq!(bed.acknowledged_lines(), "<gap>two\n");
    assert_eq!(bed.drain(), []);
    bed.start();
    assert_eq!(bed.drain(), []);
    fs::remove_file(bed.log()).unwrap();
    bed.append("three\n");
    bed.start();
    let first = bed.drain();
    bed.start();
    assert_eq!(bed.drain(), first);
    bed.tail().rewind();
    assert_eq!(bed.drain(), first);
    assert_eq!(first[0].what, What::Gap(Loss::Gone));
}

#[test]
fn a_file_that_comes_back_is_read_on() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.acknowledged_lines(), "one\n");
    bed.append("two\n");
    bed.stop();
    bed.rename("a.log", "elsewhere");
    bed.start();
    assert_eq!(bed.lines(), "");
    bed.rename("elsewhere", "a.log.1");
    bed.append("three\n");
    assert_eq!(bed.lines(), "two\nthree\n");
}

#[test]
fn a_file_that_is_compressed_after_it_was_read_is_no_gap() {
    let mut bed = Bed::new();
    bed.append("one\n");
    bed.rotate();
    bed.append("two\n");
    assert_eq!(bed.acknowledged_lines(), "one\ntwo\n");
    bed.stop();
    bed.rename("a.log.1", "a.log.1.gz");
    bed.append("three\n");
    bed.start();
    assert_eq!(bed.lines(), "three\n");
}

#[test]
fn a_file_that_is_compressed_before_it_was_read_is_a_gap_of_known_length() {
    let mut bed = Bed::new();
    bed.append("one\n");
    let one = bed.next().unwrap();
    bed.append("two\n");
    bed.rotate();
    bed.append("three\n");
    assert_eq!(bed.lines(), "two\nthree\n");
    bed.acknowledge(std::slice::from_ref(&one));
    bed.stop();
    bed.rename("a.log.1", "a.log.1.gz");
    bed.start();
    let given = bed.drain();
    assert_eq!(given[0], Given { from: 4, to: 8, what: What::Gap(Loss::Gone), ..one });
    assert_eq!(given[1].what, What::Lines("three\n".into()));
    assert_eq!(given.len(), 2);
}

#[test]
fn an_inode_that_another_file_got_is_not_taken_for_the_old_one() {
    let mut bed = Bed::new();
    bed.append("one\n");
    bed.rotate();
    bed.append("two\n");
    assert_eq!(bed.acknowledged_lines(), "one\ntwo\n");
    let old = bed.known()[0].file.unwrap();
    bed.stop();
    // As good as a reused inode: other content in the same file.
    fs::write(bed.path("a.log.1"), "three, which is longer\n").unwrap();
    bed.start();
    assert_eq!(bed.lines(), "three, which is longer\n");
    assert!(bed.known().iter().filter(|known| known.file == Some(old)).count() == 1);
}
