//! Work that never waits lets others work too.
//!
//! Files and `/dev/null` are always ready, so that `yes > /dev/null` would never let go of the
//! thread that serves everybody.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Bytes moved after which whoever moves them rests.
const STINT: usize = 8 * 1024 * 1024;
/// What an operation costs beside its bytes.
const CALL: usize = 2 * 1024;
/// How long the rest is.
const REST: Duration = Duration::from_millis(2);

/// Where bytes are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// Within the memory of the machine, as with devices.
    Memory,
    /// From or to a disk: about 340 MB/s, as virtual machines have it. Otherwise who makes a file of
    /// gigabytes, most of which we only say that we have, could keep us busy with it.
    Disk,
}

impl Medium {
    const fn cost(self) -> usize {
        match self {
            Self::Memory => 1,
            Self::Disk => 12,
        }
    }
}

static SPENT: AtomicUsize = AtomicUsize::new(0);

/// Counts an operation on `bytes` bytes, and rests when it is time.
pub(super) async fn spend(bytes: usize, medium: Medium) {
    let cost = bytes.saturating_mul(medium.cost()).saturating_add(CALL);
    let before = SPENT.fetch_add(cost, Ordering::Relaxed);
    let rests = (before.wrapping_add(cost) / STINT).saturating_sub(before / STINT);
    if rests > 0 {
        tokio::time::sleep(REST * u32::try_from(rests).unwrap_or(1)).await;
    } else {
        tokio::task::consume_budget().await;
    }
}
