//! A whole identity at once, in place of whatever is there.

use std::path::Path;

use decnet_proto::swarm::{operator::Profile, worker::Trust};

use super::{FolderError, HostFile, IdentityFolder, check, failed};
use crate::{files, files::PUBLIC, keys::Key};

/// A key, and the certificate that was signed for it.
#[derive(Debug)]
pub struct Certified {
    /// What it is for.
    pub profile: Profile,
    /// The key, in memory only.
    pub key: Key,
    /// The certificate, PEM.
    pub pem: String,
}

impl IdentityFolder {
    /// Keeps an identity that is whole: everything fits, or nothing is changed. What was there
    /// before is forgotten, `release_key` too: who made releases before makes none any more. The host's file is written last: after a crash there is the old
    /// identity, none, or the new one.
    ///
    /// # Errors
    /// [`FolderError`] when a certificate is of another key or profile, or a file cannot be written.
    pub fn adopt(
        &self,
        all: Vec<Certified>,
        trust: &Trust,
        host: &HostFile,
        release_key: Option<&str>,
    ) -> Result<(), FolderError> {
        let checked = |Certified { profile, key, pem }| {
            let held = check(profile, key, &pem, &self.certificate_file(profile))?;
            Ok((profile, held.key, pem))
        };
        let all = all.into_iter().map(checked).collect::<Result<Vec<_>, FolderError>>()?;
        let _lock = self.lock_made()?;
        self.remove_all()?;
        for (profile, key, pem) in &all {
            key.write(&self.key_file(*profile))?;
            write(&self.certificate_file(*profile), pem)?;
        }
        if let Some(key) = release_key {
            write(&self.release_key_file(), &format!("{key}\n"))?;
        }
        self.write_trust(trust)?;
        self.write_host(host)
    }
}

fn write(path: &Path, text: &str) -> Result<(), FolderError> {
    files::replace(path, text, PUBLIC).map_err(failed(path))
}
