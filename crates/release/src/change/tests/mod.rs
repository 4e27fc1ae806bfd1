//! What is asked of an engine, and what it answers.

mod interrupted;
mod kept;
mod on_disk;
mod pushed;
mod records;

use std::{path::Path, time::Duration};

use semver::Version;

use super::{
    Chain, ChangeError, Engine, Journal, Outcome, Patience, Phase, Prepared, Program, State, Supervisor,
    SystemClock, Terms, Trouble,
    admit::Inadmissible,
    confirm, confirmation,
    health::{Check, Health, Seen},
    simulation::{Does, Made, World, key, layout},
};
use crate::{
    archive::{Refusal, UnpackError},
    caps,
    digest::Digest,
    id::{Part, ReleaseId, Target},
    key::SigningKey,
    lock::Lock,
    medium::{Disk, Look as _, Medium as _},
    store::Layout,
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
