//! What a package puts on a host: files and links by their paths.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use md5::{Digest as _, Md5};

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A file: its content, and whether it is run.
    File { content: Vec<u8>, is_program: bool },
    /// A symbolic link, and what it points to.
    Link(String),
}

/// Absolute paths, and what is there. Folders come from paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    nodes: BTreeMap<String, Node>,
}

impl Tree {
    /// Puts something at a path where nothing is yet.
    pub(super) fn add(&mut self, path: &str, node: Node) -> Result<()> {
        let names = path.strip_prefix('/').with_context(|| format!("{path} is no absolute path"))?;
        let is_plain = |name: &str| !matches!(name, "" | "." | "..");
        ensure!(names.split('/').all(is_plain), "{path} is no plain path");
        match self.nodes.insert(path.to_owned(), node) {
            Some(_) => bail!("{path} comes twice"),
            None => Ok(()),
        }
    }

    /// Puts a file that is read at a path.
    pub(super) fn add_data(&mut self, path: &str, content: impl Into<Vec<u8>>) -> Result<()> {
        self.add(path, Node::File { content: content.into(), is_program: false })
    }

    /// Every file, in the order of the paths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.nodes.iter().filter_map(|(path, node)| match node {
            Node::File { content, .. } => Some((path.as_str(), content.as_slice())),
            Node::Link(_) => None,
        })
    }

    /// What is configuration: kept when it was changed (Debian policy 10.7).
    pub(super) fn conffiles(&self) -> String {
        let files = self.files().filter(|(path, _)| path.starts_with("/etc/"));
        files.map(|(path, _)| format!("{path}\n")).collect()
    }

    /// Sums of all files, as `debsums` checks them.
    pub(super) fn sums(&self) -> String {
        let files = self.files().filter(|(path, _)| !path.starts_with("/etc/"));
        let hex =
            |content: &[u8]| Md5::digest(content).iter().map(|b| format!("{b:02x}")).collect::<String>();
        files.map(|(path, content)| format!("{}  {}\n", hex(content), path.trim_start_matches('/'))).collect()
    }

    /// The room that it takes on a host, in KiB, as Debian counts it: files by whole KiB, one for
    /// everything else.
    pub(super) fn kibibytes(&self) -> usize {
        let size = |node: &Node| match node {
            Node::File { content, .. } => content.len().div_ceil(1024),
            Node::Link(_) => 1,
        };
        self.nodes.values().map(size).sum()
    }

    /// Makes it below a folder, with the rights that it has on hosts, whatever the mask.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        for (path, node) in &self.nodes {
            let place = folder.join(path.trim_start_matches('/'));
            let parent = place.parent().with_context(|| format!("{path} has no folder"))?;
            make_folders(folder, parent)?;
            let made = match node {
                Node::File { content, is_program } => {
                    let mode = if *is_program { 0o755 } else { 0o644 };
                    let rights = fs::Permissions::from_mode(mode);
                    fs::write(&place, content).and_then(|()| fs::set_permissions(&place, rights))
                }
                Node::Link(target) => symlink(target, &place),
            };
            made.with_context(|| format!("writing {}", place.display()))?;
        }
        Ok(())
    }
}

/// Makes a folder below `root` and those that it lies in.
fn make_folders(root: &Path, folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| parent.starts_with(root)) {
        make_folders(root, parent)?;
    }
    let made = fs::DirBuilder::new().mode(0o755).create(folder);
    let rights = fs::Permissions::from_mode(0o755);
    made.and_then(|()| fs::set_permissions(folder, rights))
        .with_context(|| format!("making {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_given_once_and_plain() {
        let mut tree = Tree::default();
        tree.add_data("/etc/a", "x").unwrap();
        assert!(tree.add_data("/etc/a", "y").is_err());
        for bad in ["etc/b", "/etc//b", "/etc/../b", "/etc/b/", "/"] {
            assert!(tree.add_data(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn configuration_is_what_is_in_etc() {
        let mut tree = Tree::default();
        tree.add_data("/usr/b", "x".repeat(1025)).unwrap();
        tree.add_data("/etc/a", "abc").unwrap();
        tree.add("/usr/l", Node::Link("b".to_owned())).unwrap();
        assert_eq!(tree.conffiles(), "/etc/a\n");
        let sums = tree.sums();
        assert!(sums.ends_with("  usr/b\n") && sums.lines().count() == 1 && sums.len() == 40, "{sums}");
        assert_eq!(tree.kibibytes(), 4);
    }

    #[test]
    fn rights_are_those_of_hosts() {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::default();
        tree.add("/usr/bin/p", Node::File { content: vec![1], is_program: true }).unwrap();
        tree.add_data("/usr/share/d", "x").unwrap();
        tree.add("/usr/bin/l", Node::Link("/usr/bin/p".to_owned())).unwrap();
        tree.write(dir.path()).unwrap();
        let mode = |path: &str| fs::symlink_metadata(dir.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode("usr/bin/p") & 0o7777, 0o755);
        assert_eq!(mode("usr/share/d") & 0o7777, 0o644);
        assert_eq!(mode("usr/share") & 0o7777, 0o755);
        assert_eq!(fs::read_link(dir.path().join("usr/bin/l")).unwrap(), Path::new("/usr/bin/p"));
    }
}
