//! The real updater, killed at each step that it enters in its journal.

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};

/// Has it killed, and looks what runs then: the old release or the new one, whole.
pub(super) fn survived() -> Result<String> {
    let arguments = ["nextest", "run", "--locked", "--package", "decnet-updater", "--run-ignored", "only"];
    let mut command = process::command("cargo", arguments);
    command.args(["--profile", "proof", "--success-output", "immediate", "--filterset", "test(killed::)"]);
    let output = command.current_dir(workspace::root()).output().context("starting the test")?;
    let said = process::both(&output);
    ensure!(output.status.success(), "{}", super::super::faults(&said));
    let figure = said.lines().find_map(|line| line.trim().strip_prefix("killed: "));
    figure.map(str::to_owned).with_context(|| format!("it was not tried: {said}"))
}
