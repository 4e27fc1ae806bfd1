//! A master that brings releases to its worker, and how far the worker is with one.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use decnet_release::{
    Part,
    change::{Journal, Phase},
};

use super::{Machine, Programs, archive};
use crate::wait;

/// How long a change may take to come to where it is looked for.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a push ended.
#[derive(Debug)]
pub(super) struct Pushed {
    done: bool,
    said: String,
}

impl Pushed {
    /// Demands that it went well.
    ///
    /// # Errors
    /// What was said, if it did not.
    pub(super) fn went_well(self) -> Result<()> {
        ensure!(self.done && self.said.contains("updated"), "{}", self.said);
        Ok(())
    }

    /// Demands that it was undone on the worker.
    ///
    /// # Errors
    /// What was said, if it was not.
    pub(super) fn was_undone(self) -> Result<()> {
        ensure!(!self.done && self.said.contains("rolled back"), "{}", self.said);
        Ok(())
    }
}

/// Has the master bring a release to the worker, and waits for what becomes of it.
///
/// # Errors
/// When it cannot be made or handed over.
pub(super) fn push(machine: &Machine, part: Part, version: &str, programs: Programs) -> Result<Pushed> {
    let said = machine.sh(&command(machine, part, version, programs, "")?)?;
    let done = said.status.success();
    Ok(Pushed { done, said: String::from_utf8_lossy(&said.stdout).into_owned() })
}

/// Has the master begin to bring a release to the worker, and waits for nothing.
///
/// # Errors
/// When it cannot be made or handed over.
pub(super) fn start(machine: &Machine, part: Part, version: &str, programs: Programs) -> Result<()> {
    machine.say(&command(machine, part, version, programs, "--no-wait")?).map(drop)
}

/// The same, and waits until the worker makes the release prove itself.
///
/// # Errors
/// When it does not come to that.
pub(super) fn begin(machine: &Machine, part: Part, version: &str, programs: Programs) -> Result<()> {
    start(machine, part, version, programs)?;
    let is_it = |journal: &Journal| {
        journal.to.version.to_string() == version && matches!(journal.phase, Phase::Probing { .. })
    };
    let tried = until(machine, part, |journal| journal.is_some_and(is_it));
    tried.map(drop).context("waiting for a release to be tried")
}

/// Waits until the last change of the worker is over, and gives back how it ended, if there was one.
///
/// # Errors
/// When it does not end.
pub(super) fn ended(machine: &Machine, part: Part) -> Result<Option<Phase>> {
    let over = until(machine, part, |journal| journal.is_none_or(|journal| journal.phase.is_closed()));
    over.map(|journal| journal.map(|journal| journal.phase)).context("waiting for a change to end")
}

/// Waits for a journal of this kind; none where none was written yet.
fn until(machine: &Machine, part: Part, is_it: impl Fn(Option<&Journal>) -> bool) -> Result<Option<Journal>> {
    let path = format!("/var/lib/decnet/{}/journal.json", part.name());
    wait::until(&path, PATIENCE, || {
        let text = machine.say(&format!("[ ! -e {path} ] || cat {path}")).ok()?;
        let journal = if text.is_empty() { None } else { Some(serde_json::from_str(&text).ok()?) };
        is_it(journal.as_ref()).then_some(journal)
    })
}

/// What the master is told, with the archive in its hands.
fn command(machine: &Machine, part: Part, version: &str, programs: Programs, how: &str) -> Result<String> {
    let path = archive(part, version, programs)?;
    machine.say("mkdir -p /srv/releases")?;
    machine.copy_in(&path, "/srv/releases")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let include = if part == Part::Updater { "--include-self" } else { "" };
    Ok(format!("decnet-master swarm update --all {include} {how} --release /srv/releases/{name} 2>&1"))
}
