//! What a part of the swarm keeps of its identity.
//!
//! ```text
//! <dir>/<profile>.key        0600 from birth
//!       <profile>.crt
//!       <profile>.key.next   a renewal that was asked for
//!       <profile>.crt.trial  a renewal that was granted, and is being tried
//!       <profile>.crt.next   a renewal that works: it is being switched to
//!       trust.json           whom the part trusts
//!       host.json            which host this is, and where its controller is
//!       release.pub          an updater's: who makes the releases that it may install
//! ```
//!
//! A `.crt.next` is written only when the `.key.next` that it belongs to is durable, so whoever
//! finds one finishes the switch. The folder itself is the lock: several processes may use one
//! folder, as agent and forwarder do. All of it blocks, for as long as a disk takes.

mod adopt;
mod documents;
mod renewal;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use decnet_proto::swarm::operator::Profile;
use rustls::pki_types::CertificateDer;
use thiserror::Error;

pub use adopt::Certified;
pub use documents::HostFile;

use crate::{
    files::{self, PUBLIC, SMALL},
    keys::{Key, KeyError},
    peer::{Peer, PeerError},
    pem::{self, InvalidPem},
};

/// The folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key cannot be made or used.
    #[error("cannot use the part's key")]
    Key(#[from] KeyError),
    /// A text is no certificate.
    #[error("{0} is not one certificate")]
    Pem(String, #[source] InvalidPem),
    /// A certificate is nobody's.
    #[error("{0} is a certificate of nobody in a swarm")]
    Peer(String, #[source] PeerError),
    /// A certificate is for another key.
    #[error("{0} is a certificate of another key")]
    OtherKey(String),
    /// A certificate is for something else.
    #[error("{file} is a certificate for {found}, not for {wanted}")]
    OtherProfile {
        /// Which.
        file: String,
        /// What it is for.
        found: Profile,
        /// What it should be for.
        wanted: Profile,
    },
    /// A renewal was not asked for.
    #[error("no renewal of {0} was prepared")]
    NotPrepared(Profile),
    /// A document is malformed.
    #[error("{} is not what this version writes", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// A key with its certificate.
#[derive(Debug)]
pub struct Held {
    /// The key.
    pub key: Key,
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// What it says.
    pub peer: Peer,
}

/// A folder with the identity of one part.
#[derive(Clone, Debug)]
pub struct IdentityFolder {
    dir: PathBuf,
}

impl IdentityFolder {
    /// The folder at `dir`, which may not be there yet.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// The key of a profile; it is made if there is none, and the folder with it.
    ///
    /// # Errors
    /// [`FolderError::File`] and [`FolderError::Key`].
    pub fn key(&self, profile: Profile) -> Result<Key, FolderError> {
        let _lock = self.lock_made()?;
        self.finish_switch(profile)?;
        Ok(open_or_make(&self.key_file(profile))?)
    }

    /// Keeps the certificate that was signed for [`Self::key`].
    ///
    /// # Errors
    /// [`FolderError`] when it is not a certificate of this key for this profile, or cannot be
    /// written.
    pub fn store(&self, profile: Profile, pem: &str) -> Result<Peer, FolderError> {
        let _lock = self.lock_made()?;
        self.finish_switch(profile)?;
        let file = self.certificate_file(profile);
        let held = check(profile, Key::open(&self.key_file(profile))?, pem, &file)?;
        files::replace(&file, pem, PUBLIC).map_err(failed(&file))?;
        Ok(held.peer)
    }

    /// Key and certificate of a profile; nothing while there is no certificate.
    ///
    /// # Errors
    /// [`FolderError`] when there is one and it cannot be used.
    pub fn open(&self, profile: Profile) -> Result<Option<Held>, FolderError> {
        let Some(_lock) = self.lock()? else { return Ok(None) };
        self.finish_switch(profile)?;
        let file = self.certificate_file(profile);
        let text = files::if_there(files::read(&file, SMALL)).map_err(failed(&file))?;
        text.map(|pem| check(profile, Key::open(&self.key_file(profile))?, &pem, &file)).transpose()
    }

    /// Everything that it holds with a certificate.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn all(&self) -> Result<Vec<Held>, FolderError> {
        Profile::ALL.into_iter().filter_map(|profile| self.open(profile).transpose()).collect()
    }

    /// When the first of its certificates runs out, in seconds since the Unix epoch.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn first_expiry(&self) -> Result<Option<i64>, FolderError> {
        Ok(self.all()?.iter().map(|held| held.peer.not_after).min())
    }

    /// Removes the identity: every file that this page names, and nothing else.
    ///
    /// # Errors
    /// [`FolderError::File`].
    pub fn forget(&self) -> Result<(), FolderError> {
        let Some(_lock) = self.lock()? else { return Ok(()) };
        self.remove_all()
    }

    /// Removes every file of ours: the host's first, without which nobody takes part. Only for who
    /// has the lock.
    fn remove_all(&self) -> Result<(), FolderError> {
        let of_profile = |profile| {
            [
                self.key_file(profile),
                self.certificate_file(profile),
                self.next_key(profile),
                self.trial_certificate(profile),
                self.next_certificate(profile),
            ]
        };
        let of_profiles = Profile::ALL.into_iter().flat_map(of_profile);
        let files =
            [self.host_file(), self.trust_file(), self.release_key_file()].into_iter().chain(of_profiles);
        for file in files {
            files::remove(&file).map_err(failed(&file))?;
        }
        Ok(())
    }

    fn key_file(&self, profile: Profile) -> PathBuf {
        self.dir.join(format!("{profile}.key"))
    }

    fn certificate_file(&self, profile: Profile) -> PathBuf {
        self.dir.join(format!("{profile}.crt"))
    }

    /// The folder's lock until it is dropped; nothing where there is no folder.
    fn lock(&self) -> Result<Option<File>, FolderError> {
        let opened = files::if_there(File::open(&self.dir)).map_err(failed(&self.dir))?;
        let Some(folder) = opened else { return Ok(None) };
        let private = folder.metadata().and_then(|metadata| files::refuse_others(&metadata, 0o022));
        private.map_err(failed(&self.dir))?;
        folder.lock().map_err(failed(&self.dir))?;
        Ok(Some(folder))
    }

    /// The lock of a folder that is made if need be, without what crashes left in it.
    fn lock_made(&self) -> Result<Option<File>, FolderError> {
        files::make_folder(&self.dir).map_err(failed(&self.dir))?;
        let lock = self.lock()?;
        files::sweep(&self.dir).map_err(failed(&self.dir))?;
        Ok(lock)
    }
}

fn open_or_make(path: &Path) -> Result<Key, KeyError> {
    if path.exists() { Key::open(path) } else { Key::make(path) }
}

/// Puts a key and a certificate together, if they belong together and are for `profile`.
fn check(profile: Profile, key: Key, pem: &str, file: &Path) -> Result<Held, FolderError> {
    let name = || file.display().to_string();
    let certificate = pem::certificate(pem).map_err(|error| FolderError::Pem(name(), error))?;
    let peer = Peer::of(&certificate).map_err(|error| FolderError::Peer(name(), error))?;
    if peer.pin != key.pin() {
        return Err(FolderError::OtherKey(name()));
    }
    if peer.profile != profile {
        return Err(FolderError::OtherProfile { file: name(), found: peer.profile, wanted: profile });
    }
    Ok(Held { key, certificate, peer })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
    let path = path.to_owned();
    move |source| FolderError::File { path, source }
}

#[cfg(test)]
mod tests;
