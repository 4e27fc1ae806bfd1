//! Which release a program is of, and which run of it this is.

use std::{env, fs, path::Path, sync::LazyLock};

/// The folder that releases stand in, as `<version>-<SHA-256>`.
const RELEASES: &str = "releases";
/// Where the kernel draws an id for whoever reads.
const DRAW: &str = "/proc/sys/kernel/random/uuid";

/// That of this process.
static BOOT: LazyLock<String> =
    LazyLock::new(|| fs::read_to_string(DRAW).map(|text| text.trim().to_owned()).unwrap_or_default());

/// SHA-256 of the release that this program was installed with, 64 lower-case hexadecimal digits;
/// none when it stands elsewhere.
pub fn release() -> Option<String> {
    // The link `current` is followed: what runs counts, not what was switched to since.
    digest(&env::current_exe().ok()?.canonicalize().ok()?)
}

fn digest(program: &Path) -> Option<String> {
    let folder = program
        .ancestors()
        .find(|folder| folder.parent().and_then(Path::file_name).is_some_and(|name| name == RELEASES))?;
    let (_, digest) = folder.file_name()?.to_str()?.rsplit_once('-')?;
    let valid =
        digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    valid.then(|| digest.to_owned())
}

/// Drawn anew by every process that starts: who asks twice and hears another id knows that the program
/// was started in between. Empty where the kernel draws none.
pub fn boot() -> String {
    BOOT.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_known_by_its_folder() {
        let hex = "0123456789abcdef".repeat(4);
        let check = |path: String, expect: Option<&str>| {
            assert_eq!(digest(Path::new(&path)).as_deref(), expect, "{path}")
        };
        check(format!("/usr/lib/decnet/releases/1.2.3-{hex}/bin/decnet-agent"), Some(&hex));
        check(format!("/opt/releases/1.2.3-rc.1-{hex}/bin/x"), Some(&hex));
        check("/usr/bin/decnet-agent".to_owned(), None);
        check("/usr/lib/decnet/releases/1.2.3/bin/x".to_owned(), None);
        check(format!("/usr/lib/decnet/releases/1.2.3-{}/bin/x", hex.to_uppercase()), None);
        check(format!("/usr/lib/decnet/1.2.3-{hex}/bin/x"), None);
    }

    #[test]
    fn a_process_has_one_id_and_not_that_of_the_machine() {
        assert_eq!((boot().len(), boot()), (36, boot()));
        let machine = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("the kernel's own");
        assert_ne!(boot(), machine.trim());
    }
}
