//! Waiting for something that another process brings about.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(50);

/// Asks until there is an answer.
///
/// # Errors
/// When `limit` passes without one; `what` names what was waited for.
pub fn until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if Instant::now() >= end {
            bail!("waited {} s in vain for {what}", limit.as_secs());
        }
        pause(STEP);
    }
}

/// Does nothing for a while.
#[expect(clippy::disallowed_methods, reason = "there is no async runtime here that could be blocked")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
