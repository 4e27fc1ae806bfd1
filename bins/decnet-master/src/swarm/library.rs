//! Releases that the controller keeps: verified once, and read from disk when they are sent.
//!
//! ```text
//! <state>/swarm/releases/<digest>.tar.gz    the archive, as it came
//!                        <digest>.json      what is known of it; written last
//!                        .incoming-…        one that is being taken
//! ```
//!
//! All of it blocks, for as long as a disk takes.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use decnet_proto::swarm::{
    releases::ReleaseView,
    updater::{Chain, ReleaseName},
};
use decnet_release::{Digest, Part, archive::Unpacked, id};

use super::{folder::draw_id, updaters::Cargo};
use crate::fleet::write_private;

/// How many releases of each chain are kept; the oldest go.
const KEPT: usize = 16;

/// Prefix of archives that are being taken; what is left of them after a crash is rubbish.
const INCOMING: &str = ".incoming-";

/// The releases that are kept.
#[derive(Clone, Debug)]
pub(super) struct Library {
    dir: PathBuf,
}

/// An archive that is being taken. Unless it is kept, it is gone with this.
#[derive(Debug)]
pub(super) struct Incoming {
    path: PathBuf,
    pub(super) file: File,
}

impl Library {
    /// The one in a folder, which is made if need be; what crashes left is swept.
    pub(super) fn open(dir: PathBuf) -> anyhow::Result<Self> {
        let failed = || format!("cannot use the folder of releases {}", dir.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).with_context(failed)?;
        for entry in fs::read_dir(&dir).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            if entry.file_name().as_encoded_bytes().starts_with(INCOMING.as_bytes()) {
                fs::remove_file(entry.path()).with_context(failed)?;
            }
        }
        Ok(Self { dir })
    }

    /// Every release: by chain, the newest version first.
    pub(super) fn list(&self) -> anyhow::Result<Vec<ReleaseView>> {
        let failed = || format!("cannot list the releases in {}", self.dir.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir).with_context(failed)? {
            let path = entry.with_context(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = fs::read(&path).with_context(failed)?;
                let view: ReleaseView = serde_json::from_slice(&text)
                    .with_context(|| format!("{} describes no release", path.display()))?;
                found.push(view);
            }
        }
        let version = |view: &ReleaseView| id::version(&view.name.version).ok();
        found.sort_by(|a, b| {
            a.chain.cmp(&b.chain).then_with(|| version(b).cmp(&version(a))).then_with(|| a.name.cmp(&b.name))
        });
        Ok(found)
    }

    /// A release that is kept, and its archive to be sent.
    pub(super) fn cargo(&self, name: &ReleaseName, chain: Chain) -> anyhow::Result<Option<Cargo>> {
        let found = self.list()?.into_iter().find(|view| view.name == *name && view.chain == chain);
        let Some(release) = found else { return Ok(None) };
        let path = self.archive(&release.name.digest);
        let failed = || format!("cannot read the release {}", path.display());
        let file = File::open(&path).with_context(failed)?;
        if file.metadata().with_context(failed)?.len() != release.size {
            bail!("the release {} is damaged: remove it, and have it taken again", path.display());
        }
        Ok(Some(Cargo { release: Arc::new(release), file: Arc::new(file) }))
    }

    /// A place for an archive that is being taken.
    pub(super) fn incoming(&self) -> anyhow::Result<Incoming> {
        let path = self.dir.join(format!("{INCOMING}{}", draw_id()?));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = file.with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Incoming { path, file })
    }

    /// Keeps what was taken, and forgets the oldest of its chain that are too many.
    pub(super) fn keep(&self, incoming: Incoming, view: &ReleaseView) -> anyhow::Result<()> {
        let (archive, about) = (self.archive(&view.name.digest), self.about(&view.name.digest));
        let text = serde_json::to_vec_pretty(view).context("cannot write a release as JSON")?;
        incoming.file.sync_all().context("cannot keep the release")?;
        fs::rename(&incoming.path, &archive)
            .with_context(|| format!("cannot keep the release {}", archive.display()))?;
        write_private(&about, &text).with_context(|| format!("cannot write {}", about.display()))?;
        self.prune(view)
    }

    /// Forgets a release, and whether there was one.
    pub(super) fn remove(&self, digest: Digest) -> anyhow::Result<bool> {
        let digest = digest.to_string();
        // Without it there is no release, whatever comes next.
        let was_there = self.gone(&self.about(&digest))?;
        self.gone(&self.archive(&digest))?;
        Ok(was_there)
    }

    fn prune(&self, newest: &ReleaseView) -> anyhow::Result<()> {
        let mut own: Vec<_> = self.list()?;
        own.retain(|view| view.chain == newest.chain && view.name != newest.name);
        own.sort_by_key(|view| view.taken_at);
        let surplus = (own.len() + 1).saturating_sub(KEPT);
        for view in own.iter().take(surplus) {
            tracing::info!("forgetting the release {} {}", view.name.version, view.name.digest);
            self.remove(view.name.digest.parse()?)?;
        }
        Ok(())
    }

    fn gone(&self, path: &Path) -> anyhow::Result<bool> {
        match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot remove {}", path.display())),
        }
    }

    fn archive(&self, digest: &str) -> PathBuf {
        self.dir.join(format!("{digest}.tar.gz"))
    }

    fn about(&self, digest: &str) -> PathBuf {
        self.dir.join(format!("{digest}.json"))
    }
}

impl Incoming {
    /// Adds a piece.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // One that was kept is here no more.
        let _ = fs::remove_file(&self.path);
    }
}

/// What a verified archive is, if it is one that hosts are brought.
pub(super) fn view(unpacked: &Unpacked, taken_at: i64) -> Option<ReleaseView> {
    let manifest = &unpacked.manifest;
    let chain = match manifest.part {
        Part::Worker => Chain::Worker,
        Part::Updater => Chain::Updater,
        Part::Master | Part::Listener => return None,
    };
    Some(ReleaseView {
        chain,
        name: ReleaseName { version: manifest.version.to_string(), digest: manifest.id().digest.to_string() },
        target: manifest.target.to_string(),
        min_from: manifest.min_from.as_ref().map(ToString::to_string),
        downgrade: manifest.downgrade,
        size: unpacked.length,
        archive: unpacked.archive.to_string(),
        taken_at,
    })
}
