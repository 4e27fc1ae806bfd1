//! The static decoy: one binary for an otherwise empty image.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use lab::{process, workspace};
use sha2::{Digest, Sha256};

/// Target with its own folder, so that the flags below reach no build script.
const TARGET: &str = "x86_64-unknown-linux-gnu";

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
    let kind = elf_kind(&binary)?;
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
    let arguments = ["build", "--quiet", "--package", "decnet-decoy-bin", "--target", TARGET, "--profile"];
    let mut command = process::command("cargo", arguments);
    command.arg(profile.name()).arg("--target-dir").arg(&folder);
    // What distributions' OpenSSL has and the vendored one leaves out.
    command.args(["--features", "camellia"]);
    command.env("CARGO_ENCODED_RUSTFLAGS", flags().join("\x1f")).current_dir(workspace::root());
    process::run(&mut command).context("building the static decoy")?;
    Ok(folder.join(TARGET).join(profile.name()).join("decnet-decoy"))
}

/// Flags of the compiler for the decoy alone.
fn flags() -> Vec<String> {
    let cargo = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_else(|_| "/root/.cargo".to_owned());
    vec![
        "-Ctarget-feature=+crt-static".to_owned(),
        // Random bytes by system call: a static glibc binary cannot look the function up and
        // would need a `/dev` that the image does not have.
        "--cfg=getrandom_backend=\"linux_getrandom\"".to_owned(),
        // Messages name source files; these must tell neither what this is nor who built it.
        "--remap-path-prefix=bins/decnet-decoy=main".to_owned(),
        format!("--remap-path-prefix={cargo}=packages"),
        format!("--remap-path-prefix={}=workspace", workspace::root().display()),
    ]
}

/// `dynamic`, `static` or `static-pie`, from the ELF header: a dynamic binary names an
/// interpreter, a position-independent one is of type `ET_DYN`.
fn elf_kind(binary: &[u8]) -> Result<&'static str> {
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
        bail!("the decoy is no 64-bit little-endian ELF file");
    }
    match read().context("the ELF header of the decoy is cut off")? {
        (_, true) => Ok("dynamic"),
        (ET_DYN, false) => Ok("static-pie"),
        (_, false) => Ok("static"),
    }
}

/// Segment that names an interpreter; elf(5).
const PT_INTERP: u64 = 3;
/// Type of a position-independent file; elf(5).
const ET_DYN: u64 = 3;
