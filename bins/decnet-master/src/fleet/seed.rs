//! The fleet's seed: 32 secret bytes from which everything an attacker sees is derived.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Context as _, bail};
use decnet_proto::ids::SecretKey;

use super::storage::{make_private_dir, write_private};

/// Its file in the state folder.
const FILE: &str = "seed";

/// What a preview without a readable seed uses. It is public, so nothing that is derived from
/// it may ever be started.
const PUBLIC: [u8; 32] = *b"not a secret: for dry runs only.";

/// A seed for a dry run.
pub(crate) enum Seed {
    /// The fleet's own: the dry run shows what a deployment would be.
    Own(SecretKey),
    /// Another one: names, MAC addresses and credentials will be others.
    Other(SecretKey),
}

/// What a dry run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be read: without the fleet's seed, the same text each time.
    Preview,
    /// To be started by somebody: without the fleet's seed, a secret one that is not kept.
    Start,
}

/// The fleet's seed, made on first use.
pub(crate) fn load_or_make_seed(state: &Path) -> anyhow::Result<SecretKey> {
    let path = state.join(FILE);
    if let Some(seed) = load(&path)? {
        return Ok(seed);
    }
    let seed = draw()?;
    make_private_dir(state).with_context(|| format!("cannot make the folder {}", state.display()))?;
    write_private(&path, &seed.0).with_context(|| format!("cannot write the seed {}", path.display()))?;
    Ok(seed)
}

/// The fleet's seed if it can be read, else another one. Nothing is written.
pub(crate) fn dry_run_seed(state: &Path, purpose: Purpose) -> anyhow::Result<Seed> {
    match (load(&state.join(FILE)), purpose) {
        (Ok(Some(seed)), _) => Ok(Seed::Own(seed)),
        (_, Purpose::Preview) => Ok(Seed::Other(SecretKey(PUBLIC))),
        (_, Purpose::Start) => draw().map(Seed::Other),
    }
}

fn draw() -> anyhow::Result<SecretKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("cannot draw a seed from the system")?;
    Ok(SecretKey(seed))
}

fn load(path: &Path) -> anyhow::Result<Option<SecretKey>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read the seed {}", path.display())),
    };
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("others may read the seed {}: `chmod 600` it, or remove it for a new fleet", path.display());
    }
    let seed = <[u8; 32]>::try_from(bytes.as_slice());
    let seed = seed.ok().with_context(|| format!("the seed {} has not 32 bytes", path.display()))?;
    Ok(Some(SecretKey(seed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_made_once_and_kept_private() {
        let dir = tempfile::tempdir().expect("a folder");
        let state = dir.path().join("state");
        let dry_run = |purpose| dry_run_seed(&state, purpose).expect("a seed");
        assert!(matches!(dry_run(Purpose::Preview), Seed::Other(seed) if seed.0 == PUBLIC));
        assert!(matches!(dry_run(Purpose::Start), Seed::Other(seed) if seed.0 != PUBLIC));
        assert!(!state.exists(), "a dry run wrote something");
        let first = load_or_make_seed(&state).expect("made");
        assert!(load_or_make_seed(&state).expect("read") == first);
        assert!(matches!(dry_run(Purpose::Preview), Seed::Own(seed) if seed == first));
        let path = state.join(FILE);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened");
        assert!(load_or_make_seed(&state).expect_err("readable by others").to_string().contains("chmod 600"));
    }

    #[test]
    fn a_damaged_seed_is_never_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        write_private(&dir.path().join(FILE), b"short").expect("written");
        load_or_make_seed(dir.path()).expect_err("damaged");
        assert_eq!(fs::read(dir.path().join(FILE)).expect("still there"), b"short");
    }
}
