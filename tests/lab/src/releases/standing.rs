//! What is seen of a worker: what its programs say, what is on its disk, which containers it has.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use decnet_proto::swarm::{
    operator::HostHealth,
    releases::Program,
    updater::{Chain, Line, Releases},
};
use decnet_release::ReleaseId;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    process::output,
    swarm::{Machine, installed},
};

/// What a change writes whatever comes of it: that it was tried.
const NOTES: [&str; 3] = ["journal.json", "state.json", "lock"];

/// The programs of a worker that all answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) agent: Program,
    pub(super) forwarder: Program,
    pub(super) updater: Program,
}

impl Programs {
    /// Of what the master was told.
    pub(super) fn of(host: &HostHealth) -> Result<Self> {
        let all = (host.agent.clone(), host.forwarder.clone(), host.updater.clone());
        let (Some(agent), Some(forwarder), Some(updater)) = all else {
            bail!("of {} not everything answers: {} {:?}", host.name, host.detail, host.updater_error)
        };
        Ok(Self { agent, forwarder, updater })
    }

    /// Agent and forwarder.
    pub(super) const fn worker(&self) -> [(&str, &Program); 2] {
        [("agent", &self.agent), ("forwarder", &self.forwarder)]
    }

    /// Whether agent and forwarder are of a release, and were started since.
    pub(super) fn came_to(&self, digest: &str, before: &Self) -> Result<()> {
        for ((name, now), (_, then)) in self.worker().iter().zip(before.worker()) {
            is_of(name, now, digest)?;
            ensure!(now.boot != then.boot, "the {name} was not started anew");
        }
        Ok(())
    }
}

/// Whether a program says that it is of a release.
pub(super) fn is_of(name: &str, program: &Program, digest: &str) -> Result<()> {
    let found = program.release.as_deref();
    ensure!(found == Some(digest), "the {name} is of {found:?}, not of {digest}");
    Ok(())
}

/// The release that a worker's programs are started from.
pub(super) fn current(machine: &Machine, chain: Chain) -> Result<ReleaseId> {
    let folder = current_folder(machine, chain)?;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.parse().with_context(|| format!("reading what {} is", folder.display()))
}

/// Its folder.
pub(super) fn current_folder(machine: &Machine, chain: Chain) -> Result<PathBuf> {
    let link = installed::chain(machine, chain).join("current");
    fs::read_link(&link).with_context(|| format!("reading {}", link.display()))
}

/// What `decnet-updater status --json` prints, as far as it is looked at.
#[derive(Deserialize)]
struct Report {
    releases: Result<Releases, String>,
}

/// The releases of a worker, as its updater's own command says there.
pub(super) fn line(machine: &Machine, program: &Path, chain: Chain) -> Result<Line> {
    let mut command = machine.command(program, ["--config-file"])?;
    command.arg(machine.folder.join("decnet.ini")).args(["status", "--json"]);
    let text = output(&mut command)?;
    let report: Report = serde_json::from_str(&text).with_context(|| format!("reading {text}"))?;
    let releases = report.releases.map_err(|error| anyhow!("reading releases: {error}"))?;
    Ok(match chain {
        Chain::Worker => releases.worker,
        Chain::Updater => releases.updater,
    })
}

/// Whether a release is remembered as one that failed, and as nothing better.
pub(super) fn is_marked_failed(machine: &Machine, chain: Chain, id: &ReleaseId) -> Result<bool> {
    let path = installed::chain(machine, chain).join("state.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let state: Value = serde_json::from_str(&text).context("reading what is remembered")?;
    let known = serde_json::to_value(id).context("naming a release")?;
    let is_in =
        |list: &str| state.get(list).and_then(Value::as_array).is_some_and(|all| all.contains(&known));
    Ok(is_in("failed") && !is_in("good"))
}

/// Every file and folder of both chains, but for the notes of what was tried.
pub(super) fn on_disk(machine: &Machine) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    gather(&machine.folder.join("var"), &mut found)?;
    Ok(found)
}

fn gather(folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result<()> {
    let listing = || format!("listing {}", folder.display());
    for entry in fs::read_dir(folder).with_context(listing)? {
        let entry = entry.with_context(listing)?;
        if NOTES.iter().any(|note| entry.file_name() == *note) {
            continue;
        }
        found.insert(entry.path());
        if entry.file_type().with_context(listing)?.is_dir() {
            gather(&entry.path(), found)?;
        }
    }
    Ok(())
}

/// The containers of a worker's deckies, and which process of each has been running since when.
pub(super) fn containers(machine: &Machine) -> Result<BTreeMap<String, String>> {
    let docker = Path::new("docker");
    let list = ["ps", "--quiet", "--no-trunc", "--filter", "label=decnet.fleet"];
    let ids = output(&mut machine.command(docker, list)?)?;
    ensure!(!ids.trim().is_empty(), "{} has no deckies", machine.place.name);
    let inspect = ["inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.State.Pid}}"];
    let text = output(machine.command(docker, inspect)?.args(ids.split_whitespace()))?;
    let pair = |line: &str| line.split_once(' ').map(|(id, since)| (id.to_owned(), since.to_owned()));
    Ok(text.lines().filter_map(pair).collect())
}
