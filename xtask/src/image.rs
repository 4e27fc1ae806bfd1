//! The static decoy: one binary for an otherwise empty image.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use lab::{process, workspace};
use sha2::{Digest, Sha256};

use crate::compile;

/// Flags of `image`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Build it for tests: quick to build, slower and larger.
    #[arg(long)]
    dev: bool,
}

/// How the decoy is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As it is shipped.
    Shipped,
    /// For tests.
    Dev,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Shipped => "decoy",
            Self::Dev => "decoy-dev",
        }
    }
}

/// Builds the decoy and prints what came of it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let path = build(if options.dev { Profile::Dev } else { Profile::Shipped })?;
    let binary = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let kind = elf_kind(&binary).context("looking at the decoy")?;
    let digest: String = Sha256::digest(&binary).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{}", path.display());
    println!("  {:.2} MiB, {kind}, sha256 {digest}", binary.len() as f64 / f64::from(1 << 20));
    if kind != "static-pie" {
        bail!("the decoy must be static-pie to run in an empty image, and it is {kind}");
    }
    Ok(())
}

/// Builds the decoy and gives back where it is.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let folder = workspace::target().join("decoy");
    let arguments = ["build", "--quiet", "--package", "decnet-decoy-bin", "--profile", profile.name()];
    let mut command = process::command("cargo", arguments);
    // What distributions' OpenSSL has and the vendored one leaves out.
    command.arg("--target-dir").arg(&folder).args(["--features", FEATURES]);
    compile::prepare(&mut command, &["--remap-path-prefix=bins/decnet-decoy=main"]);
    process::run(&mut command).context("building the static decoy")?;
    Ok(path(profile))
}

/// Where [`build`] leaves it.
pub(crate) fn path(profile: Profile) -> PathBuf {
    let folder = workspace::target().join("decoy").join(compile::TARGET);
    folder.join(profile.name()).join("decnet-decoy")
}

/// Features that it is built with.
pub(crate) const FEATURES: &str = "camellia";

/// `dynamic`, `static` or `static-pie`, from the ELF header: a dynamic binary names an
/// interpreter, a position-independent one is of type `ET_DYN`.
pub(crate) fn elf_kind(binary: &[u8]) -> Result<&'static str> {
    let number = |at: usize, size: usize| {
        let bytes = binary.get(at..at + size)?;
        Some(bytes.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let read = || {
        let offset = usize::try_from(number(0x20, 8)?).ok()?;
        let size = usize::try_from(number(0x36, 2)?).ok()?;
        let count = usize::try_from(number(0x38, 2)?).ok()?;
        let has_interpreter = (0..count).any(|at| number(offset + at * size, 4) == Some(PT_INTERP));
        Some((number(0x10, 2)?, has_interpreter))
    };
    if !binary.starts_with(b"\x7fELF\x02\x01") {
        bail!("it is no 64-bit little-endian ELF file");
    }
    match read().context("its ELF header is cut off")? {
        (_, true) => Ok("dynamic"),
        (ET_DYN, false) => Ok("static-pie"),
        (_, false) => Ok("static"),
    }
}

/// Segment that names an interpreter; elf(5).
const PT_INTERP: u64 = 3;
/// Type of a position-independent file; elf(5).
const ET_DYN: u64 = 3;
