//! Artifacts on the receiving side: `artifacts/<sha256>`.
//!
//! A file grows as `.partial/<host>_<sha256>`; its length is how far it came, which survives a kill
//! and needs no other record. Size and SHA-256 decide whether it becomes an artifact: what a host
//! says that a file is, is believed only when it is so. Each host has its own partial files, so that
//! none can spoil what another sends.
//!
//! # Limits
//! - The bytes that a host may bring in a day are counted from the start of the process.
//! - A host that begins too many artifacts and ends none loses the one that rested longest.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::medium::{FILE_MODE, folder_of, is_full};

/// Most artifacts of one host that may be incomplete at once.
pub const MAX_OPEN: usize = 64;

/// The SHA-256 of an artifact, which is its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// The text is no digest.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a SHA-256 is 64 lower-case hexadecimal digits")]
pub struct InvalidDigest;

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    /// Takes exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut digest = [0; 32];
        if pairs.len() != digest.len() || !rest.is_empty() {
            return Err(InvalidDigest);
        }
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Self(digest))
    }
}

fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidDigest),
    }
}

/// Bounds of what hosts bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest artifact in bytes.
    pub size: u64,
    /// Bytes that one host may bring in a day (UTC).
    pub daily_bytes: u64,
    /// Bytes that must stay free on the file system, so that artifacts never stop the log.
    pub reserve: u64,
}

/// Where to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is here already.
    Whole,
    /// From this byte.
    From(u64),
}

/// Why something is not kept.
#[derive(Debug, Error)]
pub enum KeepError {
    /// It is larger than anything that is kept.
    #[error("an artifact of {size} bytes is larger than {limit}")]
    TooLarge {
        /// What was announced.
        size: u64,
        /// What is kept.
        limit: u64,
    },
    /// The host brought enough today.
    #[error("the host brought its {limit} bytes of today")]
    Enough {
        /// What it may bring in a day.
        limit: u64,
    },
    /// The disk is full, or would be.
    #[error("no room for artifacts")]
    NoRoom,
    /// Nobody said how large it is.
    #[error("the artifact was not begun")]
    NotBegun,
    /// The piece is not the next one, or goes beyond the end.
    #[error("bytes {from} to {to} are not the next ones: {expected} of {size} are here")]
    Misplaced {
        /// Where the piece begins.
        from: u64,
        /// Where it ends.
        to: u64,
        /// Where it should begin.
        expected: u64,
        /// Where the artifact ends.
        size: u64,
    },
    /// Its content is not what its name says. Nothing of it is kept.
    #[error("the content is not that of {digest}")]
    Mismatch {
        /// What it should be.
        digest: Digest,
    },
    /// The system refused.
    #[error("cannot {doing} {path}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    host: HostId,
    digest: Digest,
}

#[derive(Clone, Copy, Debug)]
struct Partial {
    length: u64,
    /// As the host announced it to this process.
    size: Option<u64>,
    /// When it was touched last, counted in touches.
    touched: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Day {
    number: i64,
    bytes: u64,
}

/// The store of artifacts.
#[derive(Debug)]
pub struct Keep {
    folder: PathBuf,
    partial: PathBuf,
    limits: Limits,
    open: BTreeMap<Key, Partial>,
    days: BTreeMap<HostId, Day>,
    touches: u64,
}

impl Keep {
    /// Opens the store in `folder`, which is made where it is missing, and finds what is incomplete.
    ///
    /// # Errors
    /// [`KeepError::System`].
    pub fn open(folder: &Path, limits: Limits) -> Result<Self, KeepError> {
        let partial = folder.join(".partial");
        let found = find_partial(&partial).map_err(|source| system("open", &partial, source))?;
        let touches = found.len() as u64;
        let each = found.into_iter().zip(0..);
        let open = each.map(|((key, length), touched)| (key, Partial { length, size: None, touched }));
        let (folder, open, days) = (folder.to_owned(), open.collect(), BTreeMap::new());
        Ok(Self { folder, partial, limits, open, days, touches })
    }

    /// A host has an artifact of `size` bytes: says from where it should send it.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn begin(&mut self, host: HostId, digest: Digest, size: u64) -> Result<Begun, KeepError> {
        let limit = self.limits.size;
        if size > limit {
            return Err(KeepError::TooLarge { size, limit });
        }
        let key = Key { host, digest };
        if self.has(digest, size) {
            self.forget(key)?;
            return Ok(Begun::Whole);
        }
        let length = self.open.get(&key).map_or(0, |partial| partial.length);
        // What is longer than the whole is not its beginning.
        let length = if length > size { 0 } else { length };
        self.make_way(key)?;
        self.touches += 1;
        self.open.insert(key, Partial { length, size: Some(size), touched: self.touches });
        Ok(Begun::From(length))
    }

    /// The next piece of an artifact that was begun; returns how much of it is here.
    ///
    /// # Errors
    /// [`KeepError`]; what was there before is kept.
    pub fn append(
        &mut self,
        host: HostId,
        digest: Digest,
        from: u64,
        data: &[u8],
        now: Timestamp,
    ) -> Result<u64, KeepError> {
        let key = Key { host, digest };
        let Partial { length, size, .. } = self.open.get(&key).copied().ok_or(KeepError::NotBegun)?;
        let size = size.ok_or(KeepError::NotBegun)?;
        let to = from.saturating_add(data.len() as u64);
        if from != length || to > size {
            return Err(KeepError::Misplaced { from, to, expected: length, size });
        }
        let day = self.day_with(host, data.len() as u64, now)?;
        self.check_room(data.len() as u64)?;
        let path = self.partial_path(key);
        append(&path, length, data).map_err(|source| system("write", &path, source))?;
        self.days.insert(host, day);
        self.touches += 1;
        self.open.insert(key, Partial { length: to, size: Some(size), touched: self.touches });
        Ok(to)
    }

    /// All of an artifact came: once this returns, it is in its place for good.
    ///
    /// # Errors
    /// [`KeepError`]; after a [`KeepError::Mismatch`] nothing of it is kept.
    pub fn finish(&mut self, host: HostId, digest: Digest) -> Result<(), KeepError> {
        let key = Key { host, digest };
        let Partial { length, size, .. } = self.open.get(&key).copied().ok_or(KeepError::NotBegun)?;
        let size = size.ok_or(KeepError::NotBegun)?;
        if length != size {
            return Err(KeepError::Misplaced { from: size, to: size, expected: length, size });
        }
        if self.has(digest, size) {
            return self.forget(key);
        }
        let path = self.partial_path(key);
        // What is empty has no piece that would have made the file.
        let whole = append(&path, length, &[]).and_then(|()| hash(&path));
        if whole.map_err(|source| system("read", &path, source))? != digest {
            self.forget(key)?;
            return Err(KeepError::Mismatch { digest });
        }
        self.put_in_place(&path, digest).map_err(|source| system("keep", &path, source))?;
        self.open.remove(&key);
        Ok(())
    }

    fn has(&self, digest: Digest, size: u64) -> bool {
        std::fs::metadata(self.place(digest)).is_ok_and(|meta| meta.is_file() && meta.len() == size)
    }

    fn put_in_place(&self, path: &Path, digest: Digest) -> io::Result<()> {
        File::open(path)?.sync_all()?;
        std::fs::rename(path, self.place(digest))?;
        File::open(&self.folder)?.sync_all()
    }

    /// The host's day with so many bytes more.
    fn day_with(&self, host: HostId, more: u64, now: Timestamp) -> Result<Day, KeepError> {
        let number = now.0.div_euclid(86_400_000_000);
        let today = self.days.get(&host).filter(|day| day.number == number);
        let bytes = today.map_or(0, |day| day.bytes).saturating_add(more);
        let limit = self.limits.daily_bytes;
        if bytes > limit { Err(KeepError::Enough { limit }) } else { Ok(Day { number, bytes }) }
    }

    fn check_room(&self, more: u64) -> Result<(), KeepError> {
        let stat = nix::sys::statvfs::statvfs(&self.partial);
        let stat = stat.map_err(|errno| system("look at", &self.partial, errno.into()))?;
        let free = stat.blocks_available().saturating_mul(stat.fragment_size());
        if free < self.limits.reserve.saturating_add(more) { Err(KeepError::NoRoom) } else { Ok(()) }
    }

    /// Gives up what rested longest, where the host may not open another.
    fn make_way(&mut self, key: Key) -> Result<(), KeepError> {
        let of_host = || self.open.iter().filter(|(other, _)| other.host == key.host && **other != key);
        if of_host().count() < MAX_OPEN {
            return Ok(());
        }
        let oldest = of_host().min_by_key(|(_, partial)| partial.touched).map(|(key, _)| *key);
        oldest.map_or(Ok(()), |oldest| self.forget(oldest))
    }

    fn forget(&mut self, key: Key) -> Result<(), KeepError> {
        let path = self.partial_path(key);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(system("remove", &path, source)),
            _ => {
                self.open.remove(&key);
                Ok(())
            }
        }
    }

    fn place(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    fn partial_path(&self, key: Key) -> PathBuf {
        self.partial.join(format!("{}_{}", key.host, key.digest))
    }
}

/// Keys and lengths of the partial files, the one that rested longest first.
fn find_partial(folder: &Path) -> io::Result<Vec<(Key, u64)>> {
    std::fs::create_dir_all(folder)?;
    // The folder of the artifacts is new then, too.
    for made in [folder, folder_of(folder)] {
        File::open(folder_of(made))?.sync_all()?;
    }
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let file = file?;
        if let Some(key) = file.file_name().to_str().and_then(parse_name) {
            let meta = file.metadata()?;
            found.push((meta.modified()?, key, meta.len()));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, key, length)| (key, length)).collect())
}

/// The key that [`Keep::partial_path`] made a name of.
fn parse_name(name: &str) -> Option<Key> {
    let (host, digest) = name.split_once('_')?;
    Some(Key { host: host.parse().ok()?, digest: digest.parse().ok()? })
}

/// Writes `data` behind the first `length` bytes; what a failed attempt left there goes first.
fn append(path: &Path, length: u64, data: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).mode(FILE_MODE).open(path)?;
    file.set_len(length)?;
    file.write_all(data)
}

fn hash(path: &Path) -> io::Result<Digest> {
    let (mut hasher, mut reader) = (Sha256::new(), BufReader::with_capacity(1 << 16, File::open(path)?));
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Ok(Digest(hasher.finalize().into()));
        }
        hasher.update(block);
        let length = block.len();
        reader.consume(length);
    }
}

fn system(doing: &'static str, path: &Path, source: io::Error) -> KeepError {
    if is_full(&source) {
        return KeepError::NoRoom;
    }
    KeepError::System { doing, path: path.to_owned(), source }
}
