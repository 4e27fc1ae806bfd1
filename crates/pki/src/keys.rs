//! Private keys: ECDSA P-256, made where they are used.

use std::{fmt, io, path::Path, sync::Arc};

use decnet_proto::swarm::operator::Profile;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _};
use rustls::{
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::SigningKey,
};
use thiserror::Error;

use crate::{
    digest::Pin,
    files::{self, SECRET, SMALL},
};

/// A key cannot be made or used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Its file cannot be read or written.
    #[error("cannot use the key {0}")]
    File(String, #[source] io::Error),
    /// The file holds something else.
    #[error("{0} holds no ECDSA P-256 key (PKCS #8, PEM)")]
    Malformed(String),
    /// The machine cannot make or use keys now.
    #[error("cannot make or use a key: {0}")]
    Provider(String),
}

/// A private key. Its `Debug` shows the public half's pin only.
pub struct Key {
    pair: KeyPair,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.pin())
    }
}

impl Key {
    /// Makes a key that is in memory only.
    ///
    /// # Errors
    /// [`KeyError::Provider`] when the system gives no random bytes.
    pub fn draw() -> Result<Self, KeyError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(provider)?;
        Ok(Self { pair })
    }

    /// Makes a key and its file, mode 0600 from birth and durable; there must be no such file.
    ///
    /// # Errors
    /// [`KeyError::File`] when there is one or it cannot be written, and those of [`Self::draw`].
    pub fn make(path: &Path) -> Result<Self, KeyError> {
        let key = Self::draw()?;
        key.write(path)?;
        Ok(key)
    }

    /// As text (PKCS #8, PEM), for a file that is nobody else's business from birth.
    pub fn to_pem(&self) -> String {
        self.pair.serialize_pem()
    }

    /// Makes the file of a key that is in memory only, as [`Self::make`] does.
    pub(crate) fn write(&self, path: &Path) -> Result<(), KeyError> {
        files::create(path, &self.to_pem(), SECRET)
            .map_err(|error| KeyError::File(path.display().to_string(), error))
    }

    /// Reads a key from its file, which nobody else may be able to read.
    ///
    /// # Errors
    /// [`KeyError::File`] and [`KeyError::Malformed`].
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let name = path.display().to_string();
        match files::read_secret(path, SMALL) {
            Ok(text) => Self::from_pem(&text, &name),
            Err(error) => Err(KeyError::File(name, error)),
        }
    }

    /// A key from its PEM form; `name` is for the error.
    pub(crate) fn from_pem(text: &str, name: &str) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8_pem_and_sign_algo(text, &PKCS_ECDSA_P256_SHA256);
        pair.map(|pair| Self { pair }).map_err(|_| KeyError::Malformed(name.to_owned()))
    }

    /// Asks for a certificate: a PKCS #10 request, PEM. The authority takes only the key of it.
    ///
    /// # Errors
    /// [`KeyError::Provider`] when the key cannot sign.
    pub fn request(&self, profile: Profile) -> Result<String, KeyError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, profile.word());
        params.serialize_request(&self.pair).and_then(|request| request.pem()).map_err(provider)
    }

    /// By which peers know the key.
    pub fn pin(&self) -> Pin {
        Pin::of_key(&self.pair.subject_public_key_info())
    }

    /// For signing certificates.
    pub(crate) fn pair(&self) -> &KeyPair {
        &self.pair
    }

    /// For handshakes.
    pub(crate) fn signer(&self) -> Result<Arc<dyn SigningKey>, KeyError> {
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pair.serialized_der()));
        rustls::crypto::ring::sign::any_ecdsa_type(&der)
            .map_err(|error| KeyError::Provider(error.to_string()))
    }
}

fn provider(error: rcgen::Error) -> KeyError {
    KeyError::Provider(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn a_key_is_its_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent-client.key");
        let made = Key::make(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(Key::open(&path).unwrap().pin(), made.pin());
        assert!(matches!(Key::make(&path), Err(KeyError::File(..))), "a key is never overwritten");
        assert_ne!(Key::draw().unwrap().pin(), made.pin());
        assert!(!format!("{made:?}").contains("PRIVATE"));
    }

    #[test]
    fn other_keys_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.key");
        let other = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &other] {
            files::replace(&path, text, SECRET).unwrap();
            assert!(matches!(Key::open(&path), Err(KeyError::Malformed(_))), "{text:.30}");
        }
    }
}
