//! The swarm's authority: its keys, its certificates, and what it signs.
//!
//! ```text
//! <dir>/authority.lock   whoever changes the folder has its lock
//!       ca-<n>.key       0600 from birth; written first
//!       ca-<n>.crt       written last: a pair with a certificate is whole
//! ```
//!
//! `<n>` counts from 1; the largest is the newest and signs. There are two while the authority
//! changes its key: certificates of the old one stay good until it is ended.
//!
//! A key without its certificate is what a crash left: it has signed nothing. The first is
//! finished, a later one is removed. A certificate without its key is refused.

mod backup;
mod generation;
mod request;
mod sign;
mod site;

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::pki_types::CertificateDer;
use thiserror::Error;

pub use backup::{BackupError, restore};
pub use request::{InvalidRequest, REQUEST_MAX};
pub use sign::{COMMON_NAME_MAX, LIFE, SignError, Signed};
pub use site::{InvalidName, NAMES_MAX, SITE_LIFE, SignedSite, SiteName};

use self::generation::{Generation, tidied};
use crate::{
    digest::Pin,
    files::{self, SECRET},
    keys::KeyError,
    replaceable::Replaceable,
};

/// Life of an authority's certificate, in days.
pub const AUTHORITY_LIFE: i64 = 3652;

/// Name of the lock file.
const LOCK: &str = "authority.lock";

/// The authority cannot be used or changed.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// The folder or a file in it cannot be used.
    #[error("cannot use the authority in {}", path.display())]
    File {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key cannot be made or used.
    #[error("cannot use the authority's key")]
    Key(#[from] KeyError),
    /// A certificate whose key is gone.
    #[error(
        "{} has no key beside it: restore a backup of the authority, or move the folder away and enrol every host again",
        .0.display()
    )]
    KeyMissing(PathBuf),
    /// Key and certificate do not belong together, or are no authority's.
    #[error(
        "{} is no certificate of an authority with the key beside it: restore a backup of the authority",
        .0.display()
    )]
    Mismatch(PathBuf),
    /// It is changing its key already.
    #[error("the authority is changing its key already: end the trust in the old one first")]
    RollingOver,
    /// A certificate cannot be made.
    #[error("cannot make the authority's certificate: {0}")]
    Provider(String),
}

/// The authority in a folder. Several may be open on one folder, in one process or many: they
/// agree, but one that was open while another changed the key signs with the old one until it
/// is opened anew.
#[derive(Debug)]
pub struct Authority {
    dir: PathBuf,
    /// Newest first, never empty.
    generations: Replaceable<Generations>,
}

/// The newest, and those before it that are still trusted.
#[derive(Debug)]
struct Generations {
    newest: Arc<Generation>,
    older: Vec<Arc<Generation>>,
}

impl Authority {
    /// Opens the authority in `dir`, and makes folder and authority where there are none.
    ///
    /// Waits for whoever is just making or changing it.
    ///
    /// # Errors
    /// [`AuthorityError`] says what is wrong and what to do; nothing is overwritten.
    pub fn open_or_create(dir: &Path, now: i64) -> Result<Self, AuthorityError> {
        files::make_folder(dir).map_err(failed(dir))?;
        let _lock = lock(dir)?;
        let mut pairs = tidied(dir)?;
        if pairs.is_empty() {
            pairs.push(Generation::make(dir, 1, now)?);
        }
        Ok(Self { dir: dir.to_owned(), generations: Replaceable::new(generations(dir, pairs)?) })
    }

    /// Its certificates: the newest first; two while it changes its key.
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let generations = self.generations.get();
        let all = [&generations.newest].into_iter().chain(&generations.older);
        all.map(|generation| generation.certificate.clone()).collect()
    }

    /// Its certificates as PEM, as [`decnet_proto::swarm::worker::Trust`] carries them.
    pub fn certificates_pem(&self) -> Vec<String> {
        let generations = self.generations.get();
        let all = [&generations.newest].into_iter().chain(&generations.older);
        all.map(|generation| generation.pem.clone()).collect()
    }

    /// Of the newest certificate: what operators see and tokens carry.
    pub fn pin(&self) -> Pin {
        Pin::of_authority(&self.generations.get().newest.certificate)
    }

    /// Second since the Unix epoch after which the newest certificate is no longer good.
    pub fn not_after(&self) -> i64 {
        self.generations.get().newest.not_after
    }

    /// Makes a new key, with which it signs from now on. Certificates of the old one stay good
    /// until [`Self::end_old`], if everybody is told of both.
    ///
    /// In this order nobody is locked out: roll over; tell everybody of both authorities; when
    /// all know, renew the master's certificates, then the others'; when all have new ones, end
    /// the old key and tell everybody of the one that is left.
    ///
    /// # Errors
    /// [`AuthorityError::RollingOver`] before the last change was ended, and as for opening.
    pub fn roll_over(&self, now: i64) -> Result<(), AuthorityError> {
        let _lock = lock(&self.dir)?;
        let mut pairs = tidied(&self.dir)?;
        let newest = pairs.iter().map(|pair| pair.number).max().unwrap_or(0);
        if pairs.len() > 1 {
            self.generations.set(generations(&self.dir, pairs)?);
            return Err(AuthorityError::RollingOver);
        }
        pairs.push(Generation::make(&self.dir, newest + 1, now)?);
        self.generations.set(generations(&self.dir, pairs)?);
        Ok(())
    }

    /// Ends the trust in all keys but the newest, and removes them; whether there were any.
    ///
    /// # Errors
    /// As for opening.
    pub fn end_old(&self) -> Result<bool, AuthorityError> {
        let _lock = lock(&self.dir)?;
        let all = generations(&self.dir, tidied(&self.dir)?)?;
        for old in &all.older {
            old.remove(&self.dir)?;
        }
        let ended = !all.older.is_empty();
        self.generations.set(Generations { newest: all.newest, older: Vec::new() });
        Ok(ended)
    }

    fn newest(&self) -> Arc<Generation> {
        Arc::clone(&self.generations.get().newest)
    }
}

fn generations(dir: &Path, mut all: Vec<Generation>) -> Result<Generations, AuthorityError> {
    all.sort_by_key(|pair| pair.number);
    let newest = all.pop().ok_or_else(|| AuthorityError::KeyMissing(dir.to_owned()))?;
    Ok(Generations { newest: Arc::new(newest), older: all.into_iter().rev().map(Arc::new).collect() })
}

/// The folder's lock, until the file is dropped.
fn lock(dir: &Path) -> Result<File, AuthorityError> {
    let private = fs::metadata(dir).and_then(|metadata| files::refuse_others(&metadata, 0o077));
    private.map_err(failed(dir))?;
    let path = dir.join(LOCK);
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(SECRET).open(&path);
    let file = open.map_err(failed(&path))?;
    file.lock().map_err(failed(&path))?;
    Ok(file)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> AuthorityError + use<> {
    let path = path.to_owned();
    move |source| AuthorityError::File { path, source }
}

#[cfg(test)]
mod tests;
