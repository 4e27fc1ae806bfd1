//! A real OpenSSH server in an image of the operator's own, made as `docs/operations/real-sshd.md`
//! tells.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{
    packages,
    process::{command, output, succeeds},
    workspace,
};

/// The image, made by `deploy/images/sshd/build` if there is none of this recipe yet.
///
/// # Errors
/// When it cannot be made.
pub fn image() -> Result<String> {
    let tag = format!("lab-sshd:{}", recipe()?);
    if succeeds(&mut command("docker", ["image", "inspect", &tag])) {
        return Ok(tag);
    }
    let script = folder().join("build");
    let mirror = packages::mirror()?;
    output(&mut command(&script.to_string_lossy(), [tag.as_str(), mirror.as_str()]))
        .context("making the image of a real sshd")?;
    Ok(tag)
}

fn folder() -> PathBuf {
    workspace::root().join("deploy/images/sshd")
}

/// A name that changes with the recipe.
fn recipe() -> Result<String> {
    let mut digest = Sha256::new();
    for name in ["build", "entry"] {
        let path = folder().join(name);
        digest.update(fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
    }
    Ok(digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

/// The image's root as a folder, unpacked once, with keys of its own: for running its sshd without
/// an engine.
///
/// # Errors
/// When it cannot be unpacked.
pub fn root() -> Result<PathBuf> {
    let root = workspace::lab().join(format!("sshd-root-{}", recipe()?));
    if root.join("run/sshd").is_dir() {
        return Ok(root);
    }
    let image = image()?;
    fs::create_dir_all(&root).with_context(|| format!("making {}", root.display()))?;
    let shown = root.display();
    let script = format!(
        "set -e; id=$(docker create {image}); trap 'docker rm $id' EXIT; docker export $id | tar -x -C {shown}; \
         rm -f {shown}/dev/null {shown}/dev/urandom; mknod -m 666 {shown}/dev/null c 1 3; \
         mknod -m 666 {shown}/dev/urandom c 1 9; chroot {shown} ssh-keygen -A; mkdir -p {shown}/run/sshd"
    );
    output(&mut command("sh", ["-c", &script])).context("unpacking the image of a real sshd")?;
    Ok(root)
}
