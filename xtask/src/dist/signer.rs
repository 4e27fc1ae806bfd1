//! Who signs releases: a key that is at hand, or somebody elsewhere who left the signatures.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_release::{Manifest, PublicKey, Signature, SigningKey};

/// Where signatures come from.
pub(crate) enum Signer {
    /// This key makes them.
    Key(SigningKey),
    /// They stand beside the manifests already, made by the private half of this one.
    Elsewhere(PublicKey),
}

impl Signer {
    /// As the flags `--key` and `--signed-by` say; none without either.
    pub(crate) fn of(key: Option<&Path>, signed_by: Option<&Path>) -> Result<Option<Self>> {
        match (key, signed_by) {
            (Some(key), _) => Ok(Some(Self::Key(SigningKey::open(key)?))),
            (None, Some(key)) => Ok(Some(Self::Elsewhere(PublicKey::open(key)?))),
            (None, None) => Ok(None),
        }
    }

    /// Whom hosts are to trust.
    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::Key(key) => key.public(),
            Self::Elsewhere(key) => *key,
        }
    }

    /// The signature of a manifest. One that was made elsewhere stands in `folder`.
    pub(crate) fn signature(&self, manifest: &Manifest, folder: &Path) -> Result<Signature> {
        let bytes = manifest.bytes();
        match self {
            Self::Key(key) => Ok(key.sign(&bytes)),
            Self::Elsewhere(key) => {
                let path = beside(&left(manifest, folder));
                let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
                let signature =
                    Signature::read(&text).with_context(|| format!("reading {}", path.display()))?;
                key.verify(&bytes, &signature).with_context(|| format!("trusting {}", path.display()))?;
                Ok(signature)
            }
        }
    }
}

/// Where the manifest of a release is left in a folder, for who signs it.
pub(super) fn left(manifest: &Manifest, folder: &Path) -> PathBuf {
    folder.join(format!("{}.manifest.json", manifest.archive_name()))
}

/// Where the signature of a manifest stands.
pub(super) fn beside(manifest: &Path) -> PathBuf {
    manifest.with_extension("sig")
}
