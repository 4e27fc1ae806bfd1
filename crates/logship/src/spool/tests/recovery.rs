//! After a kill.

use std::{fs, path::Path};

use super::{super::segment, *};
use crate::{
    faulty::{Fault, Faulty},
    medium::Disk,
    position::Position,
};

/// A spool of a folder with three commits, and the length of its one segment after each.
fn three(folder: &Path) -> Vec<u64> {
    let host = host(1);
    let mut spool = Spool::open(folder, u64::MAX).unwrap();
    let bodies = [&b"one\n"[..], b"two\nthree\n", b"four\nfive\n"];
    let mut from = 0;
    let mut lengths = Vec::new();
    for body in bodies {
        spool.commit(&[lines(&host, from, body)], NOW).unwrap();
        from += body.len() as u64;
        lengths.push(fs::metadata(segment::path(folder, 1)).unwrap().len());
    }
    lengths
}

#[test]
fn a_cut_at_any_byte_of_the_last_record_loses_that_record_alone() {
    let source = tempfile::tempdir().unwrap();
    let lengths = three(source.path());
    let whole = fs::read(segment::path(source.path(), 1)).unwrap();
    let host = host(1);
    for length in lengths[1]..=lengths[2] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(segment::path(folder.path(), 1), &whole[..length as usize]).unwrap();
        let mut spool = Spool::open(folder.path(), u64::MAX).unwrap();
        let mark = if length == lengths[2] { 24 } else { 14 };
        assert_eq!(spool.marks(host.id), [Position { generation: generation(1), offset: mark }], "{length}");
        let mut reader = spool.reader(Place::START);
        let before = read(&mut reader);
        spool.commit(&[lines(&host, 14, b"four\nfive\nsix\n")], NOW).unwrap();
        assert_eq!(before + &read(&mut reader), "one\ntwo\nthree\nfour\nfive\nsix\n", "{length}");
    }
}

#[test]
fn garbage_behind_the_last_record_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let lengths = three(folder.path());
    let path = segment::path(folder.path(), 1);
    for garbage in [&[0; 200][..], &[0xff; 200], b"x"] {
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(garbage);
        fs::write(&path, bytes).unwrap();
        assert_eq!(all(folder.path()), "one\ntwo\nthree\nfour\nfive\n");
        assert_eq!(fs::metadata(&path).unwrap().len(), lengths[2]);
    }
}

#[test]
fn a_segment_that_was_not_begun_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    three(folder.path());
    let (first, second) = (segment::path(folder.path(), 1), segment::path(folder.path(), 2));
    let begun = {
        let mut spool = Spool::open(folder.path(), 1).unwrap();
        spool.commit(&[lines(&host(1), 24, b"six\n")], NOW).unwrap();
        fs::read(&second).unwrap()
    };
    let marks = begun.len() - (80 + 2 + 4);
    for length in 0..marks {
        fs::write(&second, &begun[..length]).unwrap();
        assert_eq!(all(folder.path()), "one\ntwo\nthree\nfour\nfive\n", "{length}");
        assert!(first.exists() && !second.exists(), "{length}");
    }
    // Begun, and nothing more.
    fs::write(&second, &begun[..marks]).unwrap();
    let spool = Spool::open(folder.path(), 1).unwrap();
    assert_eq!(spool.marks(host(1).id)[0].offset, 24);
    assert!(second.exists());
}

#[test]
fn a_segment_that_was_damaged_after_it_was_begun_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(1);
    three(folder.path());
    let mut spool = Spool::open(folder.path(), 1).unwrap();
    spool.commit(&[lines(&host, 24, b"six\n")], NOW).unwrap();
    let place = spool.reader(Place::START).place();
    drop(spool);
    let second = segment::path(folder.path(), 2);
    let mut bytes = fs::read(&second).unwrap();
    bytes[20] ^= 1;
    fs::write(&second, bytes).unwrap();

    let mut spool = Spool::open(folder.path(), 1).unwrap();
    assert!(second.with_added_extension("damaged").exists() && !second.exists());
    assert_eq!(spool.marks(host.id)[0].offset, 24);
    spool.commit(&[lines(&host, 24, b"six\n")], NOW).unwrap();
    // Its number is not used again.
    assert_eq!(segment::list(folder.path()).unwrap().into_iter().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(read(&mut spool.reader(place)), "one\ntwo\nthree\nfour\nfive\nsix\n");
}

#[test]
fn what_recovery_finds_is_made_durable_before_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    three(folder.path());
    let medium = Faulty::new([(1, Fault::Fail)]);
    assert!(Spool::open_on(medium.clone(), folder.path(), 1).is_err());
    Spool::open_on(medium.clone(), folder.path(), 1).unwrap();
    medium.cut_power(folder.path(), 0);
    assert_eq!(Spool::open_on(Disk, folder.path(), 1).unwrap().marks(host(1).id)[0].offset, 24);
}
