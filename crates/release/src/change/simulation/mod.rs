//! Death at every call that changes something, and power cuts that keep any part of what was not
//! synchronised: afterwards there is exactly the old release or the new one, and it runs.
//!
//! `RELEASE_SCHEDULES` says how many schedules of several deaths are tried; 200 if it says nothing.

mod disk;
mod world;

use std::path::Path;

use proptest::prelude::*;

use self::disk::{Death, Survives};
pub(super) use self::{
    disk::SimDisk,
    world::{Does, Made, World, key, layout},
};
use super::{Journal, Kind, Outcome, Phase, State};
use crate::{
    id::ReleaseId,
    medium::Look as _,
    store::{REMOVED, STAGING},
};

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Update,
    Rollback,
    /// An update that a watchdog ends.
    HandOver,
}

/// A host with a past, what it is asked for, and where it may end.
struct Scenario {
    start: World,
    lock: tempfile::NamedTempFile,
    ask: Ask,
    old: ReleaseId,
    new: Made,
    /// Whether the new release works.
    works: bool,
    /// Works, and is newer than all others.
    next: Made,
}

impl Scenario {
    /// A first push.
    fn push(agent: Does, forwarder: Does) -> Self {
        let first = Made::new(0, Does::Work, Does::Work);
        let start = World::new(&first);
        let works = (agent, forwarder) == (Does::Work, Does::Work);
        let (new, next) = (Made::new(1, agent, forwarder), Made::new(9, Does::Work, Does::Work));
        let lock = tempfile::NamedTempFile::new().unwrap();
        Self { start, lock, ask: Ask::Update, old: first.id(), new, works, next }
    }

    /// A push to a host that has had three, so that old ones must go.
    fn push_with_a_past() -> Self {
        let mut scenario = Self::push(Does::Work, Does::Work);
        for minor in 1..=3 {
            let made = Made::new(minor, Does::Work, Does::Work);
            scenario.do_now(&made);
            scenario.old = made.id();
        }
        scenario.new = Made::new(4, Does::Work, Does::Work);
        scenario
    }

    /// A push that a watchdog ends.
    fn hand_over(agent: Does) -> Self {
        Self { ask: Ask::HandOver, ..Self::push(agent, Does::Work) }
    }

    /// An archive that is damaged near its end.
    fn damaged() -> Self {
        let mut scenario = Self::push(Does::Work, Does::Work);
        let end = scenario.new.archive.len() - 20;
        scenario.new.archive.truncate(end);
        Self { works: false, ..scenario }
    }

    fn rollback() -> Self {
        let scenario = Self::push(Does::Work, Does::Work);
        let (back, new) = (Made::new(1, Does::Work, Does::Work), Made::new(2, Does::Work, Does::Work));
        scenario.do_now(&back);
        scenario.do_now(&new);
        Self { ask: Ask::Rollback, old: new.id(), new: back, ..scenario }
    }

    fn do_now(&self, made: &Made) {
        let outcome = self.start.engine(self.lock.path()).update(&made.archive[..], &key().public(), None);
        assert!(matches!(outcome, Ok(Outcome::Committed { .. })), "{outcome:?}");
        self.start.disk.rest();
    }

    /// Asks, on a copy, and lets the process die there.
    fn ask(&self, death: Option<Death>) -> World {
        let world = self.start.fork();
        world.disk.die(death);
        let mut engine = world.engine(self.lock.path());
        let _ = match self.ask {
            Ask::Update => engine.update(&self.new.archive[..], &key().public(), None),
            Ask::Rollback => engine.rollback(),
            Ask::HandOver => {
                let prepared = engine.prepare(&self.new.archive[..], &key().public(), None);
                drop(engine);
                prepared.and_then(|_| {
                    let ended = world.engine(self.lock.path()).resume();
                    Ok(ended?.unwrap_or_else(|| Outcome::Already(self.old.clone())))
                })
            }
        };
        world
    }

    /// What is true at every moment, whatever happened: `current` is a whole release, old or new.
    fn check_now(&self, world: &World, what: &str) {
        let current =
            world.store().current().unwrap().unwrap_or_else(|| panic!("{what}: nothing is current"));
        assert!([&self.old, &self.new.id()].contains(&&current.id), "{what}: {} is current", current.id);
        let store = world.store();
        let journal = Journal::load(store.look(), &layout());
        assert!(journal.is_ok(), "{what}: {journal:?}");
        let journal = journal.unwrap();
        let ours = journal.iter().find(|journal| journal.to == self.new.id());
        if let Some(is_new) = ours.and_then(|journal| says_new(&journal.phase)) {
            let found = &current.id;
            assert_eq!(is_new, *found == self.new.id(), "{what}: {ours:?}, and {found} is current");
        }
        let is_open = journal.is_some_and(|journal| journal.phase.is_under_way());
        let is_marked = store.look().open(&layout().trial()).is_ok();
        assert!(is_marked || !is_open || self.ask != Ask::HandOver, "{what}: nobody starts the watchdog");
        let state = State::load(store.look(), &layout());
        assert!(state.is_ok(), "{what}: {state:?}");
        let releases = store.releases().unwrap();
        assert!(releases.iter().any(|found| found.folder == current.folder), "{what}: the link dangles");
        for found in releases {
            let checked = store.check(&found.id, &found.folder);
            assert!(checked.is_ok(), "{what}: half a release has the name of a whole one: {checked:?}");
        }
    }

    /// What is true after somebody resumed; then the next update, which must work as if nothing had been.
    fn check_after(&self, world: &World, what: &str) {
        self.check_now(world, what);
        let store = world.store();
        let current = store.current().unwrap().unwrap().id;
        for running in world.running() {
            assert_eq!(running, current, "{what}: something else runs than is current");
        }
        assert_eq!(world.running().len(), 2, "{what}: a program does not run");
        let is_new = current == self.new.id();
        assert!(self.works || !is_new, "{what}: a release runs that does not work");
        let state = State::load(store.look(), &layout()).unwrap();
        if let Some(journal) = Journal::load(store.look(), &layout()).unwrap() {
            assert!(journal.phase.is_closed(), "{what}: {:?}", journal.phase);
            let ours = journal.to == self.new.id();
            assert_eq!(ours && journal.phase == Phase::Committed, is_new, "{what}: {journal:?}");
            if ours && matches!(journal.phase, Phase::Reverted { .. }) {
                assert!(state.failed().contains(&journal.to), "{what}: {state:?}");
            }
            if is_new && journal.kind == Kind::Push {
                assert_eq!(state.good().last(), Some(&current), "{what}");
                assert_eq!(state.highest(), Some(&current.version), "{what}");
            }
        }
        for good in state.good().iter().rev().take(2) {
            let found = store.find(good);
            assert!(found.is_ok(), "{what}: a good release is gone: {found:?}");
        }
        let rubbish = |name: &str| name.starts_with(STAGING) || name.starts_with(REMOVED);
        assert!(store.look().open(&layout().trial()).is_err(), "{what}: there is nothing to watch");
        for (name, _) in store.look().list(&layout().releases()).unwrap_or_default() {
            assert!(!rubbish(&name), "{what}: {name} was left");
        }
        let next = world.engine(self.lock.path()).update(&self.next.archive[..], &key().public(), None);
        assert!(matches!(next, Ok(Outcome::Committed { .. })), "{what}: the next update: {next:?}");
        assert!(world.running().iter().all(|running| *running == self.next.id()), "{what}");
    }

    /// Whoever is started by what was left on the disk goes on.
    fn resume(&self, world: &World, what: &str) {
        world.disk.die(None);
        let is_marked = world.store().look().open(&layout().trial()).is_ok();
        let mut engine = world.engine(self.lock.path());
        let by_watchdog = self.ask != Ask::HandOver || is_marked;
        let resumed = if by_watchdog { engine.resume() } else { engine.give_up() };
        assert!(resumed.is_ok(), "{what}: {resumed:?}");
    }

    /// How many calls change something when nobody dies.
    fn calls(&self) -> usize {
        let world = self.ask(None);
        let calls = world.disk.calls();
        let is_new = world.store().current().unwrap().unwrap().id == self.new.id();
        assert_eq!(is_new, self.works, "without any death");
        self.check_after(&world, "without any death");
        calls
    }

    /// `kill -9` at every call; the number of deaths.
    fn kill_everywhere(&self) -> usize {
        let deaths = deaths(self.calls());
        for death in &deaths {
            let what = format!("{:?} {death:?}", self.ask);
            let world = self.ask(Some(*death));
            assert!(world.disk.is_dead(), "{what}: it lived");
            self.check_now(&world, &what);
            self.resume(&world, &what);
            self.check_after(&world, &what);
        }
        deaths.len()
    }

    /// Who resumes a killed change does a little, and then the power goes: what the first one wrote may
    /// be lost still, and the second one has read it. The number of cuts.
    fn kill_and_cut_power_everywhere(&self) -> usize {
        let mut cuts = 0;
        let kills = deaths(self.calls()).into_iter().filter(|death| death.done);
        let twice = |kill| (0..6).map(move |at| (kill, Death { at, done: true }));
        for (first, then) in kills.flat_map(twice) {
            let dies = || {
                let world = self.ask(Some(first));
                world.disk.die(Some(then));
                let _ = world.engine(self.lock.path()).resume();
                world
            };
            let pending = dies().disk.pending();
            for survives in (0..pending).flat_map(|one| [Survives::Only(one), Survives::AllBut(one)]) {
                let what = format!("{:?} {first:?} {then:?} {survives:?}", self.ask);
                let world = dies();
                world.cut_power(survives);
                self.check_now(&world, &what);
                self.resume(&world, &what);
                self.check_after(&world, &what);
                cuts += 1;
            }
        }
        cuts
    }

    /// The power goes at every call, and every beginning of what was not synchronised survives, and
    /// some that are no beginnings; the number of cuts.
    fn cut_power_everywhere(&self) -> usize {
        let mut cuts = 0;
        for death in deaths(self.calls()) {
            let pending = self.ask(Some(death)).disk.pending();
            let beginnings = (0..=pending).map(Survives::First);
            let single = (0..pending).flat_map(|one| [Survives::Only(one), Survives::AllBut(one)]);
            for survives in beginnings.chain(single).chain([Survives::Names, Survives::Contents]) {
                let what = format!("{:?} {death:?} {survives:?}", self.ask);
                let world = self.ask(Some(death));
                world.cut_power(survives);
                self.check_now(&world, &what);
                self.resume(&world, &what);
                self.check_after(&world, &what);
                cuts += 1;
            }
        }
        cuts
    }
}

/// Whether `current` must be the new release where the journal has this phase; either will do where it is
/// just being changed. The table at the crate's head says the same.
const fn says_new(phase: &Phase) -> Option<bool> {
    match phase {
        Phase::Switched | Phase::Reverting { .. } => None,
        Phase::Probing { .. } | Phase::Committed => Some(true),
        Phase::Received
        | Phase::Verified
        | Phase::Staged
        | Phase::Reverted { .. }
        | Phase::Abandoned { .. } => Some(false),
    }
}

/// How many schedules are tried.
#[cfg(test)]
fn schedules() -> u32 {
    std::env::var("RELEASE_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

fn deaths(calls: usize) -> Vec<Death> {
    (0..calls).flat_map(|at| [false, true].map(|done| Death { at, done })).collect()
}

const BROKEN: [(Does, Does); 8] = [
    (Does::Fail, Does::Work),
    (Does::Hang, Does::Work),
    (Does::End, Does::Work),
    (Does::Pretend, Does::Work),
    (Does::Flap, Does::Work),
    (Does::Refuse, Does::Work),
    (Does::Work, Does::End),
    (Does::Work, Does::Fail),
];

#[test]
fn killed_anywhere_the_old_or_the_new_runs() {
    let mut deaths = Scenario::push(Does::Work, Does::Work).kill_everywhere();
    deaths += Scenario::push_with_a_past().kill_everywhere();
    deaths += Scenario::rollback().kill_everywhere();
    deaths += Scenario::damaged().kill_everywhere();
    deaths += Scenario::hand_over(Does::Work).kill_everywhere();
    deaths += Scenario::hand_over(Does::Hang).kill_everywhere();
    for (agent, forwarder) in BROKEN {
        deaths += Scenario::push(agent, forwarder).kill_everywhere();
    }
    assert!(deaths > 1_000, "{deaths} deaths");
    println!("simulated: {deaths} kills");
}

#[test]
fn without_power_anywhere_the_old_or_the_new_runs() {
    let mut cuts = Scenario::push(Does::Work, Does::Work).cut_power_everywhere();
    cuts += Scenario::rollback().cut_power_everywhere();
    cuts += Scenario::push(Does::Work, Does::End).cut_power_everywhere();
    assert!(cuts > 1_000, "{cuts} cuts");
    println!("simulated: {cuts} power cuts");
}

#[test]
fn without_power_anywhere_a_watchdog_is_started_and_ends_it() {
    let mut cuts = Scenario::hand_over(Does::Work).cut_power_everywhere();
    cuts += Scenario::hand_over(Does::End).cut_power_everywhere();
    assert!(cuts > 1_000, "{cuts} cuts");
    println!("simulated: {cuts} power cuts");
}

#[test]
fn who_resumes_may_lose_the_power_too() {
    let cuts = Scenario::push(Does::Fail, Does::Work).kill_and_cut_power_everywhere();
    assert!(cuts > 1_000, "{cuts} cuts");
    println!("simulated: {cuts} power cuts after kills");
}

#[test]
fn old_releases_go_whole_or_not_at_all() {
    let cuts = Scenario::push_with_a_past().cut_power_everywhere();
    assert!(cuts > 500, "{cuts} cuts");
    println!("simulated: {cuts} power cuts");
}

/// Whether something can be synchronised too little and be found by these tests: a disk that keeps
/// nothing at all must fail them.
#[test]
fn the_model_loses_what_was_not_synchronised() {
    use crate::medium::Medium as _;
    let mut disk = disk::SimDisk::new();
    let path = Path::new("/a");
    disk.write(path, 0, &mut &b"content"[..]).unwrap();
    disk.cut_power(Survives::Contents);
    assert!(disk.open(path).is_err(), "a name survived");
    disk.write(path, 0, &mut &b"content"[..]).unwrap();
    disk.sync(Path::new("/")).unwrap();
    disk.cut_power(Survives::First(0));
    let read = crate::store::read(&disk, path, 100).unwrap();
    assert_eq!(read, b"", "content survived");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(schedules()))]

    /// Dies again and again, now by a signal, now with the power.
    #[test]
    fn it_can_die_as_often_as_it_likes(
        broken in 0..=BROKEN.len(),
        first: prop::sample::Index,
        then in proptest::collection::vec((0usize..40, any::<bool>(), any::<Option<u64>>()), 0..6),
    ) {
        let (agent, forwarder) = BROKEN.get(broken).copied().unwrap_or((Does::Work, Does::Work));
        let scenario = Scenario::push(agent, forwarder);
        let world = scenario.ask(Some(*first.get(&deaths(scenario.calls()))));
        for (at, done, power) in then {
            if let Some(bits) = power {
                world.cut_power(Survives::Some(bits));
            }
            scenario.check_now(&world, "between deaths");
            world.disk.die(Some(Death { at, done }));
            let _ = world.engine(scenario.lock.path()).resume();
        }
        scenario.resume(&world, "at last");
        scenario.check_after(&world, "at last");
    }
}
