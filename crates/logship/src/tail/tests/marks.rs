//! What the receiver says that it has.

use super::*;

fn three_files() -> (Bed, Vec<Given>) {
    let mut bed = Bed::new();
    for text in ["one\ntwo\n", "three\nfour\n"] {
        bed.append(text);
        bed.rotate();
    }
    bed.append("five\nsix\n");
    let given = bed.drain();
    assert_eq!(given.len(), 3);
    (bed, given)
}

fn at(given: &Given, offset: u64) -> Position {
    Position { generation: given.generation, offset }
}

#[test]
fn what_is_not_acknowledged_comes_again_after_a_break() {
    let (mut bed, given) = three_files();
    bed.tail().release(at(&given[1], 6)).unwrap();
    bed.tail().rewind();
    assert_eq!(bed.lines(), "four\nfive\nsix\n");
}

#[test]
fn a_mark_wins_over_the_ledger_in_both_directions() {
    let (mut bed, given) = three_files();
    bed.acknowledge(&given[..1]);
    bed.start();
    assert_eq!(bed.tail().seek(at(&given[2], 5)).unwrap(), Sought::Found);
    assert_eq!(bed.tail().seek(at(&given[1], 6)).unwrap(), Sought::Found);
    assert_eq!(bed.tail().seek(at(&given[0], 8)).unwrap(), Sought::Found);
    assert_eq!(bed.lines(), "four\nsix\n");
    // The receiver was restored from yesterday's disk.
    bed.tail().rewind();
    assert_eq!(bed.tail().seek(at(&given[0], 4)).unwrap(), Sought::Found);
    assert_eq!(bed.tail().seek(at(&given[2], 0)).unwrap(), Sought::Found);
    assert_eq!(bed.lines(), "two\nfour\nfive\nsix\n");
    bed.tail().save().unwrap();
    assert_eq!(bed.known()[0].acknowledged, 4);
}

#[test]
fn a_gap_begins_where_a_receiver_that_was_set_back_is() {
    let (mut bed, given) = three_files();
    // Of the second file there is more to come.
    bed.tail().release(at(&given[1], 6)).unwrap();
    bed.tail().save().unwrap();
    fs::remove_file(bed.path("a.log.1")).unwrap();
    bed.start();
    assert_eq!(bed.tail().seek(at(&given[1], 0)).unwrap(), Sought::Gone);
    let gap = bed.drain().into_iter().find(|given| given.what == What::Gap(Loss::Gone)).unwrap();
    assert_eq!((gap.generation, gap.from), (given[1].generation, 0));
}

#[test]
fn a_finished_file_is_found_again_as_long_as_it_is_there() {
    let (mut bed, given) = three_files();
    bed.acknowledge(&given);
    bed.start();
    assert_eq!(bed.drain(), []);
    fs::remove_file(bed.path("a.log.2")).unwrap();
    assert_eq!(bed.tail().seek(at(&given[0], 4)).unwrap(), Sought::Gone);
    assert_eq!(bed.tail().seek(at(&given[1], 6)).unwrap(), Sought::Found);
    assert_eq!(bed.lines(), "four\n");
    assert!(bed.known()[0].is_finished());
}

#[test]
fn a_mark_of_a_generation_that_nobody_knows_changes_nothing() {
    let (mut bed, given) = three_files();
    bed.tail().rewind();
    let unknown = Position { generation: Generation([9; 16]), offset: 77 };
    assert_eq!(bed.tail().seek(unknown).unwrap(), Sought::Unknown);
    assert_eq!(bed.drain(), given);
}

#[test]
fn a_mark_behind_the_end_of_a_finished_file_is_its_end() {
    let (mut bed, given) = three_files();
    bed.tail().rewind();
    assert_eq!(bed.tail().seek(at(&given[0], u64::MAX)).unwrap(), Sought::Found);
    assert_eq!(bed.drain(), given[1..]);
    bed.tail().save().unwrap();
    bed.start();
}

#[test]
fn an_acknowledgement_of_what_was_never_given_is_an_error() {
    let (mut bed, given) = three_files();
    for position in [at(&given[2], 10), Position { generation: Generation([9; 16]), offset: 0 }] {
        let error = bed.tail().release(position).unwrap_err();
        assert!(matches!(error, TailError::NeverGiven(found) if found == position), "{error}");
    }
    bed.tail().release(at(&given[2], 5)).unwrap();
    // Said twice, or late: known already.
    bed.tail().release(at(&given[2], 5)).unwrap();
    bed.tail().release(at(&given[0], 4)).unwrap();
    assert_eq!(bed.tail().acknowledged(), Some(at(&given[2], 5)));
    assert_eq!(bed.tail().lag().unwrap(), 4);
}

#[test]
fn a_generation_is_in_the_ledger_before_anything_of_it_is_given() {
    let mut bed = Bed::new();
    bed.append("");
    assert_eq!(bed.lines(), "");
    bed.append("one\n");
    let one = bed.next().unwrap();
    assert_eq!(bed.known()[0].prefix, ledger::Prefix::of(b"one\n"));
    // A crash now, and the file is copied and cut meanwhile: the mark still finds it.
    bed.stop();
    bed.append("two\n");
    bed.copy_and_cut();
    bed.append("three\n");
    bed.start();
    assert_eq!(bed.tail().seek(one.position()).unwrap(), Sought::Found);
    assert_eq!(bed.lines(), "two\nthree\n");
}

#[test]
fn so_many_files_are_under_way_as_a_receiver_tells_marks_of() {
    let mut bed = Bed::new();
    bed.stop();
    for number in 0..20 {
        bed.append(&format!("{number}\n"));
        bed.rotate();
    }
    bed.append("last\n");
    bed.start();
    let first = bed.drain();
    assert_eq!(first.len(), flight::MAX_GENERATIONS);
    assert_eq!(bed.drain(), []);
    bed.tail().release(first[2].position()).unwrap();
    assert_eq!(bed.drain().len(), 3);
}

#[test]
fn a_second_follower_is_refused() {
    let bed = Bed::new();
    let error = Tail::open(&bed.log(), &bed.state(), bed.options).unwrap_err();
    assert!(matches!(error, TailError::Ledger(LedgerError::Held { .. })), "{error}");
}

#[test]
fn the_ledger_is_written_only_when_there_is_something_new() {
    let (mut bed, given) = three_files();
    bed.acknowledge(&given);
    let file = bed.state().join("ledger.json");
    fs::remove_file(&file).unwrap();
    bed.tail().save().unwrap();
    assert_eq!(bed.drain(), []);
    assert!(!file.exists());
}

#[test]
fn nothing_of_a_new_file_is_given_while_the_ledger_cannot_be_written() {
    let mut bed = Bed::new();
    let away = bed.state().with_extension("away");
    fs::rename(bed.state(), &away).unwrap();
    bed.append("one\n");
    for _ in 0..3 {
        let error = bed.tail().advance().unwrap_err();
        assert!(matches!(error, TailError::Ledger(LedgerError::Write { .. })), "{error}");
    }
    fs::rename(&away, bed.state()).unwrap();
    assert_eq!(bed.lines(), "one\n");
    assert_eq!(bed.known().len(), 1);
}

#[test]
fn a_mark_one_byte_behind_the_log_itself_does_not_end_it() {
    let mut bed = Bed::new();
    bed.append("one\ntwo\n");
    let given = bed.next().unwrap();
    bed.start();
    // The last byte was lost in a crash of the machine.
    OpenOptions::new().write(true).open(bed.log()).unwrap().set_len(7).unwrap();
    assert_eq!(bed.tail().seek(given.position()).unwrap(), Sought::Found);
    bed.append("\nthree\n");
    bed.drain();
    bed.append("four\n");
    assert_eq!(bed.lines(), "four\n");
}

#[test]
fn how_much_waits_is_known_to_others_too() {
    let mut bed = Bed::new();
    let check = |bed: &mut Bed, expect: u64| {
        let by_ledger = backlog(&bed.log(), &bed.known()).unwrap();
        assert_eq!((by_ledger, bed.tail().lag().unwrap()), (expect, expect));
    };
    check(&mut bed, 0);
    bed.append("one\ntwo\n");
    assert_eq!(backlog(&bed.log(), &[]).unwrap(), 8, "nothing is known of it");
    let given = bed.drain();
    check(&mut bed, 8);
    bed.acknowledge(&given);
    bed.append("three\n");
    bed.rotate();
    bed.append("four\n");
    bed.tail().look().unwrap();
    check(&mut bed, 11);
    let given = bed.drain();
    bed.acknowledge(&given[..1]);
    check(&mut bed, 5);
    bed.copy_and_cut();
    bed.append("five\n");
    bed.tail().look().unwrap();
    check(&mut bed, 10);
}
