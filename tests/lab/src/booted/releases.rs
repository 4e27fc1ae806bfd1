//! Releases of what was packaged last, in another version, as they are pushed.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use anyhow::{Context, Result};
use decnet_release::{
    Manifest, Part, SigningKey,
    archive::{self, Source},
    id,
    manifest::{Facts, MANIFEST},
};

use super::debs::key;
use crate::workspace;

/// Programs that a push puts to no use here: something small stands for them, because packing takes its time.
const UNUSED: [&str; 2] = ["decnet-decoy", "decnet-updater-helper"];

/// What becomes of the programs of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Programs {
    /// They are those that were packaged, as far as they are started.
    Packaged,
    /// This one of them ends at once, badly; the others are those that were packaged.
    Broken(&'static str),
}

/// Makes the archive of a release, signed with the key of tests, and gives back where it is.
///
/// # Errors
/// When nothing was packaged, or the archive cannot be written.
pub fn archive(part: Part, version: &str, programs: Programs) -> Result<PathBuf> {
    let folder = workspace::target().join("deb/release").join(part.name());
    let text = fs::read(folder.join(MANIFEST)).context("reading what was packaged")?;
    let packaged = Manifest::parse(&text).context("reading what was packaged")?;
    let mut sources = Vec::new();
    for entry in packaged.files() {
        let is_of = |name| entry.path.as_str() == format!("bin/{name}");
        let from = match programs {
            Programs::Broken(name) if is_of(name) => broken()?,
            _ if UNUSED.into_iter().any(is_of) => broken()?,
            _ => folder.join(entry.path.as_str()),
        };
        sources.push(Source { path: entry.path.clone(), mode: entry.mode, from });
    }
    let facts = Facts {
        part,
        version: id::version(version)?,
        target: packaged.target.clone(),
        min_from: None,
        downgrade: false,
    };
    let manifest = archive::describe(facts, &sources)?;
    let path = workspace::lab().join(manifest.archive_name());
    let signature = SigningKey::open(&key()?)?.sign(&manifest.bytes());
    let file = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    archive::write(file, &manifest, &signature, |entry| {
        let source = sources.iter().find(|source| source.path == entry.path);
        File::open(source.map(|source| source.from.clone()).unwrap_or_default())
    })?;
    Ok(path)
}

/// A program that ends at once.
fn broken() -> Result<PathBuf> {
    let path = workspace::lab().join("broken");
    fs::write(&path, "#!/bin/sh\necho made to fail >&2\nexit 1\n")
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}
