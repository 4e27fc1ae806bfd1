//! Both ends, the network between them, their disks and their clocks, all of which fail as a
//! schedule says: whatever it says, what is stored in the end is what was written.
//!
//! `TRANSPORT_SCHEDULES` says how many schedules are tried; 200 if it says nothing.

mod receiver;
mod schedule;
mod speed;
mod world;
mod writer;

use proptest::{prelude::*, test_runner::TestRunner};

use self::{schedule::schedule, world::World};

/// How many schedules are tried.
#[cfg(test)]
pub(crate) fn cases() -> u32 {
    std::env::var("TRANSPORT_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

#[test]
fn whatever_fails_every_line_is_stored_once_and_in_order() {
    let cases = cases();
    let config = ProptestConfig { cases, max_shrink_iters: 2_000, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&schedule(), |steps| {
        let mut world = World::new();
        steps.iter().for_each(|step| world.take(step));
        let (stored, written) = world.end();
        prop_assert_eq!(stored, written);
        Ok(())
    });
    if let Err(failed) = run {
        panic!("{failed}");
    }
}
