//! What Cargo knows of the workspace.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context, Result};
use lab::{process, workspace};
use serde::Deserialize;

use crate::compile::TARGET;

/// The packages that `cargo metadata` lists.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    /// Members of the workspace, or all packages.
    pub(crate) packages: Vec<Package>,
}

/// A package.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Licence expression.
    pub(crate) license: Option<String>,
    /// Where it comes from; nothing for our own.
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    /// What is built of it.
    pub(crate) targets: Vec<Target>,
}

impl Package {
    /// Its folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.manifest_path.parent().map(PathBuf::from).unwrap_or_default()
    }
}

/// A library, a binary, a test.
#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// `lib`, `bin` and others.
    pub(crate) kind: Vec<String>,
}

/// A line of a manifest's dependency tables.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev` or `build`; nothing for the ordinary ones.
    pub(crate) kind: Option<String>,
    /// Name in the code, where it differs.
    pub(crate) rename: Option<String>,
}

/// The members of the workspace.
pub(crate) fn members() -> Result<Vec<Package>> {
    load(&["--no-deps"])
}

/// Every package that is built for this machine.
///
/// `cargo metadata` also lists optional packages that nothing asks for; `cargo tree` does not.
pub(crate) fn all() -> Result<Vec<Package>> {
    let arguments =
        ["tree", "--locked", "--workspace", "--edges", "all", "--prefix", "none", "--target", TARGET];
    let mut command = process::command("cargo", arguments);
    let text = process::output(command.args(["--format", "{p}"]).current_dir(workspace::root()))?;
    let name_and_version = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    };
    let used: BTreeSet<_> = text.lines().filter_map(name_and_version).collect();
    let mut packages = known()?;
    packages.retain(|package| used.contains(&(package.name.clone(), package.version.clone())));
    Ok(packages)
}

/// Every package that could be built for this machine.
pub(crate) fn known() -> Result<Vec<Package>> {
    load(&["--filter-platform", TARGET])
}

fn load(arguments: &[&str]) -> Result<Vec<Package>> {
    let always = ["metadata", "--format-version", "1", "--locked"];
    let mut command = process::command("cargo", always.iter().chain(arguments));
    let text = process::output(command.current_dir(workspace::root()))?;
    let metadata: Metadata = serde_json::from_str(&text).context("reading what cargo metadata wrote")?;
    Ok(metadata.packages)
}
