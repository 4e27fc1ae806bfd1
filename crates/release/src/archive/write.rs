//! Makes an archive: the same bytes from the same manifest, files and key, wherever and whenever.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use flate2::{Compression, GzBuilder, write::GzEncoder};
use thiserror::Error;

use super::{BLOCK, header, padding};
use crate::{
    digest::Hasher,
    key::Signature,
    manifest::{Entry, EntryPath, MANIFEST, Mode, SIGNATURE},
    manifest::{Facts, Manifest, ManifestError},
};

/// A file that is to be in a release.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it will stand in the release.
    pub path: EntryPath,
    /// What it is there.
    pub mode: Mode,
    /// Where it stands now. A link is followed.
    pub from: PathBuf,
}

/// Why no archive can be made.
#[derive(Debug, Error)]
pub enum WriteError {
    /// A file cannot be read.
    #[error("cannot read {} for the release", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what the manifest says.
    #[error("{0} is not what the manifest says: it was changed since")]
    Changed(EntryPath),
    /// The files make no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The archive cannot be written.
    #[error("cannot write the archive")]
    Write(#[from] io::Error),
}

/// The manifest of a release that is made of these files.
///
/// # Errors
/// [`WriteError::Read`] and [`WriteError::Manifest`].
pub fn describe(facts: Facts, sources: &[Source]) -> Result<Manifest, WriteError> {
    let entry = |source: &Source| {
        let failed = |error| WriteError::Read { path: source.from.clone(), source: error };
        let mut file = File::open(&source.from).map_err(failed)?;
        let mut hasher = Hasher::new();
        let size = io::copy(&mut file, &mut hasher).map_err(failed)?;
        Ok(Entry { path: source.path.clone(), mode: source.mode, size, sha256: hasher.finish() })
    };
    let files: Result<Vec<_>, WriteError> = sources.iter().map(entry).collect();
    Ok(Manifest::new(facts, files?)?)
}

/// Writes the archive of a manifest; `open` gives the content of its files, in its order. Returns
/// `out`, flushed.
///
/// # Errors
/// [`WriteError`]; what was written until then is no archive.
pub fn write<W: Write, R: Read>(
    out: W,
    manifest: &Manifest,
    signature: &Signature,
    mut open: impl FnMut(&Entry) -> io::Result<R>,
) -> Result<W, WriteError> {
    // Neither time nor system nor name of where it is made.
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::new(9));
    let mut tar = Tar(gzip);
    tar.small(MANIFEST, &manifest.bytes())?;
    tar.small(SIGNATURE, &signature.bytes())?;
    for entry in manifest.files() {
        let content =
            open(entry).map_err(|source| WriteError::Read { path: entry.path.as_str().into(), source })?;
        tar.file(entry, content)?;
    }
    tar.0.write_all(&[0; 2 * BLOCK])?;
    let mut out = tar.0.finish()?;
    out.flush()?;
    Ok(out)
}

struct Tar<W: Write>(GzEncoder<W>);

impl<W: Write> Tar<W> {
    fn small(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let size = content.len() as u64;
        self.0.write_all(&header(name, Mode::Data, size)?)?;
        self.0.write_all(content)?;
        self.pad(size)
    }

    fn file(&mut self, entry: &Entry, mut content: impl Read) -> Result<(), WriteError> {
        self.0.write_all(&header(entry.path.as_str(), entry.mode, entry.size)?)?;
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut size = 0;
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(WriteError::Read { path: entry.path.as_str().into(), source }),
            };
            let piece = buffer.get(..read).unwrap_or_default();
            size += read as u64;
            if size > entry.size {
                return Err(WriteError::Changed(entry.path.clone()));
            }
            hasher.update(piece);
            self.0.write_all(piece)?;
        }
        if size != entry.size || hasher.finish() != entry.sha256 {
            return Err(WriteError::Changed(entry.path.clone()));
        }
        Ok(self.pad(size)?)
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        self.0.write_all([0; BLOCK].get(..padding(size)).unwrap_or_default())
    }
}
