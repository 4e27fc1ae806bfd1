//! The programs that run on hosts, built where the lab looks for them.

use anyhow::Result;
use lab::{process, workspace};

/// One package for each.
const PACKAGES: [&str; 5] =
    ["decnet-master", "decnet-agent", "decnet-updater", "decnet-forwarder", "decnet-listener"];

/// Builds them, quick to build rather than quick to run.
pub(crate) fn build() -> Result<()> {
    let mut cargo = process::command("cargo", ["build", "--quiet", "--locked"]);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    process::run(cargo.current_dir(workspace::root()))
}

/// Who calls at a listener.
const CALLERS: &str = "callers";

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Debug,
    /// As they are shipped.
    Release,
}

/// Builds them with who calls at them.
pub(crate) fn build_transport(profile: Profile) -> Result<()> {
    let mut cargo = process::command("cargo", ["build", "--quiet", "--locked"]);
    cargo.args((profile == Profile::Release).then_some("--release"));
    cargo.args(PACKAGES.iter().chain([&CALLERS]).flat_map(|package| ["--package", package]));
    process::run(cargo.current_dir(workspace::root()))
}

/// What runs on a master's host, and who writes lines for its record and asks for them.
const OF_THE_MASTER: [&str; 3] = ["decnet-master", "decnet-listener", "traffic"];

/// Builds those, as they are shipped.
pub(crate) fn build_api() -> Result<()> {
    let mut cargo = process::command("cargo", ["build", "--quiet", "--locked", "--release"]);
    cargo.args(OF_THE_MASTER.iter().flat_map(|package| ["--package", package]));
    process::run(cargo.current_dir(workspace::root()))
}
