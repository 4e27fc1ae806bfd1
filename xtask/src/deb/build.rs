//! Building a package: `dpkg-deb` packs a folder, the same bytes from the same files.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use lab::process;

use super::contents::{Contents, TIME};

/// How much time is spent on making it small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// For tests.
    Little,
    /// For everybody.
    Much,
}

impl Effort {
    const fn flags(self) -> [&'static str; 2] {
        match self {
            Self::Little => ["-Zgzip", "-z1"],
            Self::Much => ["-Zxz", "-z6"],
        }
    }
}

/// Builds the package in a folder and gives back its path.
pub(super) fn build(contents: &Contents, out: &Path, effort: Effort) -> Result<PathBuf> {
    let path = out.join(&contents.file_name);
    let staging = out.join(format!(".{}.staging", contents.file_name));
    clear(&staging)?;
    fs::create_dir_all(&staging).with_context(|| format!("making {}", staging.display()))?;
    let outcome = stage(contents, &staging).and_then(|()| pack(&staging, &path, effort));
    clear(&staging)?;
    outcome.map(|()| path)
}

fn stage(contents: &Contents, staging: &Path) -> Result<()> {
    contents.tree.write(staging)?;
    let folder = staging.join("DEBIAN");
    fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
    for (name, text, is_run) in &contents.control {
        let place = folder.join(name);
        let rights = fs::Permissions::from_mode(if *is_run { 0o755 } else { 0o644 });
        fs::write(&place, text)
            .and_then(|()| fs::set_permissions(&place, rights))
            .with_context(|| format!("writing {}", place.display()))?;
    }
    for folder in [staging, &folder] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("giving {} its rights", folder.display()))?;
    }
    Ok(())
}

fn pack(staging: &Path, path: &Path, effort: Effort) -> Result<()> {
    // One thread: several cut the data differently.
    let mut command = process::command("dpkg-deb", ["--root-owner-group", "--threads-max=1"]);
    command.args(effort.flags()).arg("--build").arg(staging).arg(path);
    // Files are newer than that, and are said to be just as old.
    command.env("SOURCE_DATE_EPOCH", TIME.to_string());
    process::output(&mut command).map(drop)
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Compresses a document, without name and time.
pub(super) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(content).context("compressing a document")?;
    gzip.finish().context("compressing a document")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deb::tree::{Node, Tree};

    fn contents() -> Contents {
        let mut tree = Tree::default();
        tree.add("/usr/bin/p", Node::File { content: vec![7; 100_000], is_program: true }).unwrap();
        tree.add("/usr/bin/l", Node::Link("p".to_owned())).unwrap();
        tree.add_data("/etc/a/b", "x").unwrap();
        let control =
            "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: M <m@example.org>\nDescription: d\n";
        let control = vec![
            ("control", control.to_owned(), false),
            ("conffiles", tree.conffiles(), false),
            ("postinst", "#!/bin/sh\n".to_owned(), true),
        ];
        Contents { tree, control, file_name: "p_1_all.deb".to_owned() }
    }

    #[test]
    fn the_same_files_make_the_same_package() {
        let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        for effort in [Effort::Little, Effort::Much] {
            let built =
                [&one, &other].map(|dir| fs::read(build(&contents(), dir.path(), effort).unwrap()).unwrap());
            assert!(built[0] == built[1], "{effort:?}");
        }
        let left: Vec<_> =
            fs::read_dir(one.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["p_1_all.deb"]);
        let list = process::command("dpkg-deb", ["--contents"]).arg(one.path().join("p_1_all.deb")).output();
        let list = String::from_utf8(list.unwrap().stdout).unwrap();
        assert!(list.contains("-rwxr-xr-x root/root    100000 2020-01-01"), "{list}");
        assert!(list.contains("./usr/bin/l -> p") && list.contains("-rw-r--r-- root/root"), "{list}");
    }

    #[test]
    fn documents_are_compressed_without_name_and_time() {
        let bytes = gzip(b"text").unwrap();
        // RFC 1952: no flags, no time.
        assert_eq!(bytes[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    }
}
