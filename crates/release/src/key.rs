//! Ed25519 keys that releases are signed with, and their signatures.
//!
//! The private key stays where releases are made, offline; its public half is pinned by every updater.
//! What is signed is a prefix that nothing else of ours is signed with, and the manifest's bytes.
//!
//! | | text |
//! |---|---|
//! | private key | PEM of PKCS#8 (RFC 5958), mode 0600 |
//! | public key | one line, `decnet-release-key:` and 32 bytes in Base64 |
//! | signature | one line, `decnet-release-signature:` and 64 bytes in Base64 |

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What stands before the manifest in what is signed.
const DOMAIN: &[u8] = b"decnet release manifest 1\n";
/// Begins the text of a public key.
const KEY: &str = "decnet-release-key:";
/// Begins the text of a signature.
const MARK: &str = "decnet-release-signature:";
/// Bytes of a `manifest.sig`: the mark, 64 bytes in Base64, a line feed.
pub const SIGNATURE_LENGTH: u64 = MARK.len() as u64 + 88 + 1;
/// Largest file of a key, in bytes.
const LARGEST: u64 = 4_096;
/// Lines around a private key.
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Why a key or a signature is none.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A file of it cannot be used.
    #[error("cannot use the key file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text is no private key.
    #[error("this is no private key of releases: PEM of an Ed25519 key is expected")]
    Private,
    /// The text is no public key.
    #[error("this is no public key of releases: {KEY} and 44 characters are expected")]
    Public,
    /// The text is no signature.
    #[error("this is no signature of a release")]
    Signature,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a key")]
    Random,
}

/// The signature was not made with this key, or not of these bytes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the signature of the manifest is not by the release key that is trusted here")]
pub struct Forged;

/// Signs manifests.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    pem: String,
}

impl SigningKey {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn draw() -> Result<Self, KeyError> {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::Random)?;
        Self::of_der(der.as_ref())
    }

    /// Reads the text of a private key.
    ///
    /// # Errors
    /// [`KeyError::Private`].
    pub fn parse(pem: &str) -> Result<Self, KeyError> {
        let body = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let body: String = body.ok_or(KeyError::Private)?.split_ascii_whitespace().collect();
        Self::of_der(&STANDARD.decode(body).map_err(|_| KeyError::Private)?)
    }

    /// Reads it from a file that nobody else may read.
    ///
    /// # Errors
    /// [`KeyError::File`] and [`KeyError::Private`].
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let text = read_secret(path).map_err(|source| KeyError::File { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Writes it to a new file, for its owner alone from birth, and durably.
    ///
    /// # Errors
    /// [`KeyError::File`], also where there is a file already.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        let options = &mut OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(self.pem.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs the content of a `manifest.json`.
    pub fn sign(&self, manifest: &[u8]) -> Signature {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(self.pair.sign(&signed(manifest)).as_ref());
        Signature(bytes)
    }

    fn of_der(der: &[u8]) -> Result<Self, KeyError> {
        // Other programs' keys come without their public half.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Private)?;
        let text = STANDARD.encode(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        Ok(Self { pair, pem: format!("{BEGIN}\n{}\n{END}\n", lines.join("\n")) })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// Tells whether a manifest was signed with its private half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads it from a file.
    ///
    /// # Errors
    /// [`KeyError::File`] and [`KeyError::Public`].
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let read = File::open(path).and_then(read_small);
        read.map_err(|source| KeyError::File { path: path.to_owned(), source })?.trim_end().parse()
    }

    /// Whether the signature is of this manifest's bytes and by this key.
    ///
    /// # Errors
    /// [`Forged`] when it is not.
    pub fn verify(&self, manifest: &[u8], signature: &Signature) -> Result<(), Forged> {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(&signed(manifest), &signature.0).map_err(|_| Forged)
    }
}

/// A signature of a manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The content of its `manifest.sig`: [`SIGNATURE_LENGTH`] bytes.
    pub fn bytes(&self) -> Vec<u8> {
        format!("{self}\n").into_bytes()
    }

    /// Reads the content of a `manifest.sig`.
    ///
    /// # Errors
    /// [`KeyError::Signature`] for everything but what [`Self::bytes`] gives.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n'));
        text.ok_or(KeyError::Signature)?.parse()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{KEY}{}", STANDARD.encode(self.0)))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        decode(text, KEY).map(Self).ok_or(KeyError::Public)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{MARK}{}", STANDARD.encode(self.0)))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

impl FromStr for Signature {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        decode(text, MARK).map(Self).ok_or(KeyError::Signature)
    }
}

fn decode<const N: usize>(text: &str, mark: &str) -> Option<[u8; N]> {
    let body = text.strip_prefix(mark).filter(|body| body.len() == N.div_ceil(3) * 4)?;
    STANDARD.decode(body).ok()?.try_into().ok()
}

fn signed(manifest: &[u8]) -> Vec<u8> {
    [DOMAIN, manifest].concat()
}

fn read_secret(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    if mode & 0o077 != 0 {
        let text = format!("others have rights to it (mode {mode:03o}): `chmod go-rwx` it");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    read_small(file)
}

fn read_small(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {LARGEST} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
