//! Whoever may come to an end of a swarm, for tests of servers and clients: the feature `testing`.
//!
//! - [`forge`]: certificates of any words, with the key of an authority.
//! - [`reckless`]: ends that show what they are given and accept whatever they are shown.
//! - [`cast`]: one of every sort, good and bad, with a label each.
//! - [`swarm`]: a whole swarm: its authority, its clock, and who knows whom.
//!
//! Nothing here is for programs: it panics where a test would.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod cast;
pub mod forge;
pub mod reckless;
pub mod swarm;

use decnet_proto::ids::HostId;

/// A moment, in seconds since the Unix epoch.
pub const NOW: i64 = 1_800_000_000;

/// The host of this number.
///
/// # Panics
/// Never: every number is in an id.
pub fn host(number: u32) -> HostId {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}
