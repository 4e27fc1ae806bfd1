//! A real OpenSSH server in an image of the operator's own, made as `docs/operations/real-sshd.md`
//! tells, and a client that knows a password.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{
    attacker,
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
    let mirror = mirror()?;
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

/// Where this machine takes its packages from.
fn mirror() -> Result<String> {
    let said =
        output(&mut command("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]))?;
    Ok(said
        .lines()
        .find(|line| line.ends_with("/debian") || line.ends_with("/debian/"))
        .unwrap_or_default()
        .to_owned())
}

/// Runs a command at `host` as `user` with OpenSSH's own client, from the attacker's namespace;
/// what it and the client say.
///
/// # Errors
/// When the client cannot be started.
pub fn run(user: &str, password: &str, host: &str, line: &str) -> Result<String> {
    let asks = workspace::lab().join("askpass");
    fs::write(&asks, "#!/bin/sh\nprintf '%s\\n' \"$LAB_PASSWORD\"\n").context("writing askpass")?;
    fs::set_permissions(&asks, fs::Permissions::from_mode(0o755)).context("making askpass executable")?;
    let to = format!("{user}@{host}");
    let options = [
        "-oStrictHostKeyChecking=no",
        "-oUserKnownHostsFile=/dev/null",
        "-oNumberOfPasswordPrompts=1",
        "-oPreferredAuthentications=password",
        "-oConnectTimeout=20",
    ];
    let mut client = attacker::command("ssh", options.iter().copied().chain([to.as_str(), line]));
    client.env("SSH_ASKPASS", &asks).env("SSH_ASKPASS_REQUIRE", "force").env("LAB_PASSWORD", password);
    Ok(crate::process::both(&client.output().context("starting ssh")?))
}
