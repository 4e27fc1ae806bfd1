//! What is asked of an engine, and what it answers.

use std::path::Path;

use semver::Version;

use super::{
    ChangeError, Journal, Outcome, Phase, Prepared, State,
    admit::Inadmissible,
    simulation::{Does, Made, World, key, layout},
};
use crate::{
    archive::{Refusal, UnpackError},
    caps,
    digest::Digest,
    id::{Part, ReleaseId},
    key::SigningKey,
    medium::{Look as _, Medium as _},
};

/// A host that runs `1.0.0`, and its lock.
fn host() -> (World, tempfile::NamedTempFile) {
    (World::new(&working(0)), tempfile::NamedTempFile::new().unwrap())
}

fn working(minor: u64) -> Made {
    Made::new(minor, Does::Work, Does::Work)
}

fn update(world: &World, lock: &Path, made: &Made) -> Result<Outcome, ChangeError> {
    world.engine(lock).update(&made.archive[..], &key().public(), None)
}

fn committed(world: &World, lock: &Path, made: &Made) {
    let outcome = update(world, lock, made);
    assert!(matches!(&outcome, Ok(Outcome::Committed { to, .. }) if *to == made.id()), "{outcome:?}");
}

fn phase(world: &World) -> Phase {
    Journal::load(world.store().look(), &layout()).unwrap().unwrap().phase
}

fn state(world: &World) -> State {
    State::load(world.store().look(), &layout()).unwrap()
}

fn current(world: &World) -> ReleaseId {
    world.store().current().unwrap().unwrap().id
}

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
fn rollback_goes_back_step_by_step() {
    let (world, lock) = host();
    let back = |expect: u64| {
        let outcome = world.engine(lock.path()).rollback();
        let done = matches!(&outcome, Ok(Outcome::Committed { to, .. }) if *to == working(expect).id());
        assert!(done, "{outcome:?}");
        assert_eq!(world.running(), vec![working(expect).id(); 2]);
    };
    let error = world.engine(lock.path()).rollback().unwrap_err();
    assert!(matches!(error, ChangeError::NothingToRollBackTo), "{error:?}");
    for minor in 1..=2 {
        committed(&world, lock.path(), &working(minor));
    }
    back(1);
    back(0);
    // Who went back did not want those: they are the last to go back to.
    committed(&world, lock.path(), &working(3));
    back(0);
    // What was unwanted may be wanted again, by a push.
    committed(&world, lock.path(), &working(2));
    assert_eq!(current(&world), working(2).id());
}

#[test]
fn a_failed_one_is_never_gone_back_to() {
    let (world, lock) = host();
    committed(&world, lock.path(), &working(1));
    let bad = Made::new(2, Does::Work, Does::Hang);
    update(&world, lock.path(), &bad).unwrap();
    let outcome = world.engine(lock.path()).rollback();
    assert!(matches!(&outcome, Ok(Outcome::Committed { to, .. }) if *to == working(0).id()), "{outcome:?}");
    assert!(!state(&world).is_good(&bad.id()));
}

#[test]
fn two_good_ones_are_kept_beside_the_current() {
    let (world, lock) = host();
    for minor in 1..=5 {
        committed(&world, lock.path(), &working(minor));
        update(&world, lock.path(), &Made::new(minor + 1, Does::End, Does::Work)).unwrap();
    }
    let found = world.store().releases().unwrap().into_iter().map(|found| found.id);
    assert_eq!(
        found.collect::<Vec<_>>(),
        [0, 3, 4, 5].map(|minor| working(minor).id()),
        "0 is the package's"
    );
}

#[test]
fn a_damaged_one_is_not_gone_back_to() {
    let (world, lock) = host();
    for minor in 1..=3 {
        committed(&world, lock.path(), &working(minor));
    }
    let program = layout().releases().join(working(2).id().to_string()).join("bin/decnet-agent");
    let mut disk = world.store().look().clone();
    disk.remove(&program).unwrap();
    disk.write(&program, 0o755, &mut &b"worn"[..]).unwrap();
    let outcome = world.engine(lock.path()).rollback();
    assert!(matches!(&outcome, Ok(Outcome::Committed { to, .. }) if *to == working(1).id()), "{outcome:?}");
    // And when it comes again it is unpacked anew.
    committed(&world, lock.path(), &working(2));
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

/// A host like this one where an update died as soon as the journal had such a phase.
fn died_in(world: &World, lock: &Path, made: &Made, wanted: fn(&Phase) -> bool) -> World {
    for at in 0.. {
        let copy = world.fork_dying(at);
        let _ = update(&copy, lock, made);
        let journal = Journal::load(copy.store().look(), &layout()).unwrap();
        if journal.is_some_and(|journal| wanted(&journal.phase)) {
            return copy;
        }
    }
    unreachable!("an update ends")
}

#[test]
fn one_that_kills_who_watches_it_is_put_back() {
    let (world, lock) = host();
    let new = working(1);
    let world = died_in(&world, lock.path(), &new, |phase| matches!(phase, Phase::Probing { .. }));
    // It dies each time, before it can tell.
    world.dies_at(6);
    world.engine(lock.path()).resume().unwrap_err();
    assert_eq!(phase(&world), Phase::Probing { attempt: 2 });
    world.lives();
    let outcome = world.engine(lock.path()).resume();
    assert!(matches!(outcome, Ok(Some(Outcome::RolledBack { .. }))), "{outcome:?}");
    assert_eq!(current(&world), working(0).id());
}

#[test]
fn who_goes_back_does_not_try_again() {
    let (world, lock) = host();
    let bad = Made::new(1, Does::Hang, Does::Work);
    let world = died_in(&world, lock.path(), &bad, |phase| matches!(phase, Phase::Reverting { .. }));
    world.lives();
    let tried = world.starts().iter().filter(|started| **started == bad.id()).count();
    let outcome = world.engine(lock.path()).resume();
    assert!(matches!(&outcome, Ok(Some(Outcome::RolledBack { why, .. })) if why.contains("does not answer")));
    assert_eq!(world.starts().iter().filter(|started| **started == bad.id()).count(), tried);
}

#[test]
fn somebody_elses_choice_stands() {
    let (world, lock) = host();
    let world = died_in(&world, lock.path(), &working(1), |phase| matches!(phase, Phase::Probing { .. }));
    world.lives();
    // A package comes while the updater is dead.
    let folder = world.package(&working(3));
    let mut disk = world.store().look().clone();
    disk.remove(&layout().current()).unwrap();
    disk.link(&folder, &layout().current()).unwrap();
    let outcome = world.engine(lock.path()).resume();
    assert!(matches!(outcome, Ok(Some(Outcome::Abandoned { .. }))), "{outcome:?}");
    assert_eq!(current(&world), working(3).id());
    assert!(world.store().find(&working(1).id()).is_err(), "what never proved itself is not kept");
}

#[test]
fn where_the_former_is_gone_what_is_current_stays() {
    let (world, lock) = host();
    let bad = Made::new(1, Does::Hang, Does::Work);
    let world = died_in(&world, lock.path(), &bad, |phase| matches!(phase, Phase::Probing { .. }));
    world.lives();
    world.store().look().clone().remove(&layout().packaged.join(working(0).id().to_string())).unwrap();
    let outcome = world.engine(lock.path()).resume();
    let told = matches!(&outcome, Ok(Some(Outcome::RolledBack { trouble: Some(_), .. })));
    assert!(told, "{outcome:?}");
    assert_eq!(current(&world), bad.id());
    // And the next one is taken.
    committed(&world, lock.path(), &working(2));
}

#[test]
fn a_watchdog_ends_what_was_handed_over() {
    let check = |made: &Made, committed: bool| {
        let (world, lock) = host();
        let mark = |world: &World| world.store().look().open(&layout().trial()).is_ok();
        let prepared = world.engine(lock.path()).prepare(&made.archive[..], &key().public(), None).unwrap();
        assert_eq!(prepared, Prepared::HandedOver { from: working(0).id(), to: made.id() });
        assert!(mark(&world), "nobody would start the watchdog");
        assert_eq!(
            (current(&world), world.starts().len()),
            (working(0).id(), 2),
            "the programs were touched"
        );
        let error = world.engine(lock.path()).prepare(&made.archive[..], &key().public(), None).unwrap_err();
        assert!(matches!(error, ChangeError::Unfinished(_)), "{error:?}");
        let outcome = world.engine(lock.path()).resume();
        assert_eq!(matches!(outcome, Ok(Some(Outcome::Committed { .. }))), committed, "{outcome:?}");
        assert_eq!(current(&world), if committed { made.id() } else { working(0).id() });
        assert!(!mark(&world), "the watchdog would be started for nothing");
        let again = world.engine(lock.path()).prepare(&made.archive[..], &key().public(), None).unwrap();
        assert_eq!(matches!(again, Prepared::Already(_)), committed);
    };
    check(&working(1), true);
    check(&Made::new(1, Does::End, Does::Work), false);
    check(&Made::new(1, Does::Hang, Does::Work), false);
}

#[test]
fn a_package_is_vouched_for_when_it_runs_well() {
    let (world, lock) = host();
    assert!(world.engine(lock.path()).vouch().unwrap());
    assert!(!world.engine(lock.path()).vouch().unwrap(), "it is known");
    assert_eq!(state(&world).good(), [working(0).id()]);
    let broken = World::new(&Made::new(0, Does::Work, Does::Hang));
    assert!(!broken.engine(lock.path()).vouch().unwrap());
    assert_eq!(state(&broken).good(), []);
}

#[test]
fn broken_records_stop_everything_and_name_themselves() {
    let (world, lock) = host();
    committed(&world, lock.path(), &working(1));
    let break_it = |path: &Path, content: &str| {
        let mut disk = world.store().look().clone();
        let whole = crate::store::read(&disk, path, caps::RECORD).unwrap();
        let put = |disk: &mut super::simulation::SimDisk, bytes: &[u8]| {
            disk.remove(path).unwrap();
            disk.write(path, 0, &mut &*bytes).unwrap();
        };
        put(&mut disk, content.as_bytes());
        let error = update(&world, lock.path(), &working(2)).unwrap_err();
        assert!(matches!(error, ChangeError::Record(_)), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        put(&mut disk, &whole);
    };
    let long = " ".repeat(usize::try_from(caps::RECORD).unwrap() + 1);
    for path in [layout().journal(), layout().state()] {
        break_it(&path, "{");
        break_it(&path, &long);
    }
    let state = serde_json::to_string(&state(&world)).unwrap();
    break_it(&layout().state(), &state.replace("\"format\":1", "\"format\":2"));
    committed(&world, lock.path(), &working(2));
}

#[test]
fn what_is_remembered_is_bounded() {
    let id = |minor: u64| working(minor).id();
    let failure = |minor: u64| {
        let reverted = Phase::Reverted { why: String::new(), trouble: Some(String::new()) };
        Journal::new(super::Kind::Push, id(0), id(minor), 0, reverted)
    };
    let count = u64::try_from(caps::FAILED).unwrap() + 3;
    let learned = (1..=count).fold(State::default(), |state, minor| state.learned(&failure(minor)));
    assert_eq!((learned.failed().len(), learned.failed().last()), (caps::FAILED, Some(&id(count))));
    let success = |minor: u64| Journal::new(super::Kind::Push, id(minor - 1), id(minor), 0, Phase::Committed);
    let count = u64::try_from(caps::GOOD).unwrap() + 3;
    let learned = (1..=count).fold(State::default(), |state, minor| {
        let next = state.learned(&success(minor));
        assert_eq!(next.learned(&success(minor)), next, "to learn it again teaches nothing");
        next
    });
    assert_eq!((learned.good().len(), learned.good().last()), (caps::GOOD, Some(&id(count))));
    let long = "\u{e9}".repeat(caps::WHY);
    let kept = super::resume::clipped(&long);
    assert!(kept.len() <= caps::WHY && kept.len() > caps::WHY - 4 && long.starts_with(&kept));
}
