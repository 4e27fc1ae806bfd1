//! From what the operator wrote to a stored plan.

mod files;
mod plans;
mod seed;
mod source;
mod storage;
mod swarm;

pub(crate) use self::{
    plans::Plans,
    seed::{Purpose, Seed, dry_run_seed, load_or_make_seed},
    source::{Source, read},
    storage::{write_private, write_public},
    swarm::{SwarmFolder, lock_folder},
};
