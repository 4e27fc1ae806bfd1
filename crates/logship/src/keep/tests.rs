//! Artifacts arrive whole or not at all.

use std::path::Path;

use uuid::Uuid;

use super::*;
use crate::faulty::{Fault, Faulty};

const LIMITS: Limits = Limits { size: 1 << 20, daily_bytes: 3 << 20, reserve: 0 };
const NOW: Timestamp = Timestamp(1_764_154_033_000_042);

fn host(number: u8) -> HostId {
    HostId(Uuid::from_bytes([number; 16]))
}

fn digest(data: &[u8]) -> Digest {
    Digest::of(data)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Sends what is missing of `data`.
fn send(keep: &Keep, host: HostId, data: &[u8]) -> Result<(), KeepError> {
    let digest = digest(data);
    if let Begun::From(from) = keep.begin(host, digest, data.len() as u64, NOW)? {
        let mut at = from;
        for piece in data[from as usize..].chunks(100) {
            at = keep.append(host, digest, at, piece, NOW)?;
        }
        keep.finish(host, digest)?;
    }
    Ok(())
}

#[test]
fn an_artifact_is_in_its_place_under_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let keep = Keep::open(folder.path(), LIMITS).unwrap();
    for data in [&b"hello"[..], b"", &[7; 1000]] {
        send(&keep, host(1), data).unwrap();
        let place = folder.path().join(digest(data).to_string());
        assert_eq!(std::fs::read(place).unwrap(), data);
        // The same of another host is here already.
        assert_eq!(keep.begin(host(2), digest(data), data.len() as u64, NOW).unwrap(), Begun::Whole);
    }
    assert_eq!(names(&folder.path().join(".partial")), Vec::<String>::new());
}

#[test]
fn it_goes_on_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = [5; 1000];
    for from in [0, 1, 400, 1000] {
        let keep = Keep::open(folder.path(), LIMITS).unwrap();
        let begun = keep.begin(host(1), digest(&data), 1000, NOW).unwrap();
        let Begun::From(at) = begun else { panic!("not whole yet") };
        keep.append(host(1), digest(&data), at, &data[at as usize..from], NOW).unwrap();
    }
    let keep = Keep::open(folder.path(), LIMITS).unwrap();
    let error = keep.append(host(1), digest(&data), 1000, b"", NOW).unwrap_err();
    assert!(matches!(error, KeepError::NotBegun), "{error:?}");
    assert_eq!(keep.begin(host(1), digest(&data), 1000, NOW).unwrap(), Begun::From(1000));
    keep.finish(host(1), digest(&data)).unwrap();
    assert_eq!(std::fs::read(folder.path().join(digest(&data).to_string())).unwrap(), data);
}

#[test]
fn what_is_not_what_it_says_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let keep = Keep::open(folder.path(), LIMITS).unwrap();
    let whole = digest(b"right");
    keep.begin(host(1), whole, 5, NOW).unwrap();
    keep.append(host(1), whole, 0, b"wrong", NOW).unwrap();
    // Whatever another host sends stays its own.
    keep.begin(host(2), whole, 5, NOW).unwrap();
    keep.append(host(2), whole, 0, b"rig", NOW).unwrap();
    let error = keep.finish(host(1), whole).unwrap_err();
    assert!(matches!(error, KeepError::Mismatch { .. }), "{error:?}");
    assert!(!folder.path().join(whole.to_string()).exists());
    assert_eq!(keep.begin(host(1), whole, 5, NOW).unwrap(), Begun::From(0));
    keep.append(host(2), whole, 3, b"ht", NOW).unwrap();
    keep.finish(host(2), whole).unwrap();
}

#[test]
fn a_piece_that_is_not_the_next_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let keep = Keep::open(folder.path(), LIMITS).unwrap();
    let whole = digest(b"right");
    keep.begin(host(1), whole, 5, NOW).unwrap();
    assert_eq!(keep.append(host(1), whole, 0, b"rig", NOW).unwrap(), 3);
    for (from, piece) in [(0, &b"r"[..]), (4, b"t"), (3, b"htt"), (u64::MAX, b"x")] {
        let error = keep.append(host(1), whole, from, piece, NOW).unwrap_err();
        assert!(matches!(error, KeepError::Misplaced { expected: 3, size: 5, .. }), "{error:?}");
    }
    assert!(matches!(keep.finish(host(1), whole), Err(KeepError::Misplaced { .. })));
    keep.append(host(1), whole, 3, b"ht", NOW).unwrap();
    keep.finish(host(1), whole).unwrap();
}

#[test]
fn a_host_brings_no_more_than_its_limits() {
    let folder = tempfile::tempdir().unwrap();
    let keep = Keep::open(folder.path(), Limits { size: 1000, daily_bytes: 2500, reserve: 0 }).unwrap();
    assert!(matches!(keep.begin(host(1), digest(b""), 1001, NOW), Err(KeepError::TooLarge { .. })));
    send(&keep, host(1), &[1; 1000]).unwrap();
    send(&keep, host(1), &[2; 1000]).unwrap();
    // What does not fit is not begun; what is smaller still comes.
    assert!(matches!(send(&keep, host(1), &[3; 1000]), Err(KeepError::Enough { limit: 2500 })));
    send(&keep, host(1), &[3; 400]).unwrap();
    send(&keep, host(2), &[4; 1000]).unwrap();
    // A restart gives nothing back, a new day does.
    let keep = Keep::open(folder.path(), Limits { size: 1000, daily_bytes: 2500, reserve: 0 }).unwrap();
    assert!(matches!(send(&keep, host(1), &[5; 101]), Err(KeepError::Enough { .. })));
    send(&keep, host(1), &[5; 100]).unwrap();
    let tomorrow = Timestamp(NOW.0 + 86_400_000_000);
    assert_eq!(keep.begin(host(1), digest(&[3; 1000]), 1000, tomorrow).unwrap(), Begun::From(0));
}

#[test]
fn what_is_larger_than_a_day_comes_over_days() {
    let folder = tempfile::tempdir().unwrap();
    let (data, day) = ([6; 250], 86_400_000_000);
    let whole = digest(&data);
    let mut lengths = Vec::new();
    for number in 0..3 {
        let today = Timestamp(NOW.0 + number * day);
        let keep = Keep::open(folder.path(), Limits { daily_bytes: 100, ..LIMITS }).unwrap();
        let Begun::From(mut at) = keep.begin(host(1), whole, 250, today).unwrap() else { panic!("not yet") };
        lengths.push(at);
        while at < 250 {
            let piece = &data[..(250 - at as usize).min(20)];
            let Ok(next) = keep.append(host(1), whole, at, piece, today) else { break };
            at = next;
        }
        let begun = keep.begin(host(1), whole, 250, today);
        assert!(number == 2 || matches!(begun, Err(KeepError::Enough { .. })), "{begun:?}");
        if number == 2 {
            keep.finish(host(1), whole).unwrap();
        }
    }
    assert_eq!(lengths, [0, 100, 200]);
    assert_eq!(std::fs::read(folder.path().join(whole.to_string())).unwrap(), data);
}

#[test]
fn what_was_not_written_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let medium = Faulty::new([(0, Fault::Half)]);
    let limits = Limits { daily_bytes: 1000, ..LIMITS };
    let keep = Keep::open_on(medium, folder.path(), limits).unwrap();
    let (data, whole) = ([7; 1000], digest(&[7; 1000]));
    keep.begin(host(1), whole, 1000, NOW).unwrap();
    assert!(matches!(keep.append(host(1), whole, 0, &data, NOW), Err(KeepError::NoRoom)));
    assert_eq!(keep.append(host(1), whole, 0, &data, NOW).unwrap(), 1000);
    keep.finish(host(1), whole).unwrap();
    assert_eq!(std::fs::read(folder.path().join(whole.to_string())).unwrap(), data);
}

#[test]
fn nothing_is_whole_before_its_name_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    // Written, synchronised, renamed; the folder is not synchronised at first, nor when asked again.
    let medium = Faulty::new([(3, Fault::Fail), (4, Fault::Fail)]);
    let keep = Keep::open_on(medium.clone(), folder.path(), LIMITS).unwrap();
    let whole = digest(b"x");
    keep.begin(host(1), whole, 1, NOW).unwrap();
    keep.append(host(1), whole, 0, b"x", NOW).unwrap();
    assert!(matches!(keep.finish(host(1), whole), Err(KeepError::System { .. })));
    assert!(matches!(keep.begin(host(1), whole, 1, NOW), Err(KeepError::System { .. })));
    assert_eq!(medium.calls(), 5);
    assert_eq!(keep.begin(host(1), whole, 1, NOW).unwrap(), Begun::Whole);
}

/// A medium on which somebody waits for the disk.
#[derive(Clone, Debug)]
struct Slow(std::sync::Arc<std::sync::Barrier>);

impl Medium for Slow {
    fn create(&mut self, path: &Path) -> io::Result<std::fs::File> {
        Disk.create(path)
    }

    fn append(&mut self, file: &std::fs::File, parts: &mut [io::IoSlice<'_>]) -> io::Result<()> {
        Disk.append(file, parts)
    }

    fn sync(&mut self, _: &std::fs::File) -> io::Result<()> {
        // Once to say that we wait, once to be let go.
        self.0.wait();
        self.0.wait();
        Ok(())
    }

    fn cut(&mut self, file: &std::fs::File, length: u64) -> io::Result<()> {
        Disk.cut(file, length)
    }

    fn replace(&mut self, new: &Path, name: &Path) -> io::Result<()> {
        Disk.replace(new, name)
    }

    fn sync_folder(&mut self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_waits_for_the_disk_keeps_nobody_from_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(2));
    let keep = Keep::open_on(Slow(barrier.clone()), folder.path(), LIMITS).unwrap();
    let (slow, other) = (digest(b"slow"), digest(b"other"));
    keep.begin(host(1), slow, 4, NOW).unwrap();
    keep.append(host(1), slow, 0, b"slow", NOW).unwrap();
    let finisher = std::thread::spawn({
        let keep = keep.clone();
        move || keep.finish(host(1), slow)
    });
    barrier.wait();
    assert!(matches!(keep.begin(host(1), slow, 4, NOW), Err(KeepError::Busy)));
    assert!(matches!(keep.append(host(1), slow, 4, b"", NOW), Err(KeepError::Busy)));
    assert!(matches!(keep.finish(host(1), slow), Err(KeepError::Busy)));
    for number in 1..3 {
        keep.begin(host(number), other, 5, NOW).unwrap();
        assert_eq!(keep.append(host(number), other, 0, b"othe", NOW).unwrap(), 4);
    }
    barrier.wait();
    finisher.join().unwrap().unwrap();
    assert_eq!(keep.begin(host(1), slow, 4, NOW).unwrap(), Begun::Whole);
}

#[test]
fn the_reserve_of_the_disk_stays() {
    let folder = tempfile::tempdir().unwrap();
    let keep = Keep::open(folder.path(), Limits { reserve: u64::MAX, ..LIMITS }).unwrap();
    assert!(matches!(send(&keep, host(1), b"x"), Err(KeepError::NoRoom)));
    assert_eq!(names(&folder.path().join(".partial")), Vec::<String>::new());
}

#[test]
fn a_host_that_ends_nothing_loses_what_rested_longest() {
    let folder = tempfile::tempdir().unwrap();
    let partial = folder.path().join(".partial");
    let keep = Keep::open(folder.path(), LIMITS).unwrap();
    let begin = |keep: &Keep, host, number: usize| {
        let whole = digest(&number.to_le_bytes());
        keep.begin(host, whole, 8, NOW).unwrap();
        keep.append(host, whole, 0, &number.to_le_bytes()[..1], NOW).unwrap();
    };
    begin(&keep, host(2), 0);
    for number in 0..MAX_OPEN + 10 {
        begin(&keep, host(1), number);
    }
    assert_eq!(names(&partial).len(), MAX_OPEN + 1);
    assert_eq!(keep.begin(host(1), digest(&20_usize.to_le_bytes()), 8, NOW).unwrap(), Begun::From(1));
    assert_eq!(keep.begin(host(2), digest(&0_usize.to_le_bytes()), 8, NOW).unwrap(), Begun::From(1));
    assert_eq!(keep.begin(host(1), digest(&1_usize.to_le_bytes()), 8, NOW).unwrap(), Begun::From(0));
}
