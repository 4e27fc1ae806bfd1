//! Artifacts on the receiving side: `artifacts/<sha256>`.
//!
//! A file grows as `.partial/<host>_<sha256>`; its length is how far it came, which survives a kill
//! and needs no other record. Size and SHA-256 decide whether it becomes an artifact: what a host
//! says that a file is, is believed only when it is so. Each host has its own partial files, so that
//! none can spoil what another sends.
//!
//! All sessions share one store. Who writes or hashes does so beside the others: only the book of
//! what is incomplete is locked, and an artifact that somebody is at is *busy* for everybody else.
//!
//! What a host brought in a day is in `.days/<host>`, overwritten in place with every piece, so that
//! a restart gives it no more. It is not synchronised: a power cut may take back the last seconds.
//!
//! # Limits
//! - A host that begins too many artifacts and ends none loses the one that rested longest.
//! - An artifact that is larger than what a host may bring in a day comes over several days, each of
//!   which must begin with it.

mod book;
mod days;
mod files;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use thiserror::Error;

use self::{
    book::{Book, Key, Partial},
    days::Days,
};
pub use crate::artifact::Digest;
use crate::medium::{Disk, Medium, is_full};

/// Most artifacts of one host that may be incomplete at once.
pub const MAX_OPEN: usize = 64;

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
    /// It is here already, for good.
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
    /// The host brought enough today, or would.
    #[error("the host brought its {limit} bytes of today")]
    Enough {
        /// What it may bring in a day.
        limit: u64,
    },
    /// The disk is full, or would be.
    #[error("no room for artifacts")]
    NoRoom,
    /// Somebody else is at it right now.
    #[error("another session is at the artifact")]
    Busy,
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

/// The store of artifacts; clones are the same one.
#[derive(Clone, Debug)]
pub struct Keep<M = Disk>(Arc<Shared<M>>);

#[derive(Debug)]
struct Shared<M> {
    folder: PathBuf,
    partial: PathBuf,
    limits: Limits,
    medium: M,
    book: Mutex<Book>,
}

impl Keep {
    /// Opens the store in `folder`, which is made where it is missing, and finds what is incomplete.
    ///
    /// # Errors
    /// [`KeepError::System`].
    pub fn open(folder: &Path, limits: Limits) -> Result<Self, KeepError> {
        Self::open_on(Disk, folder, limits)
    }
}

impl<M: Medium + Clone> Keep<M> {
    /// The same, on a medium.
    ///
    /// # Errors
    /// [`KeepError::System`].
    pub fn open_on(medium: M, folder: &Path, limits: Limits) -> Result<Self, KeepError> {
        let (partial, days) = (folder.join(".partial"), folder.join(".days"));
        let found = files::find_partial(&partial).map_err(|source| system("open", &partial, source))?;
        let days = Days::open(&days).map_err(|source| system("open", &days, source))?;
        let book = Mutex::new(Book::new(found, days));
        Ok(Self(Arc::new(Shared { folder: folder.to_owned(), partial, limits, medium, book })))
    }

    /// A host has an artifact of `size` bytes: says from where it should send it.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn begin(&self, host: HostId, digest: Digest, size: u64, now: Timestamp) -> Result<Begun, KeepError> {
        let Limits { size: limit, daily_bytes, .. } = self.0.limits;
        if size > limit {
            return Err(KeepError::TooLarge { size, limit });
        }
        let key = Key { host, digest };
        if self.has(digest, size) {
            self.forget(&mut self.book(), key)?;
            // Whoever put it there had perhaps not come to it.
            return self.sync_names().map(|()| Begun::Whole);
        }
        let mut book = self.book();
        let length = book.length(key, size)?;
        let rest = size - length;
        if book.days.left(host, daily_bytes, now) < rest.min(daily_bytes) {
            return Err(KeepError::Enough { limit: daily_bytes });
        }
        if rest > 0 {
            self.check_room(rest)?;
        }
        if let Some(oldest) = book.in_the_way_of(key) {
            self.forget(&mut book, oldest)?;
        }
        book.begin(key, length, size);
        Ok(Begun::From(length))
    }

    /// The next piece of an artifact that was begun; returns how much of it is here.
    ///
    /// # Errors
    /// [`KeepError`]; what was there before is kept.
    pub fn append(
        &self,
        host: HostId,
        digest: Digest,
        from: u64,
        data: &[u8],
        now: Timestamp,
    ) -> Result<u64, KeepError> {
        let (key, more) = (Key { host, digest }, data.len() as u64);
        let length = {
            let mut book = self.book();
            let Partial { length, size, .. } = book.known(key)?;
            let to = from.saturating_add(more);
            if from != length || to > size {
                return Err(KeepError::Misplaced { from, to, expected: length, size });
            }
            self.spend(&mut book, host, more, now)?;
            book.take(key);
            length
        };
        let written = self.write(key, length, data);
        let mut book = self.book();
        match written {
            Ok(()) => {
                book.put_back(key, length + more);
                Ok(length + more)
            }
            Err(error) => {
                book.put_back(key, length);
                book.days.refund(host, more, now);
                Err(error)
            }
        }
    }

    /// All of an artifact came: once this returns, it is in its place for good.
    ///
    /// # Errors
    /// [`KeepError`]; after a [`KeepError::Mismatch`] nothing of it is kept.
    pub fn finish(&self, host: HostId, digest: Digest) -> Result<(), KeepError> {
        let key = Key { host, digest };
        let size = {
            let mut book = self.book();
            let Partial { length, size, .. } = book.known(key)?;
            if length != size {
                return Err(KeepError::Misplaced { from: size, to: size, expected: length, size });
            }
            book.take(key);
            size
        };
        let kept = self.put_in_place(key, size);
        let mut book = self.book();
        book.put_back(key, size);
        match kept {
            Ok(()) => book.remove(key),
            Err(KeepError::Mismatch { .. }) => self.forget(&mut book, key)?,
            Err(_) => {}
        }
        kept
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // The book is whole between any two of its calls.
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, digest: Digest, size: u64) -> bool {
        std::fs::metadata(self.place(digest)).is_ok_and(|meta| meta.is_file() && meta.len() == size)
    }

    fn spend(&self, book: &mut Book, host: HostId, bytes: u64, now: Timestamp) -> Result<(), KeepError> {
        let limit = self.0.limits.daily_bytes;
        if book.days.left(host, limit, now) < bytes {
            return Err(KeepError::Enough { limit });
        }
        book.days.spend(host, bytes, now).map_err(|source| system("count in", &self.0.folder, source))
    }

    fn write(&self, key: Key, length: u64, data: &[u8]) -> Result<(), KeepError> {
        self.check_room(data.len() as u64)?;
        let path = self.partial_path(key);
        let medium = &mut self.0.medium.clone();
        files::append(medium, &path, length, data).map_err(|source| system("write", &path, source))
    }

    fn put_in_place(&self, key: Key, size: u64) -> Result<(), KeepError> {
        let (path, digest) = (self.partial_path(key), key.digest);
        if self.has(digest, size) {
            files::remove(&path).map_err(|source| system("remove", &path, source))?;
            return self.sync_names();
        }
        let medium = &mut self.0.medium.clone();
        // What is empty has no piece that would have made the file.
        let whole = files::append(medium, &path, size, &[]).and_then(|()| files::hash(&path));
        if whole.map_err(|source| system("read", &path, source))? != digest {
            return Err(KeepError::Mismatch { digest });
        }
        let kept = files::keep(medium, &path, &self.place(digest));
        kept.map_err(|source| system("keep", &path, source))?;
        self.sync_names()
    }

    fn sync_names(&self) -> Result<(), KeepError> {
        let folder = &self.0.folder;
        self.0.medium.clone().sync_folder(folder).map_err(|source| system("synchronise", folder, source))
    }

    fn check_room(&self, more: u64) -> Result<(), KeepError> {
        let partial = &self.0.partial;
        let stat = nix::sys::statvfs::statvfs(partial);
        let stat = stat.map_err(|errno| system("look at", partial, errno.into()))?;
        let free = stat.blocks_available().saturating_mul(stat.fragment_size());
        if free < self.0.limits.reserve.saturating_add(more) { Err(KeepError::NoRoom) } else { Ok(()) }
    }

    fn forget(&self, book: &mut Book, key: Key) -> Result<(), KeepError> {
        if book.is_busy(key) {
            return Err(KeepError::Busy);
        }
        let path = self.partial_path(key);
        files::remove(&path).map_err(|source| system("remove", &path, source))?;
        book.remove(key);
        Ok(())
    }

    fn place(&self, digest: Digest) -> PathBuf {
        self.0.folder.join(digest.to_string())
    }

    fn partial_path(&self, key: Key) -> PathBuf {
        self.0.partial.join(key.to_string())
    }
}

fn system(doing: &'static str, path: &Path, source: io::Error) -> KeepError {
    if is_full(&source) {
        return KeepError::NoRoom;
    }
    KeepError::System { doing, path: path.to_owned(), source }
}
