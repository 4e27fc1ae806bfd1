//! Releases that are kept and gone back to.

use super::*;

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
