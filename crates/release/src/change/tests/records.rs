//! What is written down.

use super::*;
use crate::change::Kind;

#[test]
fn broken_records_stop_everything_and_name_themselves() {
    let (world, lock) = host();
    committed(&world, lock.path(), &working(1));
    let break_it = |path: &Path, content: &str| {
        let mut disk = world.store().look().clone();
        let whole = crate::store::read(&disk, path, caps::RECORD).unwrap();
        let put = |disk: &mut crate::change::simulation::SimDisk, bytes: &[u8]| {
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
        Journal::new(Kind::Push, id(0), id(minor), 0, reverted)
    };
    let count = u64::try_from(caps::FAILED).unwrap() + 3;
    let learned = (1..=count).fold(State::default(), |state, minor| state.learned(&failure(minor)));
    assert_eq!((learned.failed().len(), learned.failed().last()), (caps::FAILED, Some(&id(count))));
    let success = |minor: u64| Journal::new(Kind::Push, id(minor - 1), id(minor), 0, Phase::Committed);
    let count = u64::try_from(caps::GOOD).unwrap() + 3;
    let learned = (1..=count).fold(State::default(), |state, minor| {
        let next = state.learned(&success(minor));
        assert_eq!(next.learned(&success(minor)), next, "to learn it again teaches nothing");
        next
    });
    assert_eq!((learned.good().len(), learned.good().last()), (caps::GOOD, Some(&id(count))));
    let long = "\u{e9}".repeat(caps::WHY);
    let kept = crate::change::resume::clipped(&long);
    assert!(kept.len() <= caps::WHY && kept.len() > caps::WHY - 4 && long.starts_with(&kept));
}
