//! Pieces back into files: `artifacts/<sha256>`.
//!
//! A file grows under `.partial/` by appending; its length is how far it came, which makes
//! repeated pieces harmless and needs no other record. When the last piece is there, size
//! and SHA-256 decide whether it becomes an artifact.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use decnet_event::Boot;
use sha2::{Digest as _, Sha256};

use super::{
    appender::{FILE_MODE, sync_directory},
    book::Quota,
    config::ArtifactLimits,
    line::{Digest, Piece},
};

/// Most artifacts of one run that may be incomplete at once.
const MAX_OPEN: usize = 64;

/// Which artifact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) decky: String,
    pub(super) boot: Boot,
    pub(super) artifact: u64,
}

/// An artifact that is not complete. Both carry the bytes received in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// All pieces so far are there.
    Growing(u64),
    /// A piece is missing, or a limit was met: nothing is kept.
    Broken(u64),
}

/// What became of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// More pieces are needed.
    More,
    /// The artifact is in its place.
    Complete,
    /// It was the last piece, and the artifact is not what was announced.
    Incomplete {
        /// What was announced.
        whole: Digest,
        /// Bytes received in order.
        received: u64,
    },
}

/// The store of artifacts.
#[derive(Debug)]
pub(super) struct Artifacts {
    directory: PathBuf,
    partial: PathBuf,
    limits: ArtifactLimits,
    open: BTreeMap<Key, State>,
    /// Partial files written since the last [`Artifacts::sync`].
    written: BTreeSet<Key>,
    renamed: bool,
}

impl Artifacts {
    /// Opens the store and finds what an earlier collector left incomplete.
    pub(super) fn open(directory: &Path, limits: ArtifactLimits) -> io::Result<Self> {
        let partial = directory.join(".partial");
        std::fs::create_dir_all(&partial)?;
        let mut open = BTreeMap::new();
        for file in std::fs::read_dir(&partial)? {
            let file = file?;
            if let Some(key) = file.file_name().to_str().and_then(parse_name) {
                open.insert(key, State::Growing(file.metadata()?.len()));
            }
        }
        let directory = directory.to_owned();
        Ok(Self { directory, partial, limits, open, written: BTreeSet::new(), renamed: false })
    }

    /// Whether a piece at `offset` is the next one, or one that was there before.
    pub(super) fn expects(&self, key: &Key, offset: u64) -> bool {
        match self.open.get(key) {
            None => offset == 0,
            Some(State::Growing(length)) => offset <= *length,
            Some(State::Broken(_)) => true,
        }
    }

    /// Takes a piece. An attempt that failed can be repeated.
    pub(super) fn add(
        &mut self,
        key: &Key,
        piece: &Piece,
        quota: &mut Quota,
        day: u64,
    ) -> io::Result<Outcome> {
        let state = self.open.get(key).copied().unwrap_or(State::Growing(0));
        let state = match state {
            State::Growing(length) => self.grow(key, length, piece, quota, day)?,
            broken @ State::Broken(_) => broken,
        };
        let Some(whole) = &piece.whole else {
            if self.may_open(key) {
                self.open.insert(key.clone(), state);
            }
            return Ok(Outcome::More);
        };
        let outcome = self.finish(key, state, whole)?;
        self.remove_partial(key)?;
        self.open.remove(key);
        Ok(outcome)
    }

    fn grow(
        &mut self,
        key: &Key,
        length: u64,
        piece: &Piece,
        quota: &mut Quota,
        day: u64,
    ) -> io::Result<State> {
        let Some(known) = length.checked_sub(piece.offset) else { return self.give_up(key, length) };
        let fresh = usize::try_from(known).ok().and_then(|known| piece.data.get(known..)).unwrap_or_default();
        let grown = length + fresh.len() as u64;
        let mut total = Quota { day, bytes: fresh.len() as u64 };
        if quota.day == day {
            total.bytes += quota.bytes;
        }
        if !self.has_room(key, grown, &total)? {
            return self.give_up(key, length);
        }
        if !fresh.is_empty() || length == 0 {
            self.write_at(key, length, fresh)?;
            *quota = total;
        }
        Ok(State::Growing(grown))
    }

    fn has_room(&self, key: &Key, length: u64, total: &Quota) -> io::Result<bool> {
        Ok(length <= self.limits.size
            && total.bytes <= self.limits.daily_bytes
            && self.may_open(key)
            && free_bytes(&self.partial)? >= self.limits.reserve)
    }

    /// Whether the artifact is open, or one more of its run may be.
    fn may_open(&self, key: &Key) -> bool {
        let of_run = |other: &&Key| other.decky == key.decky && other.boot == key.boot;
        self.open.contains_key(key) || self.open.keys().filter(of_run).count() < MAX_OPEN
    }

    fn write_at(&mut self, key: &Key, length: u64, data: &[u8]) -> io::Result<()> {
        let path = self.partial_path(key);
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).mode(FILE_MODE).open(path)?;
        // What a failed attempt left behind goes first.
        file.set_len(length)?;
        file.write_all(data)?;
        self.written.insert(key.clone());
        Ok(())
    }

    /// Keeps nothing of an artifact that cannot become whole.
    fn give_up(&mut self, key: &Key, received: u64) -> io::Result<State> {
        self.remove_partial(key)?;
        Ok(State::Broken(received))
    }

    fn finish(&mut self, key: &Key, state: State, whole: &Digest) -> io::Result<Outcome> {
        let place = self.directory.join(&whole.sha256);
        if std::fs::metadata(&place).is_ok_and(|meta| meta.len() == whole.size) {
            return Ok(Outcome::Complete);
        }
        let (State::Growing(received) | State::Broken(received)) = state;
        let path = self.partial_path(key);
        if state != State::Growing(whole.size) || sha256(&path)? != whole.sha256 {
            return Ok(Outcome::Incomplete { whole: whole.clone(), received });
        }
        File::open(&path)?.sync_all()?;
        std::fs::rename(&path, &place)?;
        self.renamed = true;
        Ok(Outcome::Complete)
    }

    /// Keeps `data`, whose SHA-256 is known, unless a limit stands against it.
    pub(super) fn keep(
        &mut self,
        key: &Key,
        data: &[u8],
        sha256: &str,
        quota: &mut Quota,
        day: u64,
    ) -> io::Result<Outcome> {
        let whole = Digest { sha256: sha256.to_owned(), size: data.len() as u64 };
        let piece = Piece { artifact: key.artifact, offset: 0, data: data.to_vec(), whole: Some(whole) };
        self.add(key, &piece, quota, day)
    }

    /// Gives up what is open of a run that is over, and returns how much there was of each.
    pub(super) fn abandon(&mut self, is_over: impl Fn(&Key) -> bool) -> io::Result<Vec<(Key, u64)>> {
        let over: Vec<Key> = self.open.keys().filter(|key| is_over(key)).cloned().collect();
        let mut given_up = Vec::new();
        for key in over {
            self.remove_partial(&key)?;
            if let Some(State::Growing(received) | State::Broken(received)) = self.open.remove(&key) {
                given_up.push((key, received));
            }
        }
        Ok(given_up)
    }

    /// Makes durable what was written.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        for key in &self.written {
            match File::open(self.partial_path(key)) {
                Ok(file) => file.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        self.written.clear();
        if self.renamed {
            sync_directory(&self.directory)?;
            self.renamed = false;
        }
        Ok(())
    }

    fn remove_partial(&mut self, key: &Key) -> io::Result<()> {
        self.written.remove(key);
        match std::fs::remove_file(self.partial_path(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn partial_path(&self, key: &Key) -> PathBuf {
        self.partial.join(format!("{}_{}_{}", key.decky, key.boot, key.artifact))
    }
}

/// The key that [`Artifacts::partial_path`] made a name of; a decky's name has no underscore.
fn parse_name(name: &str) -> Option<Key> {
    let mut parts = name.split('_');
    let key = Key {
        decky: parts.next()?.to_owned(),
        boot: parts.next()?.parse().ok()?,
        artifact: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(key)
}

fn sha256(path: &Path) -> io::Result<String> {
    let (mut hasher, mut reader) = (Sha256::new(), BufReader::with_capacity(1 << 16, File::open(path)?));
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            break;
        }
        hasher.update(block);
        let length = block.len();
        reader.consume(length);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn free_bytes(directory: &Path) -> io::Result<u64> {
    let stat = nix::sys::statvfs::statvfs(directory)?;
    Ok(stat.blocks_available().saturating_mul(stat.fragment_size()))
}
