//! Changes that die, at every step and again and again, in the crate's own simulation.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::super::figures;

/// Schedules of several deaths.
const SCHEDULES: &str = "20000";

/// Dies at every call that changes something, loses every write that was not synchronised, and then
/// looks whether the old release or the new one is there, whole, and runs.
pub(super) fn survived() -> Result<String> {
    let begun = Instant::now();
    let words = ["--lib", "--profile", "proof", "--cargo-profile", "proof"];
    let words = [&words[..], &["--filterset", "test(change::simulation::)"]].concat();
    let schedules = [("RELEASE_SCHEDULES", SCHEDULES)];
    let figures = figures::printed("decnet-release", &words, &schedules, "simulated: ")?;
    ensure!(figures.len() > 3, "not all was tried: {figures:?}");
    let seconds = begun.elapsed().as_secs();
    Ok(format!("{}, {SCHEDULES} schedules of both; {seconds} s", figures.join(", ")))
}
