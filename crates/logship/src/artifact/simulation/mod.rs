//! Both ends, the network between them, a disk and a clock, all of which fail as a schedule says:
//! whatever it says, every artifact arrives exactly as it is, and nothing else does.
//!
//! `TRANSPORT_SCHEDULES` says how many schedules are tried; 200 if it says nothing.

mod schedule;
mod world;

use proptest::{prelude::*, test_runner::TestRunner};

use self::{schedule::schedule, world::World};

#[test]
fn whatever_fails_every_artifact_arrives_as_it_is() {
    let cases = crate::simulation::cases();
    let config = ProptestConfig { cases, max_shrink_iters: 2_000, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&schedule(), |steps| {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            world.check();
        }
        let missing = world.end();
        prop_assert!(missing.is_empty(), "{missing:?}");
        Ok(())
    });
    if let Err(failed) = run {
        panic!("{failed}");
    }
}
