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

static SPENT: AtomicUsize = AtomicUsize::new(0);

/// Counts an operation on `bytes` bytes, and rests when it is time.
pub(super) async fn spend(bytes: usize) {
    let cost = bytes.saturating_add(CALL);
    let before = SPENT.fetch_add(cost, Ordering::Relaxed);
    if before % STINT > before.wrapping_add(cost) % STINT {
        tokio::time::sleep(REST).await;
    } else {
        tokio::task::consume_budget().await;
    }
}
