//! Archives: packed, signed, read back.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_release::{
    PublicKey, Signature,
    archive::{self, Unpacked},
};

use super::stage::Staged;

/// Writes the archive of a staged release.
pub(crate) fn into<W: Write>(out: W, staged: &Staged, signature: &Signature) -> Result<W> {
    let open = |entry: &decnet_release::manifest::Entry| File::open(staged.folder.join(entry.path.as_str()));
    Ok(archive::write(out, &staged.manifest, signature, open)?)
}

/// Writes it below a folder, under its own name, whole or not at all, and reads it back.
pub(crate) fn write(
    staged: &Staged,
    signature: &Signature,
    key: &PublicKey,
    folder: &Path,
) -> Result<(PathBuf, Unpacked)> {
    let path = folder.join(staged.manifest.archive_name());
    let part = path.with_extension("part");
    let file = File::create(&part).with_context(|| format!("making {}", part.display()))?;
    into(BufWriter::new(file), staged, signature)?;
    let unpacked = verify(&part, key)?;
    fs::rename(&part, &path).with_context(|| format!("naming {}", path.display()))?;
    Ok((path, unpacked))
}

/// Reads an archive to its end and checks everything.
pub(crate) fn verify(path: &Path, key: &PublicKey) -> Result<Unpacked> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    archive::verify(file, key).with_context(|| format!("checking {}", path.display()))
}
