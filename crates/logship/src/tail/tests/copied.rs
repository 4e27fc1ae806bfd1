//! Files that are copied and cut.

use super::*;

/// Longer than a prefix.
fn long(name: &str) -> String {
    (0..100).map(|number| format!("{name} line {number} of a file that is long\n")).collect()
}

#[test]
fn a_cut_is_noticed_by_the_size_and_the_copy_read_on() {
    let mut bed = Bed::new();
    bed.append("one\ntwo\n");
    assert_eq!(bed.lines(), "one\ntwo\n");
    bed.append("three\n");
    bed.copy_and_cut();
    bed.append("four\n");
    assert_eq!(bed.lines(), "three\nfour\n");
}

#[test]
fn a_cut_is_noticed_by_the_first_bytes_though_the_file_has_grown() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.lines(), "one\n");
    bed.append(&long("two"));
    bed.copy_and_cut();
    let (more, most) = (long("three"), long("four"));
    bed.append(&more);
    bed.append(&most);
    assert_eq!(bed.lines(), long("two") + &more + &most);
}

#[test]
fn a_cut_before_anything_was_read_loses_nothing() {
    let mut bed = Bed::new();
    bed.append("");
    assert_eq!(bed.lines(), "");
    bed.append("one\n");
    bed.copy_and_cut();
    bed.append("two\n");
    assert_eq!(bed.lines(), "one\ntwo\n");
}

#[test]
fn cuts_while_nobody_looks_lose_nothing() {
    let mut bed = Bed::new();
    bed.append("one\n");
    assert_eq!(bed.acknowledged_lines(), "one\n");
    bed.stop();
    bed.append("two\n");
    bed.copy_and_cut();
    bed.append("three\n");
    bed.copy_and_cut();
    bed.append("four and more than that\n");
    bed.start();
    assert_eq!(bed.lines(), "two\nthree\nfour and more than that\n");
}

#[test]
fn a_copy_that_is_being_made_is_not_read() {
    let mut bed = Bed::new();
    bed.append(&long("one"));
    assert_eq!(bed.lines(), long("one"));
    let copy = bed.path("a.log.1");
    for length in [0, 1, 100, 2000] {
        fs::write(&copy, &long("one")[..length]).unwrap();
        assert_eq!(bed.lines(), "", "{length}");
    }
    bed.append("two\n");
    assert_eq!(bed.lines(), "two\n");
    fs::copy(bed.log(), &copy).unwrap();
    assert_eq!(bed.lines(), "");
    File::create(bed.log()).unwrap();
    assert_eq!(bed.lines(), "");
    bed.append("three\n");
    assert_eq!(bed.lines(), "three\n");
}

#[test]
fn a_copy_that_is_being_made_when_the_first_look_is_taken_is_not_read() {
    let mut bed = Bed::new();
    bed.stop();
    bed.append("one\ntwo\n");
    fs::write(bed.path("a.log.1"), "one\ntw").unwrap();
    bed.start();
    assert_eq!(bed.lines(), "one\ntwo\n");
}

#[test]
fn a_cut_without_a_copy_is_a_gap() {
    let mut bed = Bed::new();
    bed.append("one\n");
    let one = bed.next().unwrap();
    File::create(bed.log()).unwrap();
    bed.append("a second one\n");
    let given = bed.drain();
    assert_eq!(given[0], Given { from: 4, what: What::Gap(Loss::Gone), ..one });
    assert_eq!(given[1].what, What::Lines("a second one\n".into()));
    bed.acknowledge(&given);
    bed.start();
    assert_eq!(bed.lines(), "");
}

#[test]
fn a_torn_line_that_its_writer_cuts_off_is_no_cut() {
    let mut bed = Bed::new();
    bed.append("one\ntorn");
    let one = bed.next().unwrap();
    OpenOptions::new().write(true).open(bed.log()).unwrap().set_len(4).unwrap();
    bed.append("two\n");
    assert_eq!(bed.next().unwrap(), Given { from: 4, to: 8, what: What::Lines("two\n".into()), ..one });
}

#[test]
fn a_file_that_loses_its_end_goes_on_as_another() {
    let mut bed = Bed::new();
    bed.append(&long("one"));
    let first = bed.next().unwrap();
    // What a crash of the machine does to what was not written to disk.
    let begin = long("one").rfind("one line 99").unwrap() as u64;
    OpenOptions::new().write(true).open(bed.log()).unwrap().set_len(begin).unwrap();
    let gap = bed.next().unwrap();
    assert_eq!(gap, Given { from: first.to, what: What::Gap(Loss::Gone), ..first });
    bed.append("four\n");
    let last = bed.next().unwrap();
    assert_eq!((last.from, last.to, last.what), (begin, begin + 5, What::Lines("four\n".into())));
    assert_ne!(last.generation, first.generation);
}
