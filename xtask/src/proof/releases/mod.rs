//! Releases: two builds that know nothing of each other are the same, what they build runs anywhere, and
//! three workers of a master take it, or go on as they were.

mod boots;
mod crashes;
mod kills;
mod names;
mod swarm;

use std::{fs, path::Path, time::Instant};

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};

use super::Ledger;
use crate::{bench, dist::origins::clear, tty};

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    println!("\n{}", tty::bold("what is built"));
    ledger.enter("two clones at different paths build the same", clones);
    ledger.enter("a static program finds hosts", || names::found(&names::forwarder()?));
    println!("\n{}", tty::bold("changes that die"));
    ledger.enter("the old or the new runs after any death", crashes::survived);
    ledger.enter("the updater is killed at every step", kills::survived);
    boots::run(ledger)?;
    println!("\n{}", tty::bold("a swarm"));
    ledger.enter("a release comes to a hundred workers", bench::hundred);
    swarm::run(ledger)
}

/// Clones what is committed to two places, builds and signs all archives in both, and compares them.
fn clones() -> Result<String> {
    let folder = workspace::target().join("proof-releases");
    clear(&folder)?;
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let key = folder.join("key");
    let keygen = [Path::new("xtask"), Path::new("keygen"), &key];
    process::output(process::command("cargo", keygen).current_dir(workspace::root()))?;
    let mut built = Vec::new();
    for place in ["one", "another/place/with/a/longer/name"] {
        let begun = Instant::now();
        let archives = build(&folder.join(place), &key).with_context(|| format!("building in {place}"))?;
        built.push((archives, begun.elapsed().as_secs()));
    }
    let [(one, first), (other, second)] = built.as_slice() else { return Ok(String::new()) };
    ensure!(!one.is_empty() && one.len() == other.len(), "{} and {} archives", one.len(), other.len());
    let mut bytes = 0;
    for ((name, one), (_, other)) in one.iter().zip(other) {
        ensure!(one == other, "{name} is not the same");
        bytes += one.len();
    }
    let size = bytes as f64 / f64::from(1 << 20);
    clear(&folder)?;
    Ok(format!("{} archives, {size:.1} MiB, byte for byte; {first} and {second} s", one.len()))
}

/// Clones and builds; names and contents of the archives.
fn build(place: &Path, key: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let from = workspace::root();
    let arguments = ["clone".as_ref(), "--quiet".as_ref(), from.as_os_str(), place.as_os_str()];
    process::output(&mut process::command("git", arguments))?;
    let mut cargo = process::command("cargo", ["xtask", "dist", "--key"]);
    // Each has a folder of its own to build in.
    cargo.arg(key).env_remove("CARGO_TARGET_DIR").env_remove("CARGO_MANIFEST_DIR").current_dir(place);
    process::output(&mut cargo)?;
    let out = place.join("target/dist");
    let entries = fs::read_dir(&out).with_context(|| format!("listing {}", out.display()))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    let mut archives: Vec<_> =
        paths.iter().filter(|path| is_archive(path)).map(|path| read(path)).collect::<Result<_>>()?;
    archives.sort();
    Ok(archives)
}

fn is_archive(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".tar.gz")
}

fn read(path: &Path) -> Result<(String, Vec<u8>)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, fs::read(path).with_context(|| format!("reading {}", path.display()))?))
}
