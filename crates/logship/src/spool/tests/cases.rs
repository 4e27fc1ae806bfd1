//! Case by case.

use super::{
    super::{CommitError, MAX_LINES, OpenError, ReadError, Refusal, segment},
    *,
};
use crate::{
    faulty::{Fault, Faulty},
    medium::Medium,
    position::Position,
};

fn commit<M: Medium>(spool: &mut Spool<M>, entry: Entry<'_>) -> Result<u64, Refusal> {
    let verdicts = spool.commit(&[entry], NOW).unwrap();
    verdicts.into_iter().next().unwrap().map(|position| position.offset)
}

#[test]
fn what_was_had_is_dropped_up_to_the_mark() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), u64::MAX).unwrap();
    let host = host(1);
    assert_eq!(commit(&mut spool, lines(&host, 100, b"one\ntwo\n")), Ok(108));
    assert_eq!(commit(&mut spool, lines(&host, 100, b"one\n")), Ok(108));
    assert_eq!(commit(&mut spool, lines(&host, 104, b"two\nthree\nfour\n")), Ok(119));
    assert_eq!(spool.marks(host.id), [Position { generation: generation(1), offset: 119 }]);

    let mut reader = spool.reader(Place::START);
    let first = reader.advance().unwrap().unwrap();
    assert_eq!((first.host, first.time), (host.clone(), NOW));
    let Content::Lines { from, to, lines, bytes, .. } = first.content else { panic!("lines expected") };
    assert_eq!((from, to, lines, bytes), (100, 108, 2, &b"one\ntwo\n"[..]));
    assert_eq!(read(&mut reader), "three\nfour\n");
}

#[test]
fn what_begins_above_the_mark_is_refused_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), u64::MAX).unwrap();
    let (one, two) = (host(1), host(2));
    let group = [
        lines(&one, 0, b"a\n"),
        lines(&one, 3, b"c\n"),
        lines(&two, 7, b"x\n"),
        lines(&one, 2, b"b\n"),
        lines(&one, 4, b"d\n"),
    ];
    let verdicts = spool.commit(&group, NOW).unwrap();
    let offsets: Vec<_> =
        verdicts.into_iter().map(|verdict| verdict.map(|position| position.offset)).collect();
    assert_eq!(offsets, [Ok(2), Err(Refusal::Above { mark: 2, from: 3 }), Ok(9), Ok(4), Ok(6)]);
    assert_eq!(read(&mut spool.reader(Place::START)), "a\nx\nb\nd\n");
}

#[test]
fn what_does_not_fit_the_mark_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), u64::MAX).unwrap();
    let host = host(1);
    commit(&mut spool, lines(&host, 0, b"one\ntwo\n")).unwrap();
    let cut = Entry::Lines { host: &host, generation: generation(1), from: 0, to: 90, bytes: b"longer\n" };
    let short = Entry::Lines { host: &host, generation: generation(1), from: 8, to: 9, bytes: b"three\n" };
    let two = Entry::Lines { host: &host, generation: generation(1), from: 8, to: 90, bytes: b"a\nb\n" };
    let long = vec![b'\n'; MAX_LINES + 1];
    let cases = [
        (lines(&host, 6, b"four\n"), Refusal::Torn { mark: 8 }),
        (cut, Refusal::Torn { mark: 8 }),
        (lines(&host, 8, b"three"), Refusal::Unterminated),
        (lines(&host, 8, b""), Refusal::Unterminated),
        (two, Refusal::NotAlone),
        (short, Refusal::Misplaced { from: 8, to: 9 }),
        (lines(&host, 8, &long), Refusal::TooLong { length: MAX_LINES + 1 }),
        (Entry::Gap { host: &host, gap: &gap(9, 8) }, Refusal::Misplaced { from: 9, to: 8 }),
        (Entry::Gap { host: &host, gap: &gap(9, 12) }, Refusal::Above { mark: 8, from: 9 }),
    ];
    for (entry, refusal) in cases {
        assert_eq!(commit(&mut spool, entry), Err(refusal), "{entry:?}");
    }
    assert_eq!(read(&mut spool.reader(Place::START)), "one\ntwo\n");
}

#[test]
fn a_line_that_was_cut_stands_for_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), u64::MAX).unwrap();
    let host = host(1);
    let cut = Entry::Lines { host: &host, generation: generation(1), from: 0, to: 1000, bytes: b"begin\n" };
    assert_eq!(commit(&mut spool, cut), Ok(1000));
    assert_eq!(commit(&mut spool, cut), Ok(1000));
    assert_eq!(commit(&mut spool, lines(&host, 1000, b"next\n")), Ok(1005));
    assert_eq!(read(&mut spool.reader(Place::START)), "begin\nnext\n");
}

#[test]
fn a_gap_moves_the_mark_and_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(1);
    let told = |spool: &mut Spool, from, to| commit(spool, Entry::Gap { host: &host, gap: &gap(from, to) });
    let mut spool = Spool::open(folder.path(), 1).unwrap();
    commit(&mut spool, lines(&host, 0, b"one\n")).unwrap();
    assert_eq!(told(&mut spool, 4, 50), Ok(50));
    assert_eq!(told(&mut spool, 4, 50), Ok(50));
    assert_eq!(told(&mut spool, 40, 60), Ok(60));
    assert_eq!(commit(&mut spool, lines(&host, 60, b"two\n")), Ok(64));
    // Nobody knows how much there was.
    assert_eq!(told(&mut spool, 64, 64), Ok(64));
    assert_eq!(told(&mut spool, 64, 64), Ok(64));
    assert_eq!(told(&mut spool, 60, 60), Ok(64));
    drop(spool);
    let mut spool = Spool::open(folder.path(), 1).unwrap();
    assert_eq!(told(&mut spool, 64, 64), Ok(64));
    assert_eq!(commit(&mut spool, lines(&host, 64, b"three\n")), Ok(70));
    assert_eq!(told(&mut spool, 64, 64), Ok(70));
    assert_eq!(read(&mut spool.reader(Place::START)), "one\n(4-50)\n(50-60)\ntwo\n(64-64)\nthree\n");
}

#[test]
fn one_segment_follows_another_and_old_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 400).unwrap();
    let (one, two) = (host(1), host(2));
    commit(&mut spool, lines(&two, 0, b"first\n")).unwrap();
    let mut reader = spool.reader(Place::START);
    let mut slow = spool.reader(Place::START);
    let mut expected = String::from("first\n");
    for number in 0..20 {
        let line = format!("{number:07}\n");
        expected += &line;
        commit(&mut spool, lines(&one, number * 8, line.as_bytes())).unwrap();
    }
    let count = segment::list(folder.path()).unwrap().len();
    assert!(count > 4, "{count}");
    assert_eq!(read(&mut reader), expected);
    assert_eq!(read(&mut slow), expected);
    assert_eq!(spool.remove_before(Place::START).unwrap(), 0);
    assert_eq!(spool.remove_before(reader.place()).unwrap(), count - 1);
    drop(spool);
    // The newest alone knows of a host that came long before it.
    let mut spool = Spool::open(folder.path(), 400).unwrap();
    assert_eq!(spool.marks(two.id)[0].offset, 6);
    assert_eq!(spool.marks(one.id)[0].offset, 160);
    commit(&mut spool, lines(&one, 160, b"last\n")).unwrap();
    let mut reader = spool.reader(reader.place());
    assert_eq!(read(&mut reader), "last\n");
}

#[test]
fn a_second_holder_is_told_who_the_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path(), 1).unwrap();
    let OpenError::Held { holder, .. } = Spool::open(folder.path(), 1).unwrap_err() else {
        panic!("a lock expected")
    };
    assert_eq!(holder, std::process::id().to_string());
    drop(spool);
    Spool::open(folder.path(), 1).unwrap();
}

#[test]
fn a_full_disk_acknowledges_nothing_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let medium = Faulty::default();
    let mut spool = Spool::open_on(medium.clone(), folder.path(), 1 << 20).unwrap();
    let host = host(1);
    let group = [lines(&host, 0, b"one\n"), lines(&host, 4, b"two\n")];
    for round in 0..2 {
        medium.fill_disk(true);
        for _ in 0..3 {
            let error = spool.commit(&group[round..=round], NOW).unwrap_err();
            assert!(matches!(error, CommitError::Full { .. }), "{error:?}");
            assert_eq!(spool.marks(host.id).len(), round);
        }
        medium.fill_disk(false);
        spool.commit(&group[round..=round], NOW).unwrap();
    }
    assert_eq!(read(&mut spool.reader(Place::START)), "one\ntwo\n");
    assert_eq!(segment::list(folder.path()).unwrap().len(), 1);
    drop(spool);
    assert_eq!(all(folder.path()), "one\ntwo\n");
}

#[test]
fn a_reader_sees_only_what_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    // Of the third commit the record is written, and neither synchronised nor cut off again.
    let medium = Faulty::new([(11, Fault::Fail), (12, Fault::Fail)]);
    let mut spool = Spool::open_on(medium, folder.path(), 1 << 20).unwrap();
    let mut reader = spool.reader(Place::START);
    let host = host(1);
    assert_eq!(read(&mut reader), "");
    spool.commit(&[lines(&host, 0, b"one\n")], NOW).unwrap();
    spool.commit(&[lines(&host, 4, b"two\n")], NOW).unwrap();
    let error = spool.commit(&[lines(&host, 8, b"lost\n")], NOW).unwrap_err();
    assert!(matches!(error, CommitError::Failed { .. }), "{error:?}");
    assert_eq!(read(&mut reader), "one\ntwo\n");
    let first = std::fs::read(segment::path(folder.path(), 1)).unwrap();
    assert!(first.ends_with(b"lost\n"), "the fault did not leave the record there");
    // It comes anew in the next segment, and not from the first.
    spool.commit(&[lines(&host, 8, b"three\n")], NOW).unwrap();
    assert_eq!(read(&mut reader), "three\n");
    assert_eq!(read(&mut spool.reader(Place::START)), "one\ntwo\nthree\n");
    drop(spool);
    assert_eq!(all(folder.path()), "one\ntwo\nthree\n");
}

#[test]
fn damage_is_told_and_can_be_passed() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 1).unwrap();
    let host = host(1);
    for (from, line) in [(0, b"one\n"), (4, b"two\n"), (8, b"six\n")] {
        commit(&mut spool, lines(&host, from, line)).unwrap();
    }
    let path = segment::path(folder.path(), 2);
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let mut reader = spool.reader(Place::START);
    reader.advance().unwrap().unwrap();
    for _ in 0..2 {
        let error = reader.advance().unwrap_err();
        assert!(matches!(error, ReadError::Damaged { at } if at.segment == 2), "{error:?}");
    }
    reader.skip().unwrap();
    assert_eq!(read(&mut reader), "six\n");
    assert_eq!(read(&mut reader), "");
}

#[test]
fn a_place_of_another_spool_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 1 << 20).unwrap();
    let host = host(1);
    commit(&mut spool, lines(&host, 0, b"one\n")).unwrap();
    for place in [
        Place { segment: 1, offset: 3 },
        Place { segment: 1, offset: 1 << 19 },
        Place { segment: 7, offset: 0 },
    ] {
        let error = spool.reader(place).advance().unwrap_err();
        assert!(matches!(error, ReadError::Damaged { at } if at == place), "{error:?}");
    }
}
