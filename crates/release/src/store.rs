//! The releases of one chain on one host.
//!
//! ```text
//! <packaged>/<version>-<digest>/        brought by packages, which alone change it; a folder there may
//!                                       lack files, where only some of the packages are installed
//! <root>/releases/<version>-<digest>/   pushed
//! <root>/releases/.staging-<id>/        being unpacked
//! <root>/releases/.removed-<id>/        being removed
//! <root>/current                        link to the absolute path of a release's folder
//! <root>/journal.json, state.json, lock, trial, confirmation.json
//! ```

mod error;

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    caps,
    digest::{Digest, Hasher},
    id::ReleaseId,
    manifest::{Entry, MANIFEST, Manifest},
    medium::{Disk, Kind, Look},
};

pub use self::error::StoreError;

/// Begins the name of a folder that is being unpacked.
pub(crate) const STAGING: &str = ".staging-";
/// Begins the name of a folder that is being removed.
pub(crate) const REMOVED: &str = ".removed-";

/// Where a chain's folders are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Folder of the chain, absolute: `/var/lib/decnet/worker`.
    pub root: PathBuf,
    /// Folder of the releases that packages bring, absolute: `/usr/lib/decnet/releases`.
    pub packaged: PathBuf,
}

impl Layout {
    /// Where pushed releases are.
    pub fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    /// The switch.
    pub fn current(&self) -> PathBuf {
        self.root.join("current")
    }

    /// What is being done, or was done last.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.json")
    }

    /// What is known of releases.
    pub fn state(&self) -> PathBuf {
        self.root.join("state.json")
    }

    /// Who changes something holds it (`flock`).
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Is there while a watchdog has something to watch.
    pub fn trial(&self) -> PathBuf {
        self.root.join("trial")
    }

    /// What a program that is on trial says of itself.
    pub fn confirmation(&self) -> PathBuf {
        self.root.join("confirmation.json")
    }

    /// Where a release is while it is unpacked.
    pub(crate) fn staging(&self, id: &ReleaseId) -> PathBuf {
        self.releases().join(format!("{STAGING}{id}"))
    }

    /// Where a release is while it is removed.
    pub(crate) fn removed(&self, id: &ReleaseId) -> PathBuf {
        self.releases().join(format!("{REMOVED}{id}"))
    }
}

/// Who brought a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A push.
    Pushed,
    /// A package.
    Packaged,
}

/// A folder of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub id: ReleaseId,
    /// Who brought it.
    pub origin: Origin,
    /// Its absolute path.
    pub folder: PathBuf,
}

/// The releases of one chain; reads only.
#[derive(Clone, Debug)]
pub struct Store<L = Disk> {
    layout: Layout,
    look: L,
}

impl Store {
    /// On disk.
    pub const fn new(layout: Layout) -> Self {
        Self { layout, look: Disk }
    }
}

impl<L: Look> Store<L> {
    /// On any medium.
    pub const fn over(layout: Layout, look: L) -> Self {
        Self { layout, look }
    }

    /// Where its folders are.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What it reads by.
    pub const fn look(&self) -> &L {
        &self.look
    }

    /// What it reads and writes by.
    pub(crate) const fn medium(&mut self) -> &mut L {
        &mut self.look
    }

    /// Every release that has a folder, oldest version first; one that was pushed and packaged comes
    /// twice. Whether they are whole only [`Self::check`] tells.
    ///
    /// # Errors
    /// [`StoreError::Read`]; that a folder of releases is not there is none.
    pub fn releases(&self) -> Result<Vec<Found>, StoreError> {
        let mut found = Vec::new();
        for (origin, folder) in self.folders() {
            let names = match self.look.list(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                result => result.map_err(|source| StoreError::Read { path: folder.clone(), source })?,
            };
            let ids = names.into_iter().filter(|(_, kind)| *kind == Kind::Folder);
            let ids = ids.filter_map(|(name, _)| name.parse::<ReleaseId>().ok());
            found.extend(ids.map(|id| Found { folder: folder.join(id.to_string()), id, origin }));
        }
        found.sort_by(|a, b| (&a.id, a.origin).cmp(&(&b.id, b.origin)));
        Ok(found)
    }

    /// The release that `current` points to; none where there is no such link. Its folder is not
    /// looked into.
    ///
    /// # Errors
    /// [`StoreError::Read`] and [`StoreError::Elsewhere`].
    pub fn current(&self) -> Result<Option<Found>, StoreError> {
        let link = self.layout.current();
        let folder = match self.look.read_link(&link) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            result => result.map_err(|source| StoreError::Read { path: link.clone(), source })?,
        };
        let found = self.folders().into_iter().find_map(|(origin, parent)| {
            let name = folder.strip_prefix(parent).ok()?.to_str()?;
            Some(Found { id: name.parse().ok()?, origin, folder: folder.clone() })
        });
        found.map(Some).ok_or(StoreError::Elsewhere { link, target: folder })
    }

    /// A whole release by its id, the pushed one where there are two.
    ///
    /// # Errors
    /// Those of [`Self::check`], of the last folder that has its name; [`StoreError::Missing`].
    pub fn find(&self, id: &ReleaseId) -> Result<Found, StoreError> {
        let mut why = StoreError::Missing(id.clone());
        for (origin, parent) in self.folders() {
            let folder = parent.join(id.to_string());
            match self.check(id, &folder) {
                Ok(_) => return Ok(Found { id: id.clone(), origin, folder }),
                Err(StoreError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// Reads every file of a folder, and compares it with the manifest, and that with the id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn check(&self, id: &ReleaseId, folder: &Path) -> Result<Manifest, StoreError> {
        let manifest = self.manifest(id, folder)?;
        for entry in manifest.files() {
            let path = folder.join(entry.path.as_str());
            let same = match self.look.open(&path).and_then(|content| is_content(content, entry)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                result => result.map_err(|source| StoreError::Read { path, source })?,
            };
            if !same {
                return Err(StoreError::Damaged { folder: folder.to_owned(), file: entry.path.clone() });
            }
        }
        Ok(manifest)
    }

    /// The manifest of a folder, compared with the id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn manifest(&self, id: &ReleaseId, folder: &Path) -> Result<Manifest, StoreError> {
        let path = folder.join(MANIFEST);
        let bytes = read(&self.look, &path, caps::MANIFEST);
        let bytes = bytes.map_err(|source| StoreError::Read { path, source })?;
        let digest = Digest::of(&bytes);
        if digest != id.digest {
            return Err(StoreError::Other { folder: folder.to_owned(), digest });
        }
        let failed = |source| StoreError::Manifest { folder: folder.to_owned(), source };
        let manifest = Manifest::parse(&bytes).map_err(failed)?;
        if manifest.version == id.version {
            Ok(manifest)
        } else {
            Err(StoreError::Other { folder: folder.to_owned(), digest })
        }
    }

    fn folders(&self) -> [(Origin, PathBuf); 2] {
        [(Origin::Pushed, self.layout.releases()), (Origin::Packaged, self.layout.packaged.clone())]
    }
}

fn is_content(mut content: impl Read, entry: &Entry) -> io::Result<bool> {
    let mut hasher = Hasher::new();
    // One that grows while it is read has an end, too.
    let size = io::copy(&mut content.by_ref().take(entry.size.saturating_add(1)), &mut hasher)?;
    Ok(size == entry.size && hasher.finish() == entry.sha256)
}

/// The content of a file of at most `limit` bytes.
pub(crate) fn read(look: &impl Look, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    look.open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {limit} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
