//! Where things are in this checkout.

use std::path::{Path, PathBuf};

/// The folder of the workspace's manifest.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder of everything that is built.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of the lab's own files: logs, process ids, downloads.
pub fn lab() -> PathBuf {
    target().join("lab")
}
