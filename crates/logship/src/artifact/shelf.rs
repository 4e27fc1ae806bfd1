//! What a worker has to send: a folder of artifacts, and what was kept of it.
//!
//! A file is an artifact when it is called by a SHA-256; everything else in the folder, as `.partial`,
//! is its collector's. The oldest goes first: it is the one of which the log, which is in that order,
//! has told the master for the longest, and the first to go where somebody tidies up. What was refused
//! waits, longer each time, and goes after everything that was not, so that it never stands in the way.
//!
//! The folder is listed when its modification time has moved since, and again until that time is old
//! enough that nothing more can happen in the same tick of the file system's clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, Metadata, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use nix::fcntl::OFlag;
use thiserror::Error;

use super::{Digest, ledger::Ledger};

/// The first wait of what was refused, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(60 * 60));

/// Age of a modification time that can no longer be that of something new.
const SETTLED: Duration = Duration::from_secs(2);

/// The folder or its ledger cannot be used.
#[derive(Debug, Error)]
#[error("cannot {doing} {path}")]
pub struct ShelfError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// A folder of artifacts that are to be sent.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    ledger: Ledger,
    listed: Option<Listed>,
    /// What was not kept yet.
    entries: BTreeMap<Digest, Entry>,
    /// Those that were never refused and are not offered, by age.
    queue: BTreeSet<(SystemTime, Digest)>,
    /// When those that were refused may be offered again.
    due: BTreeSet<(Duration, Digest)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    modified: SystemTime,
    refusals: u32,
    is_offered: bool,
}

/// The folder's modification time when it was listed.
#[derive(Clone, Copy, Debug)]
struct Listed {
    modified: SystemTime,
    is_settled: bool,
}

impl Shelf {
    /// Of the artifacts in `folder`, which need not be there yet; what was kept is noted in `state`,
    /// a folder that nobody else writes to.
    ///
    /// # Errors
    /// [`ShelfError`] when that cannot be used.
    pub fn open(folder: &Path, state: &Path) -> Result<Self, ShelfError> {
        let ledger = Ledger::open(state).map_err(|source| error("open", state, source))?;
        Ok(Self {
            folder: folder.to_owned(),
            ledger,
            listed: None,
            entries: BTreeMap::new(),
            queue: BTreeSet::new(),
            due: BTreeSet::new(),
        })
    }

    /// Looks whether there is anything new; whether the folder was listed for that.
    ///
    /// # Errors
    /// [`ShelfError`] when the folder cannot be read.
    pub fn look(&mut self) -> Result<bool, ShelfError> {
        let modified = match std::fs::metadata(&self.folder).and_then(|meta| meta.modified()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            modified => modified.map_err(|source| error("look at", &self.folder, source))?,
        };
        if self.listed.is_some_and(|listed| listed.is_settled && listed.modified == modified) {
            return Ok(false);
        }
        let now = SystemTime::now();
        let age = now.duration_since(modified).unwrap_or_else(|ahead| ahead.duration());
        self.list().map_err(|source| error("list", &self.folder, source))?;
        self.listed = Some(Listed { modified, is_settled: age > SETTLED });
        Ok(true)
    }

    fn list(&mut self) -> io::Result<()> {
        let mut present = BTreeSet::new();
        for file in std::fs::read_dir(&self.folder)? {
            let file = file?;
            let digest = file.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(digest) = digest else { continue };
            present.insert(digest);
            if self.ledger.has(&digest) || self.entries.contains_key(&digest) {
                continue;
            }
            match file.metadata() {
                Ok(meta) if meta.is_file() => self.add(digest, meta.modified()?),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        self.forget_all_but(&present);
        Ok(())
    }

    fn add(&mut self, digest: Digest, modified: SystemTime) {
        self.entries.insert(digest, Entry { modified, refusals: 0, is_offered: false });
        self.queue.insert((modified, digest));
    }

    fn forget_all_but(&mut self, present: &BTreeSet<Digest>) {
        self.ledger.retain(present);
        self.entries.retain(|digest, entry| entry.is_offered || present.contains(digest));
        self.queue.retain(|(_, digest)| present.contains(digest));
        self.due.retain(|(_, digest)| present.contains(digest));
    }

    /// The next that is to be offered, and its size.
    pub(super) fn next(&mut self, now: Duration) -> Option<(Digest, u64)> {
        loop {
            let digest = self.pop(now)?;
            let meta = self.metadata(digest).ok().filter(Metadata::is_file);
            match (meta, self.entries.get_mut(&digest)) {
                (Some(meta), Some(entry)) => {
                    entry.is_offered = true;
                    return Some((digest, meta.len()));
                }
                // It is found again if it comes back.
                _ => drop(self.entries.remove(&digest)),
            }
        }
    }

    fn pop(&mut self, now: Duration) -> Option<Digest> {
        if let Some((_, digest)) = self.queue.pop_first() {
            return Some(digest);
        }
        self.due.first().filter(|(due, _)| *due <= now)?;
        self.due.pop_first().map(|(_, digest)| digest)
    }

    fn metadata(&self, digest: Digest) -> io::Result<Metadata> {
        std::fs::symlink_metadata(self.path(digest))
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    pub(super) fn file(&self, digest: Digest) -> io::Result<File> {
        let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
        OpenOptions::new().read(true).custom_flags(flags).open(self.path(digest))
    }

    /// The receiver has it for good.
    pub(super) fn kept(&mut self, digest: Digest) {
        self.entries.remove(&digest);
        self.ledger.add(digest);
    }

    /// It is not taken, or cannot be sent: it is offered again after a while.
    pub(super) fn refused(&mut self, digest: Digest, now: Duration) {
        let Some(entry) = self.entries.get_mut(&digest) else { return };
        let pause = PAUSES.0.saturating_mul(1 << entry.refusals.min(16)).min(PAUSES.1);
        entry.is_offered = false;
        entry.refusals += 1;
        self.due.insert((now + pause, digest));
    }

    /// Nobody is there any more who could decide about it.
    pub(super) fn taken_back(&mut self, digest: Digest, now: Duration) {
        let Some(entry) = self.entries.get_mut(&digest) else { return };
        entry.is_offered = false;
        if entry.refusals > 0 {
            self.due.insert((now, digest));
        } else {
            self.queue.insert((entry.modified, digest));
        }
    }

    #[cfg(test)]
    pub(super) fn has_kept(&self, digest: &Digest) -> bool {
        self.ledger.has(digest)
    }

    /// Whether there is one that may be offered.
    pub(super) fn has_next(&self, now: Duration) -> bool {
        !self.queue.is_empty() || self.due.first().is_some_and(|(due, _)| *due <= now)
    }

    /// How many were not kept yet.
    pub fn waiting(&self) -> usize {
        self.entries.len()
    }

    /// How many of them were refused and wait to be offered again.
    pub fn refused_count(&self) -> usize {
        self.due.len()
    }

    /// Makes durable what was kept.
    ///
    /// # Errors
    /// [`ShelfError`]; it is tried again the next time.
    pub fn save(&mut self) -> Result<(), ShelfError> {
        self.ledger.save().map_err(|source| error("write down what was kept of", &self.folder, source))
    }
}

fn error(doing: &'static str, path: &Path, source: io::Error) -> ShelfError {
    ShelfError { doing, path: path.to_owned(), source }
}
