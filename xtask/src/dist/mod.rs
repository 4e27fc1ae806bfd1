//! Release archives: `cargo xtask keygen`, `dist`, `sign`, `verify`.
//!
//! `deploy/packages.toml` is the list of what is shipped ([`list`]). [`origins`] builds it or finds it,
//! [`stage`] puts what belongs to an archive into a folder as it stands on a host, beside the manifest
//! that names it, [`pack`] makes the archive. [`check`] shows in seconds that list, tree and packing are
//! sound; `cargo xtask proof releases` that two real builds are the same.

#[cfg(test)]
mod allowed;
mod check;
pub(crate) mod inventory;
pub(crate) mod linked;
pub(crate) mod list;
mod notices;
pub(crate) mod origins;
mod pack;
mod sbom;
mod sign;
pub(crate) mod signer;
pub(crate) mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use decnet_release::{Part, PublicKey, Signature};
use lab::workspace;

use self::{
    inventory::Inventory,
    list::Shipped,
    origins::Origins,
    signer::Signer,
    stage::{Claim, Staged, stage},
};
use crate::{compile, image};

pub(crate) use self::sign::{Keygen, Sign, Verify};

/// The version that is shipped: all packages of the workspace have the same.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Flags of `dist`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// An archive to make: worker, updater, master or listener; every one without it
    #[arg(long, value_name = "PART")]
    part: Vec<Part>,
    /// Private key to sign with
    ///
    /// Without it, and without --signed-by, the manifests are left for `sign`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Public key of who signed the manifests that were left, elsewhere
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    signed_by: Option<PathBuf>,
    /// Folder for archives and manifests [default: target/dist]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Let this release take the place of a newer one
    #[arg(long)]
    downgrade: bool,
    /// Check the list of what is shipped and the packing, and make nothing
    #[arg(long, conflicts_with_all = ["part", "key", "signed_by", "out", "downgrade"])]
    check: bool,
}

/// Does what the flags say.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check {
        return check();
    }
    let signer = Signer::of(options.key.as_deref(), options.signed_by.as_deref())?;
    let out = options.out.clone().unwrap_or_else(folder);
    fs::create_dir_all(&out).with_context(|| format!("making {}", out.display()))?;
    let parts = if options.part.is_empty() { Part::ALL.to_vec() } else { options.part.clone() };
    let mut sums = String::new();
    for staged in build(&parts, options.downgrade)? {
        let Some((signature, key)) = signature(&staged, signer.as_ref(), &out)? else { continue };
        let (path, unpacked) = pack::write(&staged, &signature, &key, &out)?;
        println!("{}", path.display());
        println!("  {:.2} MiB, release {}", mebibytes(unpacked.length), staged.manifest.id());
        sums.push_str(&format!("{}  {}\n", unpacked.archive, staged.manifest.archive_name()));
    }
    if !sums.is_empty() {
        let path = out.join("SHA256SUMS");
        fs::write(&path, sums).with_context(|| format!("writing {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// `dist --check`.
pub(crate) fn check() -> Result<()> {
    check::run()
}

/// Builds what is shipped as it is shipped, and puts it into folders below `target/dist/tree`.
pub(crate) fn build(parts: &[Part], downgrade: bool) -> Result<Vec<Staged>> {
    let shipped = Shipped::load()?;
    ensure!(shipped.target == compile::TARGET, "this builds for {} only", compile::TARGET);
    let origins = Origins::build(&shipped)?;
    for name in shipped.programs.keys() {
        inspect(&origins.program(&shipped, name)?)?;
    }
    let inventory = Inventory::load(&shipped)?;
    let tree = workspace::target().join("dist/tree");
    let claim = Claim { version: VERSION, downgrade };
    let each = parts.iter();
    each.map(|part| stage(&shipped, &inventory, &origins, *part, claim, &tree.join(part.name()))).collect()
}

/// Refuses a program that would not run everywhere, or that tells where it was built.
fn inspect(path: &Path) -> Result<()> {
    let program = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let kind = image::elf_kind(&program).with_context(|| format!("looking at {}", path.display()))?;
    ensure!(kind == "static-pie", "{} is {kind}, not static-pie", path.display());
    let told = compile::told(&program);
    let told = told.map(|folder| folder.display().to_string());
    ensure!(told.is_none(), "{} names {}", path.display(), told.unwrap_or_default());
    Ok(())
}

/// The signature of a release with the key that made it. Without a signer the manifest is left for one.
fn signature(staged: &Staged, signer: Option<&Signer>, out: &Path) -> Result<Option<(Signature, PublicKey)>> {
    let manifest = &staged.manifest;
    if let Some(signer) = signer {
        return Ok(Some((signer.signature(manifest, out)?, signer.public())));
    }
    let left = signer::left(manifest, out);
    fs::write(&left, manifest.bytes()).with_context(|| format!("writing {}", left.display()))?;
    println!("{}\n  is to be signed: release {}", left.display(), manifest.id());
    Ok(None)
}

/// Where archives and manifests go, unless somebody says otherwise.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("dist")
}

/// For people.
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use decnet_release::{
        Manifest, SigningKey,
        manifest::{Entry, Facts, Mode},
    };

    use super::*;

    fn staged(version: &str) -> Staged {
        let facts = Facts {
            part: Part::Worker,
            version: version.parse().unwrap(),
            target: compile::TARGET.parse().unwrap(),
            min_from: None,
            downgrade: false,
        };
        let path = "bin/x".parse().unwrap();
        let sha256 = decnet_release::Digest::of(b"x");
        let manifest = Manifest::new(facts, vec![Entry { path, mode: Mode::Program, size: 1, sha256 }]);
        Staged { manifest: manifest.unwrap(), folder: PathBuf::new() }
    }

    #[test]
    fn a_manifest_is_signed_elsewhere_and_only_what_was_signed_is_packed() {
        let folder = tempfile::tempdir().unwrap();
        let (key, other) = (SigningKey::draw().unwrap(), SigningKey::draw().unwrap());
        let file = folder.path().join("key");
        key.save(&file).unwrap();
        let ours = || Some(Signer::Elsewhere(key.public()));
        let take =
            |staged: &Staged, signer: Option<Signer>| signature(staged, signer.as_ref(), folder.path());
        // Nothing was left to sign yet.
        assert!(take(&staged("1.0.0"), ours()).is_err());
        assert!(take(&staged("1.0.0"), None).unwrap().is_none());
        let left = folder.path().join("decnet-worker-1.0.0-x86_64-unknown-linux-gnu.tar.gz.manifest.json");
        Sign { key: file, manifest: vec![left.clone()] }.run().unwrap();
        let (signature, signed_by) = take(&staged("1.0.0"), ours()).unwrap().unwrap();
        assert_eq!(signed_by, key.public());
        assert_eq!(signed_by.verify(&fs::read(&left).unwrap(), &signature), Ok(()));
        assert!(take(&staged("1.0.0"), Some(Signer::Elsewhere(other.public()))).is_err());
        // A build that came to something else.
        let another = left.with_file_name(staged("1.0.1").manifest.archive_name() + ".manifest.sig");
        fs::copy(signer::beside(&left), another).unwrap();
        let error = take(&staged("1.0.1"), ours()).unwrap_err();
        assert!(format!("{error:#}").contains("not by the release key"), "{error:#}");
    }
}
