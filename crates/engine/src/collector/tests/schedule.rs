//! Any schedule of crashes, restarts, rotations and bad following: what is in the files is
//! exactly what was emitted.

use proptest::prelude::*;

use super::{
    super::{config::Rotation, source::Channel},
    world::World,
};

/// Who rotates the files.
#[derive(Clone, Copy, Debug)]
enum Rotator {
    Nobody,
    BuiltIn(u64),
    Renames,
    Truncates,
}

#[derive(Clone, Debug)]
enum Step {
    Emit { who: usize, count: usize, step: i64, width: usize },
    Stderr { who: usize },
    Foreign { who: usize, length: usize, width: usize, step: i64 },
    Artifact { who: usize, size: usize },
    Restart { who: usize },
    Follow { who: usize, skip: isize, count: usize },
    Read { who: usize },
    Tick,
    Trim { who: usize, keep: usize },
    Crash { log_keep: u64, json_keep: u64 },
    Rotate { log: bool, json: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..4_usize;
    let time = || prop_oneof![Just(0), Just(1), 1..5_000_000_i64, -1_000_000_000..0_i64];
    prop_oneof![
        6 => (who(), 1..20_usize, time(), 1..200_usize)
            .prop_map(|(who, count, step, width)| Step::Emit { who, count, step, width }),
        1 => who().prop_map(|who| Step::Stderr { who }),
        2 => (who(), 0..60_usize, 1..20_usize, time())
            .prop_map(|(who, length, width, step)| Step::Foreign { who, length, width, step }),
        1 => (who(), 0..600_usize).prop_map(|(who, size)| Step::Artifact { who, size }),
        1 => who().prop_map(|who| Step::Restart { who }),
        8 => (who(), prop_oneof![4 => Just(0), 1 => -10..10_isize], 1..30_usize)
            .prop_map(|(who, skip, count)| Step::Follow { who, skip, count }),
        3 => who().prop_map(|who| Step::Read { who }),
        2 => Just(Step::Tick),
        1 => (who(), 1..6_usize).prop_map(|(who, keep)| Step::Trim { who, keep }),
        3 => (any::<u64>(), any::<u64>()).prop_map(|(log_keep, json_keep)| Step::Crash { log_keep, json_keep }),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(log, json)| Step::Rotate { log, json }),
    ]
}

fn rotator() -> impl Strategy<Value = Rotator> {
    prop_oneof![
        Just(Rotator::Nobody),
        (200..20_000_u64).prop_map(Rotator::BuiltIn),
        Just(Rotator::Renames),
        Just(Rotator::Truncates),
    ]
}

fn play(world: &mut World, rotator: Rotator, step: &Step) {
    match *step {
        Step::Emit { who, count, step, width } => (0..count).for_each(|_| world.emit(who, step, width)),
        Step::Stderr { who } => world.foreign(who, Channel::Err, b"warning: \x1b[1mhello", 1, 5),
        Step::Foreign { who, length, width, step } => {
            world.foreign(who, Channel::Out, &b"<134>1 [x] \""[..].repeat(10)[..length], step, width);
        }
        Step::Artifact { who, size } => world.artifact(who, size, 1),
        Step::Restart { who } => world.restart(who),
        Step::Follow { who, skip, count } => {
            let (archive, logs) = world.archive();
            logs[who].follow(archive, skip, count).unwrap();
        }
        Step::Read { who } => {
            let (archive, logs) = world.archive();
            logs[who].read(archive).unwrap();
        }
        Step::Tick => world.archive().0.tick().unwrap(),
        Step::Trim { who, keep } => world.trim_read(who, keep),
        Step::Crash { log_keep, json_keep } => world.crash(log_keep, json_keep),
        Step::Rotate { log, json } => match rotator {
            Rotator::Nobody | Rotator::BuiltIn(_) => {}
            Rotator::Renames => world.rename(log, json),
            // Cutting a file under a collector that has just died would lose lines to anybody.
            Rotator::Truncates => {
                world.archive().0.tick().unwrap();
                world.copy_truncate();
                world.archive().0.tick().unwrap();
            }
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_files_hold_what_was_emitted(
        rotator in rotator(),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let rotation = match rotator {
            Rotator::BuiltIn(bytes) => Some(Rotation { bytes, keep: 99 }),
            _ => None,
        };
        let mut world = World::new(rotation);
        for step in &steps {
            play(&mut world, rotator, step);
        }
        world.check();
    }
}
