//! The packages, as `cargo xtask deb` makes them of what was built for the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::Machine;
use crate::{
    process::{command, output},
    workspace,
};

/// Every package, in an order in which they may be configured.
pub const NAMES: [&str; 6] = [
    "decnet-common",
    "decnet-agent",
    "decnet-forwarder",
    "decnet-listener",
    "decnet-master",
    "decnet-updater",
];

/// The packages in one version.
#[derive(Debug)]
pub struct Debs {
    folder: PathBuf,
}

impl Debs {
    /// Makes them, unless this run of the tests did so already.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn of(version: &str) -> Result<Self> {
        let debs = Self { folder: workspace::lab().join("debs").join(version) };
        let (run, note) = (std::env::var("NEXTEST_RUN_ID").unwrap_or_default(), debs.folder.join("run"));
        if !run.is_empty() && fs::read_to_string(&note).ok().as_ref() == Some(&run) {
            return Ok(debs);
        }
        let program = workspace::target().join("debug/xtask");
        ensure!(program.exists(), "there is no {}: `cargo build -p xtask` makes it", program.display());
        fs::create_dir_all(&debs.folder).with_context(|| format!("making {}", debs.folder.display()))?;
        let program = program.display().to_string();
        let mut make = command(&program, ["deb", "--tested", "--release-version", version, "--out"]);
        output(make.arg(&debs.folder).current_dir(workspace::root())).context("making packages")?;
        fs::write(&note, run).with_context(|| format!("writing {}", note.display()))?;
        Ok(debs)
    }

    /// The file of a package.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let begin = format!("{name}_");
        let entries =
            fs::read_dir(&self.folder).with_context(|| format!("reading {}", self.folder.display()))?;
        let is_it = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&begin) && name.ends_with(".deb")
        };
        let found: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_it).collect();
        let [path] = found.as_slice() else { anyhow::bail!("{} packages are called {name}", found.len()) };
        Ok(path.clone())
    }

    /// Installs packages on a machine, all at once, as `dpkg` does it: nobody is there to answer, and
    /// what was changed is kept. Gives back what was said.
    ///
    /// # Errors
    /// When `dpkg` fails.
    pub fn install(&self, machine: &Machine, names: &[&str]) -> Result<String> {
        // Not in a tmpfs, where the engine copies nothing.
        let place = "/srv/debs";
        machine.say(&format!("rm -rf {place} && mkdir {place}"))?;
        let mut files = Vec::new();
        for name in names {
            let path = self.path(name)?;
            machine.copy_in(&path, place)?;
            files.push(format!(
                "{place}/{}",
                Path::new(&path).file_name().unwrap_or_default().to_string_lossy()
            ));
        }
        machine.say(&format!("DEBIAN_FRONTEND=noninteractive dpkg --install {} 2>&1", files.join(" ")))
    }
}
