//! Renewal: a new key beside the old one, its certificate tried, and one switch to both.

use std::path::PathBuf;

use decnet_proto::swarm::operator::Profile;

use super::{FolderError, Held, IdentityFolder, check, failed, open_or_make};
use crate::{
    files::{self, PUBLIC, SMALL},
    keys::Key,
    peer::Peer,
};

impl IdentityFolder {
    /// Makes a new key beside the one in use, and asks for a certificate of it (PKCS #10, PEM).
    /// Asked again before [`Self::commit`], it is the same key.
    ///
    /// # Errors
    /// [`FolderError::File`] and [`FolderError::Key`].
    pub fn prepare_renewal(&self, profile: Profile) -> Result<String, FolderError> {
        let _lock = self.lock_made()?;
        self.finish_switch(profile)?;
        Ok(open_or_make(&self.next_key(profile))?.request(profile)?)
    }

    /// Switches to the key of [`Self::prepare_renewal`] and this certificate of it. After a crash
    /// both are the old ones or both the new.
    ///
    /// # Errors
    /// [`FolderError`] when nothing was prepared, or the certificate is of another key or
    /// profile; then nothing has changed.
    pub fn commit(&self, profile: Profile, pem: &str) -> Result<Peer, FolderError> {
        let _lock = self.lock_made()?;
        self.finish_switch(profile)?;
        let key = self.next_key(profile);
        if !key.exists() {
            return Err(FolderError::NotPrepared(profile));
        }
        let next = self.next_certificate(profile);
        let held = check(profile, Key::open(&key)?, pem, &next)?;
        files::replace(&next, pem, PUBLIC).map_err(failed(&next))?;
        self.finish_switch(profile)?;
        Ok(held.peer)
    }

    /// Keeps the certificate that was signed for [`Self::prepare_renewal`] beside the one in use,
    /// to be tried. One that was kept before is forgotten.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn stage(&self, profile: Profile, pem: &str) -> Result<Held, FolderError> {
        let _lock = self.lock_made()?;
        self.finish_switch(profile)?;
        let key = self.next_key(profile);
        if !key.exists() {
            return Err(FolderError::NotPrepared(profile));
        }
        let trial = self.trial_certificate(profile);
        let held = check(profile, Key::open(&key)?, pem, &trial)?;
        files::replace(&trial, pem, PUBLIC).map_err(failed(&trial))?;
        Ok(held)
    }

    /// What [`Self::stage`] keeps; nothing when there is nothing to try.
    ///
    /// # Errors
    /// [`FolderError`] when there is something and it cannot be used.
    pub fn staged(&self, profile: Profile) -> Result<Option<Held>, FolderError> {
        let Some(_lock) = self.lock()? else { return Ok(None) };
        self.finish_switch(profile)?;
        let trial = self.trial_certificate(profile);
        let text = files::if_there(files::read(&trial, SMALL)).map_err(failed(&trial))?;
        text.map(|pem| check(profile, Key::open(&self.next_key(profile))?, &pem, &trial)).transpose()
    }

    /// Switches to what [`Self::stage`] keeps. After a crash both key and certificate are the old
    /// ones, or both the new.
    ///
    /// # Errors
    /// [`FolderError::NotPrepared`] when nothing is kept; others as [`Self::stage`].
    pub fn switch(&self, profile: Profile) -> Result<Held, FolderError> {
        let held = self.staged(profile)?.ok_or(FolderError::NotPrepared(profile))?;
        let _lock = self.lock_made()?;
        let trial = self.trial_certificate(profile);
        files::rename(&trial, &self.next_certificate(profile)).map_err(failed(&trial))?;
        self.finish_switch(profile)?;
        Ok(held)
    }

    /// Finishes a switch that was begun. Only for who has the lock.
    pub(super) fn finish_switch(&self, profile: Profile) -> Result<(), FolderError> {
        let certificate = self.next_certificate(profile);
        if !certificate.exists() {
            return Ok(());
        }
        let key = self.next_key(profile);
        // Without it the crash was between these two.
        if key.exists() {
            files::rename(&key, &self.key_file(profile)).map_err(failed(&key))?;
        }
        files::rename(&certificate, &self.certificate_file(profile)).map_err(failed(&certificate))
    }

    pub(super) fn next_key(&self, profile: Profile) -> PathBuf {
        self.dir.join(format!("{profile}.key.next"))
    }

    pub(super) fn trial_certificate(&self, profile: Profile) -> PathBuf {
        self.dir.join(format!("{profile}.crt.trial"))
    }

    pub(super) fn next_certificate(&self, profile: Profile) -> PathBuf {
        self.dir.join(format!("{profile}.crt.next"))
    }
}
