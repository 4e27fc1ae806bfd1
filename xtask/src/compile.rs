//! How what is shipped is compiled: static, and the same from the same sources, wherever they stand.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use lab::workspace;
use memchr::memmem;

/// Its output has a folder of its own, so that the flags below reach no build script.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Sets a build up for what is shipped, with flags of its own beside those that all have.
pub(crate) fn prepare(command: &mut Command, own: &[&str]) {
    let flags: Vec<_> = own.iter().map(|flag| (*flag).to_owned()).chain(flags()).collect();
    command
        .args(["--locked", "--target", TARGET])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        // OpenSSL tells when it was built.
        .env("SOURCE_DATE_EPOCH", "0")
        // It also tells where its modules would be, if it had any: without these words below the
        // folder that it was built in.
        .env("GNUMAKEFLAGS", "MODULESDIR=/usr/lib/ossl-modules ENGINESDIR=/usr/lib/engines-3")
        .current_dir(workspace::root());
}

/// Flags of the compiler.
fn flags() -> Vec<String> {
    let mut flags = vec![
        "-Ctarget-feature=+crt-static".to_owned(),
        // Random bytes by system call: a static glibc binary cannot look the function up, and the
        // decoy's image has no `/dev`.
        "--cfg=getrandom_backend=\"linux_getrandom\"".to_owned(),
    ];
    // Messages name source files; these must tell neither what this is nor who built it.
    let remap = |(folder, name): (PathBuf, &str)| format!("--remap-path-prefix={}={name}", folder.display());
    flags.extend(folders().map(remap));
    flags
}

/// Folders of this machine whose names must not get into a program, and what stands for them.
/// Where one is in another, the inner one is the later: it is the last that counts.
fn folders() -> [(PathBuf, &'static str); 3] {
    [(cargo_home(), "packages"), (workspace::root(), "workspace"), (workspace::target(), "workspace/target")]
}

fn cargo_home() -> PathBuf {
    let home = || env::var_os("HOME").map_or_else(|| PathBuf::from("/root"), PathBuf::from);
    env::var_os("CARGO_HOME").map_or_else(|| home().join(".cargo"), PathBuf::from)
}

/// The folder of this machine that a program names in spite of all.
pub(crate) fn told(program: &[u8]) -> Option<PathBuf> {
    let names = |folder: &Path| memmem::find(program, folder.as_os_str().as_encoded_bytes()).is_some();
    folders().into_iter().map(|(folder, _)| folder).find(|folder| names(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_tells_where_it_was_built_is_found() {
        let root = workspace::root();
        let text = format!("\x7fELF…{}/bins…", root.display());
        assert_eq!(told(text.as_bytes()), Some(root));
        assert_eq!(told(b"\x7fELF workspace/bins"), None);
    }
}
