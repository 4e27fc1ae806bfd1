//! Changes that die, at every step and again and again, in the crate's own simulation.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};

/// Schedules of several deaths.
const SCHEDULES: &str = "20000";

/// Dies at every call that changes something, loses every write that was not synchronised, and then
/// looks whether the old release or the new one is there, whole, and runs.
pub(super) fn survived() -> Result<String> {
    let begun = Instant::now();
    let arguments = ["nextest", "run", "--locked", "--package", "decnet-release", "--lib"];
    let mut command = process::command("cargo", arguments);
    command
        .args(["--profile", "proof", "--cargo-profile", "proof", "--success-output", "immediate"])
        .args(["--filterset", "test(change::simulation::)"])
        .env("RELEASE_SCHEDULES", SCHEDULES);
    let output = command.current_dir(workspace::root()).output().context("starting the simulation")?;
    let said = process::both(&output);
    ensure!(output.status.success(), "{}", super::super::faults(&said));
    let figures: Vec<_> = said.lines().filter_map(|line| line.trim().strip_prefix("simulated: ")).collect();
    ensure!(figures.len() > 3, "it was not tried: {said}");
    let seconds = begun.elapsed().as_secs();
    Ok(format!("{}, {SCHEDULES} schedules of both; {seconds} s", figures.join(", ")))
}
