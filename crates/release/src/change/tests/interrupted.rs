//! Changes that die, and who ends them.

use super::*;

/// A host like this one where an update died as soon as the journal had such a phase.
fn died_in(world: &World, lock: &Path, made: &Made, wanted: fn(&Phase) -> bool) -> World {
    for at in 0.. {
        let copy = world.fork_dying(at);
        let ended = update(&copy, lock, made);
        let journal = Journal::load(copy.store().look(), &layout()).unwrap();
        if journal.is_some_and(|journal| wanted(&journal.phase)) {
            return copy;
        }
        assert!(ended.is_err(), "it came to an end, and the journal never said so");
    }
    unreachable!("an update ends")
}

/// The names of the phases that the journal has, one after the other, while something is done.
fn steps(world: &World, lock: &Path, ask: impl Fn(&World, &Path) -> bool) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for at in 0.. {
        let copy = world.fork_dying(at);
        let is_over = ask(&copy, lock);
        let journal = Journal::load(copy.store().look(), &layout()).unwrap();
        let told = journal.map(|journal| format!("{:?}", journal.phase)).unwrap_or_default();
        let name = told.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
        if seen.last() != Some(&name) {
            seen.push(name);
        }
        if is_over {
            return seen;
        }
    }
    unreachable!("it ends")
}

#[test]
fn every_step_is_in_the_journal() {
    let check = |made: &Made, last: &[&str]| {
        let (world, lock) = host();
        let all = steps(&world, lock.path(), |world, lock| update(world, lock, made).is_ok());
        assert_eq!(all, [&["", "Received", "Verified", "Staged", "Switched", "Probing"], last].concat());
    };
    check(&working(1), &["Committed"]);
    check(&Made::new(1, Does::Hang, Does::Work), &["Reverting", "Reverted"]);
    let (world, lock) = host();
    committed(&world, lock.path(), &working(1));
    let all = steps(&world, lock.path(), |world, lock| world.engine(lock).rollback().is_ok());
    // What the update before left, and then its own.
    assert_eq!(all, ["Committed", "Switched", "Probing", "Committed"]);
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
    world.switch_by_package(&working(3));
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
        // Whoever left one: it is in nobody's way.
        world.store().look().clone().write(&layout().trial(), 0, &mut &b"old"[..]).unwrap();
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
fn who_is_to_be_replaced_gives_up_what_nobody_was_handed() {
    let given_up = |world: &World, lock: &Path| {
        world.lives();
        world.engine(lock).give_up().unwrap()
    };
    for at in 0.. {
        let (world, lock) = host();
        let world = world.fork_dying(at);
        let prepared = world.engine(lock.path()).prepare(&working(1).archive[..], &key().public(), None);
        let journal = Journal::load(world.store().look(), &layout()).unwrap();
        let outcome = given_up(&world, lock.path());
        match journal.map(|journal| journal.phase) {
            None => assert_eq!(outcome, None),
            Some(Phase::Switched) => {
                assert_eq!(outcome, None, "it is for the watchdog");
                assert_eq!(phase(&world), Phase::Switched);
            }
            Some(open) => {
                assert!(matches!(outcome, Some(Outcome::Abandoned { .. })), "{open:?}: {outcome:?}");
                assert!(matches!(phase(&world), Phase::Abandoned { .. }), "{open:?}");
            }
        }
        assert_eq!((current(&world), world.starts().len()), (working(0).id(), 2));
        if prepared.is_ok() {
            assert!(at > 10, "it died {at} times only");
            return;
        }
    }
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
fn what_is_on_trial_is_not_vouched_for() {
    let (world, lock) = host();
    let new = working(1);
    let on_trial = (0..).map(|at| world.fork_dying(at)).find(|copy| {
        let _ = update(copy, lock.path(), &new);
        let runs = copy.running().len() == 2 && copy.running().iter().all(|id| *id == new.id());
        runs && matches!(phase(copy), Phase::Probing { .. })
    });
    let world = on_trial.unwrap();
    world.lives();
    assert!(!world.engine(lock.path()).vouch().unwrap(), "its watchdog may be about to undo it");
    assert!(!state(&world).is_good(&new.id()));
}
