//! An archive on this machine, for the controller.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use decnet_proto::swarm::{releases::ReleaseView, updater::ARCHIVE_MAX};
use sha2::{Digest as _, Sha256};

use crate::controller::Controller;

/// The file that is meant, if it is one.
pub(super) fn file(text: &str) -> Option<PathBuf> {
    let is_file = text.contains('/') || text.ends_with(".tar.gz") || Path::new(text).is_file();
    is_file.then(|| PathBuf::from(text))
}

/// Has the controller take an archive, unless it has it. A dry run has it verified only.
pub(super) async fn taken(
    controller: &Controller,
    path: &Path,
    dry_run: bool,
) -> anyhow::Result<ReleaseView> {
    let failed = || format!("cannot read the release {}", path.display());
    let file = File::open(path).with_context(failed)?;
    let length = file.metadata().with_context(failed)?.len();
    if length > ARCHIVE_MAX {
        bail!(
            "{} is no release: it has {length} bytes, and an archive at most {ARCHIVE_MAX}",
            path.display()
        );
    }
    let mut hash = Hash(Sha256::new());
    io::copy(&mut &file, &mut hash).with_context(failed)?;
    let digest = hash.0.finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    // Asked first, also so that who may not ask hears it before everything is sent.
    if let Some(known) = controller.releases().await?.into_iter().find(|view| view.archive == hex) {
        return Ok(known);
    }
    let digest = format!("sha-256=:{}:", BASE64_STANDARD.encode(digest));
    let view = controller.take_release(Arc::new(file), length, digest, dry_run).await;
    view.with_context(|| format!("the controller does not take {}", path.display()))
}

/// A hash that is written to.
struct Hash(Sha256);

impl io::Write for Hash {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.update(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
