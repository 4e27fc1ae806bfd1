//! Machines with systemd as their first process, and what Debian's packages do on them.
//!
//! A Debian of the least that there is boots in a container of the lab's engine. Nothing of the host is
//! in it but the kernel and the tree of control groups.
//!
//! Invariants:
//! - A machine begins as Debian was installed; no two share a disk.
//! - It has no network, so that nothing that is tested asks anybody.
//!
//! Limits: one kernel, so no module is loaded and no clock is set; no D-Bus, as servers may have none.

pub mod claims;

mod debs;
mod machine;
mod pushes;
mod releases;
mod root;
mod worker;

pub use self::{
    debs::{Debs, NAMES},
    machine::{Machine, remove_all},
    releases::{Programs, archive},
    root::prepare,
    worker::{FIRST, PATIENCE, by, current, join, nothing_failed, runs_from, serves},
};
