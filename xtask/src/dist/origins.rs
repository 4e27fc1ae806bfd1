//! Where what is shipped comes from: the tree, the programs that were built of it, their manual.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use lab::{process, workspace};

use super::list::{Build, Shipped};
use crate::{compile, image};

/// Folders that files are taken from. A file that is taken is a regular one, and so is nothing but a
/// folder on the way to it: a link might lead to anything.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    /// The root of the tree.
    pub(crate) tree: PathBuf,
    /// Folder of the programs that are built together.
    pub(crate) programs: PathBuf,
    /// Folder of the decoy.
    pub(crate) decoy: PathBuf,
    /// Folder of manual pages and completions: below it one for each program.
    pub(crate) manual: PathBuf,
}

/// The package and program that writes manuals.
const MANUAL: &str = "manual";

/// Where release builds of all but the decoy go.
fn folder() -> PathBuf {
    workspace::target().join("static")
}

impl Origins {
    /// Builds everything as it is shipped. All programs are built, whichever are wanted: features are
    /// shared among those that are built together, and a program must not depend on who asks.
    pub(crate) fn build(shipped: &Shipped) -> Result<Self> {
        let mut command = process::command("cargo", ["build", "--quiet", "--release"]);
        let together = shipped.programs.values().filter(|program| program.build == Build::Together);
        command.args(together.flat_map(|program| ["--package", &program.package]));
        // It is made of the same, and so costs little here.
        command.args(["--package", MANUAL, "--target-dir"]).arg(folder());
        compile::prepare(&mut command, &[]);
        process::run(&mut command).context("building the programs")?;
        let decoy = image::build(image::Profile::Shipped)?;
        Self::of(folder().join(compile::TARGET).join("release"), &decoy)
    }

    /// What `cargo xtask test` left.
    pub(crate) fn tested() -> Result<Self> {
        Self::of(workspace::target().join("debug"), &image::path(image::Profile::Dev))
    }

    /// Of this tree, these programs and this decoy, with a manual that is written now.
    fn of(programs: PathBuf, decoy: &Path) -> Result<Self> {
        let manual = workspace::target().join("dist/manual");
        make_manual(&programs.join(MANUAL), &manual)?;
        let decoy = decoy.parent().map(PathBuf::from).unwrap_or_default();
        Ok(Self { tree: workspace::root(), programs, decoy, manual })
    }

    /// The file of a program.
    pub(crate) fn program(&self, shipped: &Shipped, name: &str) -> Result<PathBuf> {
        match shipped.program(name)?.build {
            Build::Together => plain(&self.programs, name),
            Build::Decoy => plain(&self.decoy, name),
        }
    }

    /// A file of the tree.
    pub(crate) fn file(&self, path: &str) -> Result<PathBuf> {
        plain(&self.tree, path)
    }

    /// Manual pages and completions of a program: paths in an archive, and files. A file that was not
    /// made for the program has no business there, and is an error.
    pub(crate) fn manual(&self, program: &str) -> Result<Vec<(String, PathBuf)>> {
        let folder = self.manual.join(program);
        let mut found = Vec::new();
        for path in below(&folder)? {
            let name = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().into_owned();
            ensure!(is_manual(&name, program), "{} is no part of a manual", path.display());
            let file = plain(&folder, &name)?;
            found.push((name, file));
        }
        ensure!(!found.is_empty(), "there is no manual of {program} in {}", folder.display());
        Ok(found)
    }
}

/// Has the manual written into a folder that holds nothing else.
fn make_manual(program: &Path, folder: &Path) -> Result<()> {
    ensure!(program.is_file(), "there is no {}: `cargo xtask test` builds it", program.display());
    clear(folder)?;
    process::run(&mut process::command(&program.to_string_lossy(), [folder])).context("writing the manual")
}

/// Removes a folder with everything in it, if it is there.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Whether this may be the path of a page or a completion of a program.
fn is_manual(path: &str, program: &str) -> bool {
    let verb = |rest: &str| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let page = path.strip_prefix("man/man1/").and_then(|name| name.strip_prefix(program));
    page.and_then(|rest| rest.strip_suffix(".1")).is_some_and(verb)
        || [format!("bash/{program}"), format!("fish/{program}.fish"), format!("zsh/_{program}")]
            .iter()
            .any(|name| path.strip_prefix("completions/") == Some(name))
}

/// All that stands below a folder and is no folder, sorted.
pub(super) fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).with_context(|| format!("listing {}", next.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("listing {}", next.display()))?;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder { &mut folders } else { &mut found }.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The file at a path below a folder, if there is nothing special about it.
pub(crate) fn plain(folder: &Path, path: &str) -> Result<PathBuf> {
    let parts: Vec<_> = Path::new(path).components().collect();
    let is_inside = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    ensure!(is_inside && !parts.is_empty(), "{path:?} is no path below the tree");
    let mut at = folder.to_owned();
    for (number, part) in (1..).zip(&parts) {
        at.push(part);
        let kind = fs::symlink_metadata(&at).with_context(|| format!("looking at {}", at.display()))?;
        if kind.is_symlink() {
            bail!("{} is a link, and links are not followed", at.display());
        }
        let is_right = if number == parts.len() { kind.is_file() } else { kind.is_dir() };
        ensure!(is_right, "{} is no regular file", at.display());
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_below_the_folder_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/b/file"), "").unwrap();
        fs::write(at("secret"), "").unwrap();
        symlink("secret", at("link")).unwrap();
        symlink("a", at("folder")).unwrap();
        assert_eq!(plain(folder.path(), "a/b/file").unwrap(), at("a/b/file"));
        for bad in ["a", "link", "folder/b/file", "../secret", "/etc/passwd", "", "a/./../secret", "none"] {
            assert!(plain(folder.path(), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_manual_is_pages_and_completions() {
        let check = |path, expect| assert_eq!(is_manual(path, "decnet-agent"), expect, "{path}");
        check("man/man1/decnet-agent.1", true);
        check("man/man1/decnet-agent-join.1", true);
        check("completions/zsh/_decnet-agent", true);
        check("completions/fish/decnet-agent.fish", true);
        check("man/man1/decnet-agent.key.1", false);
        check("man/man1/decnet-agent.1~", false);
        check("man/man1/../decnet-agent.1", false);
        check("completions/bash/decnet-master", false);
        check("completions/.env", false);
    }
}
