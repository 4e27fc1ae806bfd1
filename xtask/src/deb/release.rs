//! A release as it was staged: its manifest, and what is in its folder.

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::{Context as _, Result, ensure};
use decnet_release::{
    Manifest,
    digest::Digest,
    key::PublicKey,
    manifest::{MANIFEST, Mode, SIGNATURE},
};
use lab::{process, workspace};

use crate::dist::{
    self,
    inventory::Inventory,
    list::Shipped,
    origins::Origins,
    signer::Signer,
    stage::{Claim, stage},
};

/// What is at a path of a release: its content, and whether it is run.
pub(super) type Entry = (Vec<u8>, bool);

/// A release: its manifest, and everything that stands in its folder.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) manifest: Manifest,
    entries: BTreeMap<String, Entry>,
}

impl Release {
    /// Reads the folder of a release, and checks it against its manifest; signs it, if there is a key.
    pub(super) fn open(manifest: Manifest, folder: &Path, signer: Option<&Signer>) -> Result<Self> {
        let mut entries = BTreeMap::new();
        for file in manifest.files() {
            let path = folder.join(file.path.as_str());
            let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            ensure!(Digest::of(&content) == file.sha256, "{} is not what the manifest says", path.display());
            entries.insert(file.path.as_str().to_owned(), (content, file.mode == Mode::Program));
        }
        let text = manifest.bytes();
        if let Some(signer) = signer {
            let signature = signer.signature(&manifest, &dist::folder())?;
            entries.insert(SIGNATURE.to_owned(), (signature.bytes(), false));
        }
        entries.insert(MANIFEST.to_owned(), (text, false));
        Ok(Self { manifest, entries })
    }

    /// The content of one of its files.
    pub(super) fn file(&self, path: &str) -> Result<&[u8]> {
        let found = self.entries.get(path).map(|(content, _)| content.as_slice());
        found.with_context(|| format!("the release has no {path}"))
    }

    /// Everything in its folder, by path.
    pub(super) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }
}

/// What is the same for all releases of a run.
pub(super) struct Workshop<'a> {
    pub(super) shipped: &'a Shipped,
    inventory: Inventory,
    origins: Origins,
    signer: Option<Signer>,
}

impl<'a> Workshop<'a> {
    /// Has programs and manuals at hand: as they are shipped, or as they are tested, without what only
    /// debuggers read.
    pub(super) fn open(shipped: &'a Shipped, signer: Option<Signer>, tested: bool) -> Result<Self> {
        let origins = if tested { stripped(Origins::tested()?, shipped)? } else { Origins::build(shipped)? };
        Ok(Self { shipped, inventory: Inventory::load(shipped)?, origins, signer })
    }

    /// Whom hosts are to trust: who signs.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        self.signer.as_ref().map(Signer::public)
    }

    /// The release of a part, in a version.
    pub(super) fn release(&self, part: &str, version: &str) -> Result<Release> {
        let folder = workspace::target().join("deb/release").join(part);
        let claim = Claim { version, downgrade: false };
        let staged = stage(self.shipped, &self.inventory, &self.origins, part.parse()?, claim, &folder)?;
        Release::open(staged.manifest, &staged.folder, self.signer.as_ref())
    }
}

/// The same origins with programs that were stripped.
fn stripped(origins: Origins, shipped: &Shipped) -> Result<Origins> {
    let folder = workspace::target().join("deb/programs");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing {}", folder.display()));
        }
        _ => {}
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for name in shipped.programs.keys() {
        let mut strip = process::command("strip", ["-o"]);
        process::output(strip.arg(folder.join(name)).arg(origins.program(shipped, name)?))?;
    }
    Ok(Origins { programs: folder.clone(), decoy: folder, ..origins })
}
