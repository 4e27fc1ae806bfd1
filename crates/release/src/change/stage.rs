//! Brings what is in an archive into the folder of its release.

use std::{
    collections::BTreeSet,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    engine::Engine,
    journal::{Journal, Phase},
    outcome::ChangeError,
    supervisor::{Clock, Supervisor},
};
use crate::{
    archive::{Incoming, Sink},
    caps,
    digest::Digest,
    id::ReleaseId,
    manifest::{Manifest, Mode},
    medium::{KeepError, Medium},
    store::StoreError,
};

/// Mode of the file that says that there is something to watch.
const MARK: u32 = 0o644;

impl<M: Medium, S: Supervisor, C: Clock> Engine<M, S, C> {
    /// Demands that there is room for a release: to find out halfway would fill the disk for others.
    pub(super) fn find_room(&self, manifest: &Manifest) -> Result<(), ChangeError> {
        let layout = self.store.layout();
        let mut folder = layout.releases();
        let found = match self.store.look().room(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                folder.clone_from(&layout.root);
                self.store.look().room(&folder)
            }
            found => found,
        };
        let free = found.map_err(|source| StoreError::Read { path: folder.clone(), source })?;
        let needed = needed(manifest);
        if free < needed { Err(ChangeError::NoRoom { folder, needed, free }) } else { Ok(()) }
    }

    /// Unpacks, compares, makes durable, and gives the folder its name.
    pub(super) fn stage(
        &mut self,
        journal: &mut Journal,
        incoming: Incoming<impl Read>,
        announced: Option<Digest>,
    ) -> Result<(), ChangeError> {
        let layout = self.store.layout().clone();
        let (releases, staging) = (layout.releases(), layout.staging(&journal.to));
        let medium = self.store.medium();
        make(medium, &releases)?;
        make(medium, &staging)?;
        let mut sink = Staging { medium, folder: &staging, files: Vec::new(), folders: BTreeSet::new() };
        let found = incoming.unpack(&mut sink)?.archive;
        if let Some(expected) = announced.filter(|expected| *expected != found) {
            return Err(ChangeError::Announced { expected, found });
        }
        sink.sync()?;
        // With the journal, the name of the folder of releases becomes durable, too.
        journal.phase = Phase::Verified;
        self.save(journal)?;
        self.give_name(&journal.to)?;
        journal.phase = Phase::Staged;
        Ok(self.save(journal)?)
    }

    fn give_name(&mut self, id: &ReleaseId) -> Result<(), ChangeError> {
        let releases = self.store.layout().releases();
        let (staging, folder) = (self.store.layout().staging(id), releases.join(id.to_string()));
        if self.store.check(id, &folder).is_ok() {
            self.store.medium().remove(&staging).map_err(KeepError::at(&staging))?;
        } else {
            if self.store.look().list(&folder).is_ok() {
                self.discard(id)?;
            }
            let renamed = self.store.medium().rename(&staging, &folder);
            renamed.map_err(KeepError::at(&folder))?;
        }
        Ok(self.store.medium().sync(&releases).map_err(KeepError::at(&releases))?)
    }

    /// Removes a release that was pushed.
    pub(super) fn discard(&mut self, id: &ReleaseId) -> Result<(), KeepError> {
        let layout = self.store.layout();
        let (releases, removed) = (layout.releases(), layout.removed(id));
        let folder = releases.join(id.to_string());
        let medium = self.store.medium();
        medium.rename(&folder, &removed).map_err(KeepError::at(&folder))?;
        // Half a release must not have the name of a whole one, whatever survives.
        medium.sync(&releases).map_err(KeepError::at(&releases))?;
        medium.remove(&removed).map_err(KeepError::at(&removed))
    }

    /// Says that there is something to watch.
    pub(super) fn begin_trial(&mut self) -> Result<(), KeepError> {
        let layout = self.store.layout();
        let (mark, root) = (layout.trial(), layout.root.clone());
        let medium = self.store.medium();
        medium.remove(&mark).map_err(KeepError::at(&mark))?;
        medium.write(&mark, MARK, &mut io::empty()).map_err(KeepError::at(&mark))?;
        medium.sync(&root).map_err(KeepError::at(&root))
    }
}

/// Bytes that a release takes, with what must stay free.
fn needed(manifest: &Manifest) -> u64 {
    let files = manifest.files().iter().map(|entry| entry.size.saturating_add(caps::FILE));
    // Beside its files, manifest and signature; and the journal, twice while it is replaced.
    let own = caps::MANIFEST + 2 * caps::RECORD;
    files.fold(caps::RESERVE + own, u64::saturating_add)
}

fn make(medium: &mut impl Medium, folder: &Path) -> Result<(), KeepError> {
    medium.make_folder(folder).map_err(KeepError::at(folder))
}

/// A folder that is filled and made durable.
struct Staging<'a, M> {
    medium: &'a mut M,
    folder: &'a Path,
    files: Vec<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl<M: Medium> Staging<'_, M> {
    fn sync(self) -> Result<(), KeepError> {
        // The files, then the folders, the inner before the outer.
        let folders = self.folders.iter().rev().map(PathBuf::as_path);
        for path in self.files.iter().map(PathBuf::as_path).chain(folders).chain([self.folder]) {
            self.medium.sync(path).map_err(KeepError::at(path))?;
        }
        Ok(())
    }
}

impl<M: Medium> Sink for Staging<'_, M> {
    fn file(&mut self, path: &str, mode: Mode, content: &mut dyn Read) -> Result<(), KeepError> {
        for (at, _) in path.match_indices('/') {
            let folder = self.folder.join(path.get(..at).unwrap_or_default());
            if self.folders.insert(folder.clone()) {
                make(self.medium, &folder)?;
            }
        }
        let path = self.folder.join(path);
        self.medium.write(&path, mode.bits(), content).map_err(KeepError::at(&path))?;
        self.files.push(path);
        Ok(())
    }
}
