//! A Debian with systemd, as an image of the engine: made once, and kept below the target folder.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{
    packages,
    process::{command, output, succeeds},
    workspace,
};

/// The release that packages are for.
const SUITE: &str = "bookworm";

/// What it has beyond the least that Debian is: the first process, and nothing else.
const PACKAGES: &str = "systemd,systemd-sysv";

/// Makes the root; `$1` is the file that it goes to, `$2` the mirror. What only fills the room is left
/// out, and so are the machine's id, which every machine draws when it boots first, and the timers of
/// `apt`, for which there is no network. What `debootstrap` mounts in it, and does not always take away
/// again, is neither packed nor removed.
const MAKE: &str = "set -e
root=\"$1.root\"
rm -rf --one-file-system \"$root\"
trap 'rm -rf --one-file-system \"$root\"' EXIT
debootstrap --variant=minbase --include=$3 $4 \"$root\" $2 >\"$1.log\" 2>&1
umount --recursive --lazy \"$root/proc\" 2>/dev/null || true
rm -rf \"$root\"/var/cache/apt/* \"$root\"/var/lib/apt/lists/* \"$root\"/usr/share/locale/*
rm -f \"$root\"/etc/systemd/system/timers.target.wants/apt-*
: >\"$root/etc/machine-id\"
tar -C \"$root\" --one-file-system -c -f \"$1.new\" .
mv \"$1.new\" \"$1\"";

/// Makes the root if there is none yet: most of a minute, and not needed before the first machine boots.
///
/// # Errors
/// When Debian's mirror has not what it needs.
pub fn prepare() -> Result<()> {
    let path = archive();
    if path.exists() {
        return Ok(());
    }
    let folder = workspace::lab();
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let (place, mirror) = (path.display().to_string(), packages::mirror()?);
    output(&mut command("unshare", ["--mount", "sh", "-c", MAKE, "sh", &place, &mirror, PACKAGES, SUITE]))
        .with_context(|| format!("making a Debian: see {place}.log"))
        .map(drop)
}

/// The image, made if the engine has none of this recipe yet.
///
/// # Errors
/// When it cannot be made.
pub(super) fn image() -> Result<String> {
    let tag = format!("lab-booted:{}", recipe());
    if succeeds(&mut command("docker", ["image", "inspect", &tag])) {
        return Ok(tag);
    }
    prepare()?;
    let path = archive();
    let import = command("docker", ["import"]).arg(&path).arg(&tag).status();
    let status = import.context("starting docker")?;
    anyhow::ensure!(status.success(), "docker cannot import {}: {status}", path.display());
    Ok(tag)
}

/// Where the root is kept.
fn archive() -> PathBuf {
    workspace::lab().join(format!("booted-{}.tar", recipe()))
}

/// A name that changes with the recipe.
fn recipe() -> String {
    let mut digest = Sha256::new();
    for part in [SUITE, PACKAGES, MAKE] {
        digest.update(part);
    }
    digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
