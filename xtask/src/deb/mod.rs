//! `cargo xtask deb`: Debian packages of the releases that `cargo xtask dist` packs.
//!
//! A package holds what is in the release of its role, byte by byte, so that a release is known by the
//! same digest however it came to a host. `deploy/packages.toml` says what of it stands where, and
//! `deploy/debian/<package>` what Debian wants to know beyond that. The same programs make the same
//! packages, whenever and wherever.

mod build;
mod contents;
mod control;
mod release;
mod scripts;
mod tree;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use decnet_release::{Part, PublicKey};
use lab::{process, workspace};

use self::{
    build::Effort,
    release::{Release, Workshop},
};
use crate::dist::{list::Shipped, signer::Signer};

/// Flags of `deb`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Make only the packages of this part: worker, updater, master or listener.
    #[arg(long, value_name = "PART")]
    part: Option<String>,
    /// Sign releases with this private key; the master's package brings its public half, by which updaters
    /// will know whom to trust.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Public key of who signed, elsewhere, the manifests that `dist` left: releases get those signatures, and
    /// the master's package brings this key.
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    signed_by: Option<PathBuf>,
    /// Where packages go; without it `deb` in the folder of everything that is built.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Have lintian look at them, and fail where it finds an error or has a warning.
    #[arg(long)]
    lintian: bool,
    /// For tests: package what `cargo xtask test` built, and compress little.
    #[arg(long, hide = true)]
    tested: bool,
    /// For tests: say that it is another version.
    #[arg(long, hide = true, default_value = env!("CARGO_PKG_VERSION"))]
    release_version: String,
}

/// Makes the packages and prints where they are.
pub(crate) fn run(options: &Options) -> Result<()> {
    let shipped = Shipped::load()?;
    let out = options.out.clone().unwrap_or_else(|| workspace::target().join("deb"));
    fs::create_dir_all(&out).with_context(|| format!("making {}", out.display()))?;
    let signer = Signer::of(options.key.as_deref(), options.signed_by.as_deref())?;
    let workshop = Workshop::open(&shipped, signer, options.tested)?;
    let effort = if options.tested { Effort::Little } else { Effort::Much };
    let mut releases = BTreeMap::new();
    let is_wanted = |part: &&String| options.part.as_ref().is_none_or(|wanted| wanted == *part);
    for part in shipped.archives.keys().filter(is_wanted) {
        releases.insert(part.as_str(), workshop.release(part, &options.release_version)?);
    }
    ensure!(!releases.is_empty(), "there is no part {}", options.part.as_deref().unwrap_or_default());
    let made = packages(&shipped, &releases, workshop.public_key(), &out, effort)?;
    for path in &made {
        println!("{}", path.display());
    }
    if options.lintian { lintian(&made) } else { Ok(()) }
}

/// Has Debian's own rules looked after.
fn lintian(packages: &[PathBuf]) -> Result<()> {
    lab::packages::install_absent(&["lintian"])?;
    let flags = ["--no-cfg", "--profile=debian", "--fail-on=error,warning"];
    process::run(process::command("lintian", flags).args(packages)).context("packages against Debian's rules")
}

/// Makes every package that has a release.
fn packages(
    shipped: &Shipped,
    releases: &BTreeMap<&str, Release>,
    key: Option<PublicKey>,
    out: &Path,
    effort: Effort,
) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (name, package) in &shipped.packages {
        if let Some(release) = releases.get(package.archive.as_str()) {
            // By the master all others learn it.
            let key = key.filter(|_| release.manifest.part == Part::Master);
            let contents = contents::of(shipped, name, release, key);
            let contents = contents.with_context(|| format!("gathering {name}"))?;
            paths.push(build::build(&contents, out, effort).with_context(|| format!("building {name}"))?);
        }
    }
    Ok(paths)
}
