//! The programs that were built, as they would be with another version: an update must be seen to change
//! what a program says of itself, and to build them once more would take minutes.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Context, Result, ensure};
use memchr::memmem;

use super::OWN;
use crate::fleet::Programs;

/// Copies of agent and forwarder in a folder, which say that they are of a version as long as ours.
pub(super) fn of_version(programs: &Programs, number: &str, folder: &Path) -> Result<Programs> {
    ensure!(number.len() == OWN.len(), "{number} does not fit where {OWN} is");
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let twins = Programs { agent: folder.join("decnet-agent"), ..programs.clone() };
    for (from, to) in [(&programs.agent, &twins.agent), (&programs.forwarder(), &twins.forwarder())] {
        let mut bytes = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
        let times = replace(&mut bytes, OWN.as_bytes(), number.as_bytes());
        ensure!(times > 0, "{} does not say its version", from.display());
        fs::write(to, bytes).with_context(|| format!("writing {}", to.display()))?;
        fs::set_permissions(to, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("making {} a program", to.display()))?;
    }
    Ok(twins)
}

/// Writes one text over every other of the same length; says how many there were.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) -> usize {
    let places: Vec<_> = memmem::find_iter(bytes, old).collect();
    for start in &places {
        if let Some(place) = bytes.get_mut(*start..start + old.len()) {
            place.copy_from_slice(new);
        }
    }
    places.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_replaced_and_nothing_else() {
        let check = |text: &str, expect: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let times = replace(&mut bytes, b"0.1.0", b"0.9.0");
            assert_eq!(String::from_utf8(bytes).unwrap(), expect);
            assert_eq!(times, expect.matches("0.9.0").count());
        };
        check("0.1.0 and 0.1.0", "0.9.0 and 0.9.0");
        check("00.1.00.1.0", "00.9.00.9.0");
        check("0.1. 1.0", "0.1. 1.0");
        check("", "");
    }
}
