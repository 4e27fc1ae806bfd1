//! Building a package: `dpkg-deb` packs a folder, the same bytes from the same files.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use lab::process;

use super::contents::{Contents, TIME};

/// How much time is spent on making it small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// For tests.
    Little,
    /// For everybody.
    Much,
}

impl Effort {
    const fn flags(self) -> [&'static str; 2] {
        match self {
            Self::Little => ["-Zgzip", "-z1"],
            Self::Much => ["-Zxz", "-z6"],
        }
    }
}

/// Builds the package in a folder and gives back its path.
pub(super) fn build(contents: &Contents, out: &Path, effort: Effort) -> Result<PathBuf> {
    let path = out.join(&contents.file_name);
    let staging = out.join(format!(".{}.staging", contents.file_name));
    clear(&staging)?;
    fs::create_dir_all(&staging).with_context(|| format!("making {}", staging.display()))?;
    let outcome = stage(contents, &staging).and_then(|()| pack(&staging, &path, effort));
    clear(&staging)?;
    outcome.map(|()| path)
}

fn stage(contents: &Contents, staging: &Path) -> Result<()> {
    contents.tree.write(staging)?;
    let folder = staging.join("DEBIAN");
    fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
    for (name, text, is_run) in &contents.control {
        let place = folder.join(name);
        let rights = fs::Permissions::from_mode(if *is_run { 0o755 } else { 0o644 });
        fs::write(&place, text)
            .and_then(|()| fs::set_permissions(&place, rights))
            .with_context(|| format!("writing {}", place.display()))?;
    }
    for folder in [staging, &folder] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("giving {} its rights", folder.display()))?;
    }
    Ok(())
}

fn pack(staging: &Path, path: &Path, effort: Effort) -> Result<()> {
    // One thread: several cut the data differently.
    let mut command = process::command("dpkg-deb", ["--root-owner-group", "--threads-max=1"]);
    command.args(effort.flags()).arg("--build").arg(staging).arg(path);
    // Files are newer than that, and are said to be just as old.
    command.env("SOURCE_DATE_EPOCH", TIME.to_string());
    process::output(&mut command).map(drop)
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Compresses a document, without name and time.
pub(super) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(content).context("compressing a document")?;
    gzip.finish().context("compressing a document")
}
