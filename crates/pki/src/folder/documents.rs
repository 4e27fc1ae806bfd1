//! The folder's documents: whom the part trusts, and which host it is on.

use std::path::{Path, PathBuf};

use decnet_proto::{
    ids::{HostId, HostName},
    swarm::worker::Trust,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{FolderError, IdentityFolder, failed};
use crate::files::{self, LARGE, PUBLIC, SMALL};

/// Which host this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostFile {
    /// Its id.
    pub id: HostId,
    /// What operators call it.
    pub name: HostName,
    /// Address of its controller, `https://<host>:<port>`.
    pub controller: String,
}

impl HostFile {
    /// The controller's host alone, an IPv6 address in its brackets.
    pub fn controller_host(&self) -> Option<&str> {
        let (host, _) = self.controller.strip_prefix("https://")?.rsplit_once(':')?;
        Some(host).filter(|host| !host.is_empty())
    }
}

impl IdentityFolder {
    /// Whom the part trusts; nothing before it has joined.
    ///
    /// # Errors
    /// [`FolderError::File`] and [`FolderError::Document`].
    pub fn trust(&self) -> Result<Option<Trust>, FolderError> {
        read(&self.trust_file())
    }

    /// Keeps whom to trust, if it is newer than what is kept; whether it was.
    ///
    /// # Errors
    /// As [`Self::trust`].
    pub fn set_trust(&self, trust: &Trust) -> Result<bool, FolderError> {
        let _lock = self.lock_made()?;
        if self.trust()?.is_some_and(|kept| kept.serial >= trust.serial) {
            return Ok(false);
        }
        self.write_trust(trust).map(|()| true)
    }

    /// Which host this is; nothing before it has joined.
    ///
    /// # Errors
    /// [`FolderError::File`] and [`FolderError::Document`].
    pub fn host(&self) -> Result<Option<HostFile>, FolderError> {
        read(&self.host_file())
    }

    /// Keeps which host this is.
    ///
    /// # Errors
    /// [`FolderError::File`].
    pub fn set_host(&self, host: &HostFile) -> Result<(), FolderError> {
        let _lock = self.lock_made()?;
        self.write_host(host)
    }

    /// The key of who makes releases, as its one line of text; nothing where none was given to it when the
    /// part joined.
    ///
    /// # Errors
    /// [`FolderError::File`].
    pub fn release_key(&self) -> Result<Option<String>, FolderError> {
        let path = self.release_key_file();
        let text = files::if_there(files::read(&path, SMALL)).map_err(failed(&path))?;
        Ok(text.map(|text| text.trim_end().to_owned()))
    }

    /// Keeps the key of who makes releases, for a part whose identity is prepared by hand.
    ///
    /// # Errors
    /// [`FolderError::File`].
    pub fn set_release_key(&self, line: &str) -> Result<(), FolderError> {
        let _lock = self.lock_made()?;
        let path = self.release_key_file();
        files::replace(&path, &format!("{line}\n"), PUBLIC).map_err(failed(&path))
    }

    pub(super) fn write_trust(&self, trust: &Trust) -> Result<(), FolderError> {
        write(&self.trust_file(), trust)
    }

    pub(super) fn write_host(&self, host: &HostFile) -> Result<(), FolderError> {
        write(&self.host_file(), host)
    }

    pub(super) fn trust_file(&self) -> PathBuf {
        self.dir.join("trust.json")
    }

    pub(super) fn release_key_file(&self) -> PathBuf {
        self.dir.join("release.pub")
    }

    pub(super) fn host_file(&self) -> PathBuf {
        self.dir.join("host.json")
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FolderError> {
    let text = files::if_there(files::read(path, LARGE)).map_err(failed(path))?;
    let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
    parsed.map_err(|source| FolderError::Document { path: path.to_owned(), source })
}

fn write<T: Serialize>(path: &Path, document: &T) -> Result<(), FolderError> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|source| FolderError::Document { path: path.to_owned(), source })?;
    files::replace(path, &format!("{text}\n"), PUBLIC).map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_has_a_host() {
        let check = |controller: &str, expect: Option<&str>| {
            let host = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
            let file = HostFile { id: host, name: "w1".parse().unwrap(), controller: controller.to_owned() };
            assert_eq!(file.controller_host(), expect, "{controller}");
        };
        check("https://m.example:8771", Some("m.example"));
        check("https://[fd00::1]:8771", Some("[fd00::1]"));
        check("https://:8771", None);
        check("m.example", None);
    }
}
