//! The folder of a release, as it stands on a host: every file of an archive in its place.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_release::{
    Manifest, Part, Target,
    archive::{self, Source},
    id,
    manifest::{Facts, MANIFEST, Mode},
};

use super::{
    inventory::Inventory,
    linked::Name,
    list::{Archive, Shipped},
    notices,
    origins::{Origins, clear},
    sbom,
};

/// A release whose files stand in a folder, beside its manifest.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) manifest: Manifest,
    pub(crate) folder: PathBuf,
}

/// What a release says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) version: &'a str,
    /// Whether it may take the place of a newer one.
    pub(crate) downgrade: bool,
}

/// Puts everything of an archive into a folder of its own, and nothing else.
pub(crate) fn stage(
    shipped: &Shipped,
    inventory: &Inventory,
    origins: &Origins,
    part: Part,
    claim: Claim<'_>,
    folder: &Path,
) -> Result<Staged> {
    let archive = shipped.archive(part.name())?;
    clear(folder)?;
    let mut sources = Vec::new();
    let mut put = |path: String, mode: Mode, content: &[u8]| -> Result<()> {
        let from = write(folder, &path, mode, content)?;
        sources.push(Source { path: path.parse()?, mode, from });
        Ok(())
    };
    for (path, mode, file) in files(shipped, origins, archive)? {
        put(path, mode, &fs::read(&file).with_context(|| format!("reading {}", file.display()))?)?;
    }
    for (path, content) in made(shipped, inventory, archive, part, claim)? {
        put(path, Mode::Data, &content)?;
    }
    let facts = Facts {
        part,
        version: id::version(claim.version)?,
        target: shipped.target.parse::<Target>()?,
        min_from: archive.min_from.as_deref().map(id::version).transpose()?,
        downgrade: claim.downgrade,
    };
    let manifest = archive::describe(facts, &sources)?;
    write(folder, MANIFEST, Mode::Data, &manifest.bytes())?;
    Ok(Staged { manifest, folder: folder.to_owned() })
}

/// The files that the list names: where they stand in the archive, what they are there, where they are.
pub(crate) fn files(
    shipped: &Shipped,
    origins: &Origins,
    archive: &Archive,
) -> Result<Vec<(String, Mode, PathBuf)>> {
    let mut files = Vec::new();
    for name in &archive.programs {
        files.push((format!("bin/{name}"), Mode::Program, origins.program(shipped, name)?));
        if shipped.program(name)?.manual {
            let manual = origins.manual(name)?.into_iter();
            files.extend(manual.map(|(path, file)| (path, Mode::Data, file)));
        }
    }
    for path in &archive.files {
        let place = path.strip_prefix("deploy/").unwrap_or(path).to_owned();
        files.push((place, Mode::Data, origins.file(path)?));
    }
    Ok(files)
}

/// What is made for an archive.
fn made(
    shipped: &Shipped,
    inventory: &Inventory,
    archive: &Archive,
    part: Part,
    claim: Claim<'_>,
) -> Result<[(String, Vec<u8>); 2]> {
    let components = inventory.of(shipped, archive)?;
    let name = Name { name: format!("decnet-{part}"), version: claim.version.to_owned() };
    Ok([
        (sbom::FILE.to_owned(), sbom::write(&name, &components)?),
        (notices::FILE.to_owned(), notices::write(&components)?),
    ])
}

/// Writes a file below a folder, with the mode that it is to have whatever the umask is.
fn write(folder: &Path, path: &str, mode: Mode, content: &[u8]) -> Result<PathBuf> {
    let path = folder.join(path);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
    let permissions = Permissions::from_mode(mode.bits());
    fs::set_permissions(&path, permissions).with_context(|| format!("giving {} its mode", path.display()))?;
    Ok(path)
}
