//! The programs that run on hosts, built where the lab looks for them.

use anyhow::Result;
use lab::{process, workspace};

/// One package for each.
const PACKAGES: [&str; 4] = ["decnet-master", "decnet-agent", "decnet-forwarder", "decnet-updater"];

/// Builds them, quick to build rather than quick to run.
pub(crate) fn build() -> Result<()> {
    let mut cargo = process::command("cargo", ["build", "--quiet", "--locked"]);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    process::run(cargo.current_dir(workspace::root()))
}
