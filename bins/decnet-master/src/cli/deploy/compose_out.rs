//! The fleet as a Compose file, for whoever wants to start it without us.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use anyhow::{Context as _, bail};
use decnet_composer::{
    compose_file::{DecoyImage, Options, print},
    deployment::{Deployment, containment::UID},
};

use crate::{failure::note, fleet::write_private};

/// Folder beside the Compose file from which the decoy image is built.
const CONTEXT: &str = "decoy";

/// The system calls that a decoy may make.
const SECCOMP: &str = include_str!("../../../../../deploy/seccomp/decoy.json");

/// What the built image is called.
const REFERENCE: &str = "decoy:compose";

/// Writes the Compose file, and beside it what it refers to.
pub(super) fn write(path: &Path, deployment: &Deployment) -> anyhow::Result<()> {
    let context = path.parent().unwrap_or(Path::new("")).join(CONTEXT);
    // docker-compose 1.29 looks for it from the folder that it is called in.
    let list = std::path::absolute(context.join("seccomp.json"))
        .with_context(|| format!("cannot tell where {} is", context.display()))?;
    let options = Options {
        image: DecoyImage::Build { context: CONTEXT.to_owned(), reference: REFERENCE.to_owned() },
        seccomp: Some(list.display().to_string()),
    };
    fs::create_dir_all(&context)
        .and_then(|()| fs::write(context.join("Dockerfile"), recipe()))
        .and_then(|()| fs::write(context.join("seccomp.json"), SECCOMP))
        .with_context(|| format!("cannot write the recipe of the image into {}", context.display()))?;
    copy_program(&context.join("init"))?;
    write_private(path, print(deployment, &options).as_bytes())
        .with_context(|| format!("cannot write the Compose file {}", path.display()))
}

/// Recipe of the image: what the agent makes, in a builder's words.
fn recipe() -> String {
    format!("FROM scratch\nCOPY init /init\nUSER {UID}:{UID}\nENTRYPOINT [\"/init\"]\n")
}

/// Puts the decoys' program where the recipe looks for it.
fn copy_program(to: &Path) -> anyhow::Result<()> {
    let own = std::env::current_exe().context("cannot tell where decnet-master is")?;
    let program = own.with_file_name("decnet-decoy");
    match fs::copy(&program, to) {
        Ok(_) => fs::set_permissions(to, Permissions::from_mode(0o555))
            .with_context(|| format!("cannot set the mode of {}", to.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !program.exists() => {
            note(&format!("there is no decnet-decoy beside decnet-master: put one at {}", to.display()));
            Ok(())
        }
        Err(error) => bail!("cannot copy {} to {}: {error}", program.display(), to.display()),
    }
}
