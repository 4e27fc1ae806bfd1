//! Keys and signatures: what the one who has the private key does.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_release::{Manifest, PublicKey, SigningKey};

use super::{mebibytes, pack, signer::beside};

/// Flags of `keygen`.
#[derive(clap::Args)]
pub(crate) struct Keygen {
    /// File for the private key; the public key goes beside it, with `.pub` behind the name
    file: PathBuf,
}

impl Keygen {
    /// Draws a key. It takes the place of none.
    pub(crate) fn run(&self) -> Result<()> {
        let key = SigningKey::draw()?;
        let public = with_suffix(&self.file, ".pub");
        key.save(&self.file)?;
        let file = OpenOptions::new().write(true).create_new(true).open(&public);
        let written = file.and_then(|mut file| writeln!(file, "{}", key.public()));
        written.with_context(|| format!("writing {}", public.display()))?;
        println!("{}\n  signs releases: keep it offline, and a copy of it", self.file.display());
        println!("{}\n  {}", public.display(), key.public());
        Ok(())
    }
}

/// Flags of `sign`.
#[derive(clap::Args)]
pub(crate) struct Sign {
    /// Private key to sign with
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    /// Manifests that `dist` left
    #[arg(required = true)]
    pub(super) manifest: Vec<PathBuf>,
}

impl Sign {
    /// Signs manifests, and says what each is.
    pub(crate) fn run(&self) -> Result<()> {
        let key = SigningKey::open(&self.key)?;
        for path in &self.manifest {
            let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
            let manifest = Manifest::parse(&bytes).with_context(|| format!("reading {}", path.display()))?;
            let signature = beside(path);
            let written =
                File::create(&signature).and_then(|mut file| file.write_all(&key.sign(&bytes).bytes()));
            written.with_context(|| format!("writing {}", signature.display()))?;
            println!("{}\n  {}", signature.display(), described(&manifest));
        }
        Ok(())
    }
}

/// Flags of `verify`.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// Public key of who must have signed it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The archive
    file: PathBuf,
}

impl Verify {
    /// Reads an archive as an updater would, and says what is in it.
    pub(crate) fn run(&self) -> Result<()> {
        let unpacked = pack::verify(&self.file, &PublicKey::open(&self.key)?)?;
        println!("{}", described(&unpacked.manifest));
        println!("  {:.2} MiB, sha256 {}", mebibytes(unpacked.length), unpacked.archive);
        for entry in unpacked.manifest.files() {
            println!("  {} {:>10}  {}", entry.sha256, entry.size, entry.path);
        }
        Ok(())
    }
}

fn described(manifest: &Manifest) -> String {
    let Manifest { part, version, target, .. } = manifest;
    let downgrade = if manifest.downgrade { ", may take the place of a newer one" } else { "" };
    let least = manifest.min_from.as_ref().map(|least| format!(", from {least}")).unwrap_or_default();
    format!("{part} {version} for {target}{least}{downgrade}, release {}", manifest.id())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("release.key");
        let keygen = Keygen { file: file.clone() };
        keygen.run().unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let public = PublicKey::open(&folder.path().join("release.key.pub")).unwrap();
        assert_eq!(public, SigningKey::open(&file).unwrap().public());
        let before = fs::read(&file).unwrap();
        assert!(keygen.run().is_err());
        assert_eq!(fs::read(&file).unwrap(), before);
    }

    #[test]
    fn only_manifests_are_signed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let key = SigningKey::draw().unwrap();
        key.save(&at("key")).unwrap();
        fs::write(at("other.json"), "{}").unwrap();
        let sign = Sign { key: at("key"), manifest: vec![at("other.json")] };
        assert!(format!("{:#}", sign.run().unwrap_err()).contains("other.json"));
        assert!(!at("other.sig").exists());
    }
}
