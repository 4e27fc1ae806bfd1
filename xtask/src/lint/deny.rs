//! The rules of `deny.toml`, held by `cargo deny` where it is installed.
//!
//! Where it is not, the same file is read here: allowed licences, banned crates and allowed
//! sources. Building `cargo deny` takes longer than all other checks together, and the rules
//! must hold on every run.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, bail};
use lab::{packages::is_installed, process, workspace};
use serde::Deserialize;

use super::licence;
use crate::metadata::{self, Package};

#[derive(Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// Checks every package that is built for this machine.
pub(super) fn check() -> Result<()> {
    let by_cargo = std::env::var_os("HOME")
        .is_some_and(|home| std::path::Path::new(&home).join(".cargo/bin/cargo-deny").is_file());
    if by_cargo || is_installed("cargo-deny") {
        let arguments = ["deny", "--offline", "check", "bans", "licenses", "sources"];
        return process::run(process::command("cargo", arguments).current_dir(workspace::root()));
    }
    let path = workspace::root().join("deny.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let rules: Rules = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let packages = metadata::all()?;
    let mut findings: Vec<_> = packages.iter().flat_map(|package| rules.offences(package)).collect();
    // One registry, whichever cargo is set up for; a second one or a repository is a finding.
    let sources: BTreeSet<_> = packages.iter().filter_map(|package| package.source.as_deref()).collect();
    if sources.len() > 1 || sources.iter().any(|source| !source.starts_with("registry+")) {
        findings.push(format!("packages come from {sources:?}, not from one registry"));
    }
    if !findings.is_empty() {
        bail!("\n    {}", findings.join("\n    "));
    }
    Ok(())
}

impl Rules {
    fn offences(&self, package: &Package) -> Vec<String> {
        let mut offences = Vec::new();
        let name = format!("{} {}", package.name, package.version);
        if let Some(ban) = self.bans.deny.iter().find(|ban| ban.name == package.name) {
            offences.push(format!("{name} is banned: {}", ban.reason));
        }
        let licence = package.license.as_deref().unwrap_or("none");
        if !licence::is_allowed(licence, &self.licenses.allow) {
            offences.push(format!("{name} has the licence {licence}, which is not allowed"));
        }
        offences
    }
}
