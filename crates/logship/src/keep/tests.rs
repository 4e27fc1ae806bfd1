//! Artifacts arrive whole or not at all.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const LIMITS: Limits = Limits { size: 1 << 20, daily_bytes: 3 << 20, reserve: 0 };
const NOW: Timestamp = Timestamp(1_764_154_033_000_042);

fn host(number: u8) -> HostId {
    HostId(Uuid::from_bytes([number; 16]))
}

fn digest(data: &[u8]) -> Digest {
    Digest(Sha256::digest(data).into())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Sends what is missing of `data`.
fn send(keep: &mut Keep, host: HostId, data: &[u8]) -> Result<(), KeepError> {
    let digest = digest(data);
    if let Begun::From(from) = keep.begin(host, digest, data.len() as u64)? {
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
    let mut keep = Keep::open(folder.path(), LIMITS).unwrap();
    for data in [&b"hello"[..], b"", &[7; 1000]] {
        send(&mut keep, host(1), data).unwrap();
        let place = folder.path().join(digest(data).to_string());
        assert_eq!(std::fs::read(place).unwrap(), data);
        // The same of another host is here already.
        assert_eq!(keep.begin(host(2), digest(data), data.len() as u64).unwrap(), Begun::Whole);
    }
    assert_eq!(names(&folder.path().join(".partial")), Vec::<String>::new());
}

#[test]
fn it_goes_on_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = [5; 1000];
    for from in [0, 1, 400, 1000] {
        let mut keep = Keep::open(folder.path(), LIMITS).unwrap();
        let begun = keep.begin(host(1), digest(&data), 1000).unwrap();
        let Begun::From(at) = begun else { panic!("not whole yet") };
        keep.append(host(1), digest(&data), at, &data[at as usize..from], NOW).unwrap();
    }
    let mut keep = Keep::open(folder.path(), LIMITS).unwrap();
    let error = keep.append(host(1), digest(&data), 1000, b"", NOW).unwrap_err();
    assert!(matches!(error, KeepError::NotBegun), "{error:?}");
    assert_eq!(keep.begin(host(1), digest(&data), 1000).unwrap(), Begun::From(1000));
    keep.finish(host(1), digest(&data)).unwrap();
    assert_eq!(std::fs::read(folder.path().join(digest(&data).to_string())).unwrap(), data);
}

#[test]
fn what_is_not_what_it_says_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut keep = Keep::open(folder.path(), LIMITS).unwrap();
    let whole = digest(b"right");
    keep.begin(host(1), whole, 5).unwrap();
    keep.append(host(1), whole, 0, b"wrong", NOW).unwrap();
    // Whatever another host sends stays its own.
    keep.begin(host(2), whole, 5).unwrap();
    keep.append(host(2), whole, 0, b"rig", NOW).unwrap();
    let error = keep.finish(host(1), whole).unwrap_err();
    assert!(matches!(error, KeepError::Mismatch { .. }), "{error:?}");
    assert!(!folder.path().join(whole.to_string()).exists());
    assert_eq!(keep.begin(host(1), whole, 5).unwrap(), Begun::From(0));
    keep.append(host(2), whole, 3, b"ht", NOW).unwrap();
    keep.finish(host(2), whole).unwrap();
}

#[test]
fn a_piece_that_is_not_the_next_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut keep = Keep::open(folder.path(), LIMITS).unwrap();
    let whole = digest(b"right");
    keep.begin(host(1), whole, 5).unwrap();
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
    let mut keep = Keep::open(folder.path(), Limits { size: 1000, daily_bytes: 2500, reserve: 0 }).unwrap();
    assert!(matches!(keep.begin(host(1), digest(b""), 1001), Err(KeepError::TooLarge { .. })));
    send(&mut keep, host(1), &[1; 1000]).unwrap();
    send(&mut keep, host(1), &[2; 1000]).unwrap();
    assert!(matches!(send(&mut keep, host(1), &[3; 1000]), Err(KeepError::Enough { limit: 2500 })));
    send(&mut keep, host(2), &[4; 1000]).unwrap();
    // What came before is still there, and the next day it goes on.
    let (three, tomorrow) = (digest(&[3; 1000]), Timestamp(NOW.0 + 86_400_000_000));
    assert_eq!(keep.begin(host(1), three, 1000).unwrap(), Begun::From(500));
    keep.append(host(1), three, 500, &[3; 500], tomorrow).unwrap();
    keep.finish(host(1), three).unwrap();
}

#[test]
fn the_reserve_of_the_disk_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut keep = Keep::open(folder.path(), Limits { reserve: u64::MAX, ..LIMITS }).unwrap();
    assert!(matches!(send(&mut keep, host(1), b"x"), Err(KeepError::NoRoom)));
    assert_eq!(names(&folder.path().join(".partial")), Vec::<String>::new());
}

#[test]
fn a_host_that_ends_nothing_loses_what_rested_longest() {
    let folder = tempfile::tempdir().unwrap();
    let partial = folder.path().join(".partial");
    let mut keep = Keep::open(folder.path(), LIMITS).unwrap();
    let begin = |keep: &mut Keep, host, number: usize| {
        let whole = digest(&number.to_le_bytes());
        keep.begin(host, whole, 8).unwrap();
        keep.append(host, whole, 0, &number.to_le_bytes()[..1], NOW).unwrap();
    };
    begin(&mut keep, host(2), 0);
    for number in 0..MAX_OPEN + 10 {
        begin(&mut keep, host(1), number);
    }
    assert_eq!(names(&partial).len(), MAX_OPEN + 1);
    assert_eq!(keep.begin(host(1), digest(&20_usize.to_le_bytes()), 8).unwrap(), Begun::From(1));
    assert_eq!(keep.begin(host(2), digest(&0_usize.to_le_bytes()), 8).unwrap(), Begun::From(1));
    assert_eq!(keep.begin(host(1), digest(&1_usize.to_le_bytes()), 8).unwrap(), Begun::From(0));
}

proptest! {
    #[test]
    fn a_digest_is_what_it_prints(bytes: [u8; 32]) {
        prop_assert_eq!(Digest(bytes).to_string().parse(), Ok(Digest(bytes)));
    }

    #[test]
    fn any_text_is_read(text: String) {
        prop_assert_eq!(text.parse::<Digest>(), Err(InvalidDigest));
        let _ = parse_name(&text);
    }
}

#[test]
fn nothing_else_is_a_digest() {
    for text in
        ["", "0", &"A".repeat(64), &"0".repeat(66), &"0".repeat(63), "../../etc/passwd", &"é".repeat(32)]
    {
        assert_eq!(text.parse::<Digest>(), Err(InvalidDigest), "{text}");
    }
}
