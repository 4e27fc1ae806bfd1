//! A release that is as large as a real one.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use decnet_release::{
    Digest, Part, SigningKey, Target,
    archive::{Source, describe, write},
    id,
    manifest::{Facts, Mode},
};

/// The archive in a folder.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("release.tar.gz")
}

/// Makes a key, and a release of so many bytes that is signed with it.
pub(crate) fn make(folder: &Path, size: usize) -> Result<()> {
    let key = SigningKey::draw()?;
    let public = folder.join("release-key.pub");
    fs::write(&public, format!("{}\n", key.public()))
        .with_context(|| format!("writing {}", public.display()))?;
    let content = folder.join("content");
    fs::write(&content, noise(size)).with_context(|| format!("writing {}", content.display()))?;
    let source = Source { path: "bin/decnet-agent".parse()?, mode: Mode::Program, from: content };
    let facts = Facts {
        part: Part::Worker,
        version: id::version("9.9.9")?,
        target: Target::own(),
        min_from: None,
        downgrade: false,
    };
    let manifest = describe(facts, std::slice::from_ref(&source))?;
    let out = File::create(path(folder)).context("making the archive")?;
    write(out, &manifest, &key.sign(&manifest.bytes()), |_| File::open(&source.from))?;
    Ok(())
}

/// Bytes that do not compress.
fn noise(size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 32);
    let mut seed = Digest::of(b"noise");
    while bytes.len() < size {
        seed = Digest::of(&seed.0);
        bytes.extend(seed.0);
    }
    bytes.truncate(size);
    bytes
}
