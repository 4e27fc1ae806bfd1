//! What the command line costs.

use std::fs;

use anyhow::{Context, Result};
use lab::{lan, process, workspace};

use super::{
    daemon,
    measure::{self, Cost},
    row::{Row, Target},
};

/// Runs of each command; the cheapest counts.
const RUNS: usize = 10;

/// CPU time and peak memory of the commands that people wait for.
pub(super) fn run() -> Result<Vec<Row>> {
    let arguments = ["build", "--quiet", "--locked", "--release", "--package", "decnet-master"];
    process::run(process::command("cargo", arguments).current_dir(workspace::root()))?;
    let folder = workspace::lab().join("bench-cli");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let state = folder.to_string_lossy();
    let dry_run = dry_run(&state);
    let mut rows = rows("--help", &["--help"], 10.0, 12.0)?;
    rows.extend(self::rows("services", &["services"], 10.0, 12.0)?);
    rows.extend(self::rows("deploy --dry-run, 250 deckies", &dry_run, 30.0, 20.0)?);
    rows.push(daemon::row()?);
    Ok(rows)
}

fn dry_run(state: &str) -> Vec<&str> {
    let mut words = vec!["--state-directory", state, "deploy", "--dry-run", "--deckies", "250"];
    words.extend(["--interface", lan::PARENT, "--subnet", "10.78.0.0/22", "--randomize-services"]);
    words
}

fn rows(what: &str, arguments: &[&str], cpu_ms: f64, peak_mib: f64) -> Result<Vec<Row>> {
    let master = workspace::target().join("release/decnet-master");
    let Cost { cpu_ms: cpu, peak_mib: peak } = measure::cheapest(&master.to_string_lossy(), arguments, RUNS)?;
    let row = |unit_name: &str, figure, unit, bound| Row {
        what: format!("{what}: {unit_name}"),
        figure,
        unit,
        target: Target::AtMost(bound),
        detail: format!("cheapest of {RUNS}"),
    };
    Ok(vec![row("CPU", cpu, "ms", cpu_ms), row("peak memory", peak, "MiB", peak_mib)])
}
