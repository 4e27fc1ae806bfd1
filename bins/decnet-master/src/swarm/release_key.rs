//! Who makes the releases of this swarm: what updaters are told when they join.

use std::path::Path;

use anyhow::Context as _;
use decnet_release::PublicKey;

use super::controller::Controller;

/// The key of releases, where one is configured.
///
/// # Errors
/// The file is not there, or holds no key.
pub(super) fn open(file: Option<&Path>) -> anyhow::Result<Option<PublicKey>> {
    let open = |file: &Path| {
        PublicKey::open(file)
            .with_context(|| format!("cannot use the key of releases {} (release-key)", file.display()))
    };
    file.map(open).transpose()
}

impl Controller {
    /// What an updater is told.
    pub(super) fn release_key_line(&self) -> Option<String> {
        self.release_key.map(|key| key.to_string())
    }
}
