//! Any schedule of commits, rotations, faults, kills and power cuts.

use proptest::prelude::*;

use super::*;
use crate::faulty::{Fault, Faulty, faults};

#[derive(Clone, Debug)]
enum Step {
    Commit(usize),
    Derive,
    Save,
    Rotate { log: bool, json: bool },
    Kill,
    CutPower(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..30_usize).prop_map(Step::Commit),
        6 => Just(Step::Derive),
        2 => Just(Step::Save),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(log, json)| Step::Rotate { log, json }),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::CutPower),
    ]
}

struct World {
    bench: Bench,
    medium: Faulty,
    deriver: Option<Deriver<Faulty>>,
    rotations: usize,
}

impl World {
    fn new(faults: Vec<(usize, Fault)>) -> Self {
        let mut world =
            Self { bench: Bench::new(), medium: Faulty::new(faults), deriver: None, rotations: 0 };
        world.reopen();
        world
    }

    fn reopen(&mut self) {
        self.deriver = None;
        self.deriver = (0..20).find_map(|_| {
            self.medium.revive();
            Deriver::open_on(self.medium.clone(), &self.bench.paths(), &self.bench.spool).ok()
        });
        assert!(self.deriver.is_some(), "faults end");
    }

    fn play(&mut self, step: &Step) {
        let deriver = self.deriver.as_mut().unwrap();
        match *step {
            Step::Commit(count) => self.bench.commit(count),
            Step::Derive => drop(deriver.step()),
            Step::Save => {
                if let Ok(place) = deriver.save() {
                    self.bench.spool.remove_before(place).unwrap();
                }
            }
            Step::Rotate { log, json } => {
                self.rotations += 1;
                let paths = self.bench.paths();
                if log {
                    rotate(&paths.log, self.rotations);
                }
                if json {
                    rotate(&paths.json, self.rotations);
                }
            }
            Step::Kill => self.reopen(),
            Step::CutPower(keep) => {
                self.deriver = None;
                self.medium.cut_power(&self.bench.logs(), keep);
                self.reopen();
            }
        }
        if self.medium.is_dead() {
            self.reopen();
        }
    }

    fn check(&mut self) {
        self.medium.heal();
        if self.rotations.is_multiple_of(2) {
            self.reopen();
        }
        // The first steps may still have to put right what went wrong before.
        let deriver = self.deriver.as_mut().unwrap();
        derive_all(deriver);
        deriver.save().unwrap();
        self.bench.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_files_have_every_line_once(
        faults in faults(150),
        steps in proptest::collection::vec(step(), 1..50),
    ) {
        let mut world = World::new(faults);
        for step in &steps {
            world.play(step);
        }
        world.check();
    }
}

/// The same few steps, with a fault at every call that they make.
#[test]
fn a_kill_at_every_call_tears_nothing() {
    let steps = [
        Step::Commit(20),
        Step::Derive,
        Step::Commit(20),
        Step::Derive,
        Step::Save,
        Step::Commit(5),
        Step::Derive,
        Step::Rotate { log: true, json: false },
        Step::Commit(20),
        Step::Derive,
        Step::Commit(1),
        Step::Derive,
        Step::Rotate { log: true, json: true },
        Step::Derive,
        Step::Commit(4),
        Step::Derive,
        Step::Save,
    ];
    let play = |faults: Vec<(usize, Fault)>| {
        let mut world = World::new(faults);
        steps.iter().for_each(|step| world.play(step));
        let calls = world.medium.calls();
        world.check();
        calls
    };
    let calls = play(Vec::new());
    assert!(calls > 30, "{calls}");
    for call in 0..calls {
        for share in [0, 100, 128, 200, 255] {
            play(vec![(call, Fault::Kill(share))]);
        }
        for fault in [Fault::Fail, Fault::Half] {
            play(vec![(call, fault)]);
        }
    }
}
