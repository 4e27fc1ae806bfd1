//! What packages brought to a worker's machine: a release of the worker and one of the updater, and
//! the links by which they are started.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_proto::swarm::updater::Chain;
use decnet_release::SigningKey;

use super::{Machine, Part};
use crate::{
    fleet::Programs,
    releases::{Made, OWN},
};

/// The folder of a chain of releases on a machine.
pub fn chain(machine: &Machine, chain: Chain) -> PathBuf {
    machine.folder.join("var").join(match chain {
        Chain::Worker => "worker",
        Chain::Updater => "updater",
    })
}

/// A program by the link through which a service would start it.
pub(super) fn program(machine: &Machine, part: Part) -> PathBuf {
    let of = if part == Part::Updater { Chain::Updater } else { Chain::Worker };
    chain(machine, of).join("current/bin").join(format!("decnet-{}", part.word()))
}

/// Installs what packages bring, unless it is there: a machine that boots again runs what it ran.
pub(super) fn install(machine: &Machine, programs: &Programs) -> Result<()> {
    let usr = machine.folder.join("usr");
    let worker = Made::worker(programs, OWN, ("", ""))?;
    let updater = Made::updater(programs, OWN, "")?;
    for (of, releases, made) in [
        (Chain::Worker, usr.join("releases"), worker),
        (Chain::Updater, usr.join("updater/releases"), updater),
    ] {
        let root = chain(machine, of);
        if root.exists() {
            continue;
        }
        fs::create_dir_all(&root).with_context(|| format!("making {}", root.display()))?;
        let folder = made.unpack(&releases)?;
        symlink(&folder, root.join("current")).with_context(|| format!("linking to {}", folder.display()))?;
    }
    Ok(())
}

/// The file of the key that the swarm's releases are signed with, in the folder of all its files.
fn key_file(swarm: &Path) -> PathBuf {
    swarm.join("release-key")
}

/// Draws the key of the swarm's releases, and gives the master its public half.
pub(super) fn draw_key(swarm: &Path, master: &Machine) -> Result<()> {
    let key = SigningKey::draw().context("drawing the key of releases")?;
    key.save(&key_file(swarm)).context("keeping the key of releases")?;
    let public = master.folder.join("release-key.pub");
    fs::write(&public, format!("{}\n", key.public())).with_context(|| format!("writing {}", public.display()))
}

/// The key that the swarm's releases are signed with.
///
/// # Errors
/// When the swarm has none.
pub fn key(swarm: &Path) -> Result<SigningKey> {
    SigningKey::open(&key_file(swarm)).context("reading the key of releases")
}
