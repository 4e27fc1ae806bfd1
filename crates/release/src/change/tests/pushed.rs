//! Releases that are pushed: taken, put back, refused.

use super::*;

#[test]
fn a_good_release_is_committed() {
    let (world, lock) = host();
    let (old, new) = (working(0), working(1));
    let outcome = update(&world, lock.path(), &new).unwrap();
    let Outcome::Committed { from, to, seen } = outcome else { panic!("{outcome:?}") };
    assert_eq!((from, to, seen.len()), (old.id(), new.id(), 2));
    assert_eq!(world.running(), [new.id(), new.id()]);
    assert_eq!(phase(&world), Phase::Committed);
    assert_eq!(state(&world).good(), [old.id(), new.id()]);
    let again = update(&world, lock.path(), &new);
    assert!(matches!(&again, Ok(Outcome::Already(id)) if *id == new.id()), "{again:?}");
    assert_eq!(world.starts().len(), 4, "what runs already is not restarted");
}

#[test]
fn a_bad_release_is_put_back_and_says_why() {
    let check = |agent, forwarder, expect: &str| {
        let (world, lock) = host();
        let bad = Made::new(1, agent, forwarder);
        let outcome = update(&world, lock.path(), &bad).unwrap();
        let Outcome::RolledBack { to, why, trouble, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((to, trouble), (bad.id(), None));
        assert!(why.contains(expect), "{why}");
        assert_eq!(world.running(), [working(0).id(), working(0).id()]);
        assert_eq!(state(&world).failed(), [bad.id()]);
        // Somebody mends what was wrong on the host, and pushes it again: that is tried.
        let again = update(&world, lock.path(), &bad).unwrap();
        assert!(matches!(again, Outcome::RolledBack { .. }), "{again:?}");
        assert_eq!(state(&world).failed(), [bad.id()]);
    };
    check(Does::Fail, Does::Work, "decnet-agent: docker was good and is not: no engine");
    check(Does::Hang, Does::Work, "decnet-agent: does not answer: nothing came within 3 s");
    check(Does::Work, Does::End, "decnet-forwarder: does not answer: connection refused");
    check(Does::Pretend, Does::Work, "decnet-agent: runs release ");
    check(Does::Flap, Does::Work, "not for long enough");
    check(Does::Refuse, Does::Work, "the unit failed");
}

#[test]
fn what_is_refused_leaves_nothing() {
    let (world, lock) = host();
    let good = working(1);
    let public = key().public();
    let names = |folder: &Path| world.store().look().list(folder).unwrap_or_default().len();
    let check = |archive: &[u8], announced: Option<Digest>, is: fn(&ChangeError) -> bool| {
        let error = world.engine(lock.path()).update(archive, &public, announced).unwrap_err();
        assert!(is(&error), "{error:?}");
        assert_eq!(current(&world), working(0).id());
        assert_eq!(names(&layout().releases()), 0, "something was left of it");
        assert_eq!(world.starts().len(), 2, "something was restarted");
    };
    let refused = |error: &ChangeError| matches!(error, ChangeError::Unpack(UnpackError::Refused(_)));
    check(b"noise", None, refused);
    check(&good.archive[..good.archive.len() - 20], None, refused);
    assert!(matches!(phase(&world), Phase::Abandoned { .. }));
    let mut damaged = good.archive.clone();
    let end = damaged.len() - 40;
    damaged[end] ^= 1;
    check(&damaged, None, refused);
    check(&good.archive, Some(Digest::of(b"another")), |error| {
        matches!(error, ChangeError::Announced { .. })
    });
    let other = SigningKey::draw().unwrap().public();
    let error = world.engine(lock.path()).update(&good.archive[..], &other, None).unwrap_err();
    let forged = matches!(error, ChangeError::Unpack(UnpackError::Refused(Refusal::Forged(_))));
    assert!(forged, "{error:?}");
    let announced = Some(Digest::of(&good.archive));
    let outcome = world.engine(lock.path()).update(&good.archive[..], &public, announced);
    assert!(matches!(outcome, Ok(Outcome::Committed { .. })), "{outcome:?}");
}

#[test]
fn versions_go_up_only() {
    let (world, lock) = host();
    let refused = |made: &Made| match update(&world, lock.path(), made) {
        Err(ChangeError::Inadmissible(why)) => why,
        other => panic!("{other:?}"),
    };
    let with = |change: fn(&mut crate::manifest::Facts)| Made::with(Does::Work, Does::Work, change);
    committed(&world, lock.path(), &working(5));
    assert!(matches!(refused(&working(4)), Inadmissible::NotNewer { .. }));
    // The same version, other content.
    assert!(matches!(refused(&Made::new(5, Does::Work, Does::Fail)), Inadmissible::NotNewer { .. }));
    let before = with(|facts| facts.version = Version::parse("1.5.0-rc.1").unwrap());
    assert!(matches!(refused(&before), Inadmissible::NotNewer { .. }));
    let far = with(|facts| {
        facts.version = Version::new(1, 9, 0);
        facts.min_from = Some(Version::new(1, 5, 1));
    });
    assert!(matches!(refused(&far), Inadmissible::TooOldHere { .. }));
    let other = with(|facts| facts.part = Part::Updater);
    assert!(matches!(refused(&other), Inadmissible::Part { .. }));
    let other = with(|facts| facts.target = "riscv64gc-unknown-linux-gnu".parse().unwrap());
    assert!(matches!(refused(&other), Inadmissible::Target { .. }));
    // One that was good here may come again; and then the newest that ever was is the mark still.
    committed(&world, lock.path(), &working(0));
    assert!(matches!(refused(&working(4)), Inadmissible::NotHighest { .. }));
    let downgrade = with(|facts| {
        facts.version = Version::new(0, 9, 0);
        facts.downgrade = true;
    });
    committed(&world, lock.path(), &downgrade);
    assert_eq!(state(&world).highest(), Some(&Version::new(1, 5, 0)));
    committed(&world, lock.path(), &working(6));
}

#[test]
fn a_process_that_was_there_before_proves_nothing() {
    let (world, lock) = host();
    world.idle();
    let outcome = update(&world, lock.path(), &working(1)).unwrap();
    let Outcome::RolledBack { why, trouble, .. } = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("decnet-agent: process 1 was there before: it was not restarted"), "{why}");
    assert!(why.contains("decnet-forwarder: process 2 was there before"), "{why}");
    assert!(trouble.is_some_and(|trouble| trouble.contains("it was not restarted")), "nor was the former");
}

#[test]
fn one_that_repairs_what_was_broken_is_taken() {
    let broken = Made::new(0, Does::Hang, Does::Work);
    let lock = tempfile::NamedTempFile::new().unwrap();
    let world = World::new(&broken);
    let worse = Made::new(1, Does::Hang, Does::Work);
    let outcome = update(&world, lock.path(), &worse).unwrap();
    let back = matches!(&outcome, Outcome::RolledBack { trouble: None, .. });
    assert!(back, "what was broken before is put back as it was: {outcome:?}");
    committed(&world, lock.path(), &working(2));
    assert!(!state(&world).is_good(&broken.id()), "it never proved itself");
}

#[test]
fn nothing_is_done_where_nobody_can_tell_how_programs_run() {
    let (world, lock) = host();
    world.mute();
    let error = update(&world, lock.path(), &working(1)).unwrap_err();
    assert!(matches!(error, ChangeError::Remember(_)), "{error:?}");
    assert!(matches!(phase(&world), Phase::Abandoned { .. }));
    assert_eq!((current(&world), world.starts().len()), (working(0).id(), 2));
}

#[test]
fn where_nothing_is_current_nothing_is_done() {
    let (world, lock) = host();
    world.store().look().clone().remove(&layout().current()).unwrap();
    let error = update(&world, lock.path(), &working(1)).unwrap_err();
    assert!(matches!(error, ChangeError::NoCurrent), "{error:?}");
}

#[test]
fn a_full_disk_is_given_back_what_was_taken() {
    let size = |world: &World| {
        let names = world.store().look().list(&layout().releases()).unwrap_or_default();
        names.len()
    };
    let (mut full, mut told) = (0, 0);
    for room in (0..20_000).step_by(31) {
        let (world, lock) = host();
        let disk = world.store().look().clone();
        disk.give_room(room);
        let Err(error) = update(&world, lock.path(), &working(1)) else { break };
        full += 1;
        match error {
            ChangeError::Keep(_) => {}
            ChangeError::Unpack(UnpackError::Keep(_)) => {
                assert_eq!(size(&world), 0, "with room for {room} bytes the disk stays full");
                told += usize::from(matches!(phase(&world), Phase::Abandoned { .. }));
            }
            other => panic!("{other:?}"),
        }
        disk.give_room(20_000);
        let resumed = world.engine(lock.path()).resume();
        assert!(resumed.is_ok(), "{resumed:?}");
        let is_new = current(&world) == working(1).id();
        assert_eq!(size(&world), usize::from(is_new), "with room for {room} bytes something was left");
        assert_eq!(world.running(), vec![current(&world); 2]);
        committed(&world, lock.path(), &working(2));
    }
    assert!(full > 30, "the disk was full {full} times only");
    assert!(told > 0, "what was unpacked was not removed before why was written");
}

#[test]
fn a_release_for_which_there_is_no_room_is_refused_before_anything_is_written() {
    let (world, lock) = host();
    let disk = world.store().look().clone();
    let calls = disk.calls();
    let made = working(1);
    disk.tell_room(0);
    let Err(ChangeError::NoRoom { folder, needed, free }) = update(&world, lock.path(), &made) else {
        panic!("it was taken")
    };
    assert_eq!((folder, free), (layout().root, 0));
    let sizes: u64 = made.manifest.files().iter().map(|entry| entry.size).sum();
    assert!(needed > caps::RESERVE + sizes, "{needed} bytes");
    assert_eq!(disk.calls(), calls, "something was written");
    disk.tell_room(needed - 1);
    let error = update(&world, lock.path(), &made).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("/var/worker has {} bytes free, and this release needs {needed}", needed - 1)
    );
    disk.tell_room(needed);
    committed(&world, lock.path(), &made);
    disk.tell_room(1);
    let error = update(&world, lock.path(), &working(2)).unwrap_err();
    assert!(
        matches!(&error, ChangeError::NoRoom { folder, .. } if *folder == layout().releases()),
        "{error:?}"
    );
}
