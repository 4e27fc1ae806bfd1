//! Everything that a package is made of.

use std::fs;

use anyhow::{Context as _, Result};
use lab::workspace;

use super::{
    build::gzip,
    control::{self, Facts},
    release::Release,
    scripts::{self, Words},
    tree::{Node, Tree},
};
use crate::dist::list::{Package, Share, Shipped};

/// A package before it is built.
#[derive(Debug)]
pub(super) struct Contents {
    /// What it puts on a host.
    pub(super) tree: Tree,
    /// What `dpkg` reads: names, contents, and whether they are run.
    pub(super) control: Vec<(&'static str, String, bool)>,
    /// Its file.
    pub(super) file_name: String,
}

/// Folder of units.
const UNITS: &str = "/usr/lib/systemd/system/";

/// When everything in a package was changed last, in seconds since 1970: as in archives, 2020-01-01.
pub(super) const TIME: u64 = 1_577_836_800;

/// Gathers a package.
pub(super) fn of(shipped: &Shipped, name: &str, release: &Release) -> Result<Contents> {
    let package = shipped.packages.get(name).with_context(|| format!("there is no package {name}"))?;
    let mut tree = Tree::default();
    let folder = package.release.as_ref().map(|share| {
        let releases = shipped.archive(&package.archive)?.releases.as_deref();
        let releases = releases.with_context(|| format!("{} has no folder of releases", package.archive))?;
        let folder = format!("{releases}/{}", release.manifest.id());
        add_release(&mut tree, &folder, share, release).map(|()| folder)
    });
    let folder = folder.transpose()?;
    for (path, program) in &package.programs {
        let content = release.file(&format!("bin/{program}"))?.to_owned();
        tree.add(path, Node::File { content, is_program: true })?;
    }
    for (path, target) in &package.links {
        tree.add(path, Node::Link(target.clone()))?;
    }
    for (path, file) in &package.files {
        let file = workspace::root().join(file);
        let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        tree.add_data(path, content)?;
    }
    for program in &package.manual {
        add_manual(&mut tree, program, release)?;
    }
    add_documents(&mut tree, name, package, release)?;
    let words = Words { units: enabled(&tree)?, release: folder };
    let own = read(&format!("{name}/control"))?;
    let facts =
        Facts { package: name, own: &own, version: &release.manifest.version, kibibytes: tree.kibibytes() };
    Ok(Contents { control: control(&tree, &facts, &words)?, file_name: facts.file_name(), tree })
}

/// The package's part of the folder of its release.
fn add_release(tree: &mut Tree, folder: &str, share: &Share, release: &Release) -> Result<()> {
    let is_own = |path: &str| match path.strip_prefix("bin/") {
        Some(program) => share.programs.iter().any(|own| own == program),
        None => share.rest,
    };
    for (path, (content, is_program)) in release.entries().iter().filter(|(path, _)| is_own(path)) {
        let node = Node::File { content: content.clone(), is_program: *is_program };
        tree.add(&format!("{folder}/{path}"), node)?;
    }
    Ok(())
}

/// Manual pages and completions of a program, where Debian has them.
fn add_manual(tree: &mut Tree, program: &str, release: &Release) -> Result<()> {
    for (path, (content, _)) in release.entries() {
        let page = path.strip_prefix("man/man1/");
        // Pages of its verbs are named behind its own name.
        let begin = [format!("{program}."), format!("{program}-")];
        if let Some(page) = page.filter(|page| begin.iter().any(|begin| page.starts_with(begin))) {
            tree.add_data(&format!("/usr/share/man/man1/{page}.gz"), gzip(content)?)?;
        }
    }
    for (from, to) in [
        (format!("bash/{program}"), format!("bash-completion/completions/{program}")),
        (format!("fish/{program}.fish"), format!("fish/vendor_completions.d/{program}.fish")),
        (format!("zsh/_{program}"), format!("zsh/vendor-completions/_{program}")),
    ] {
        tree.add_data(&format!("/usr/share/{to}"), release.file(&format!("completions/{from}"))?)?;
    }
    Ok(())
}

/// What Debian wants to be told: licences, and what is new.
fn add_documents(tree: &mut Tree, name: &str, package: &Package, release: &Release) -> Result<()> {
    let folder = format!("/usr/share/doc/{name}");
    tree.add_data(&format!("{folder}/copyright"), read("copyright")?)?;
    let changelog = control::changelog(&release.manifest.version, TIME)?;
    tree.add_data(&format!("{folder}/changelog.gz"), gzip(changelog.as_bytes())?)?;
    if package.release.is_some() || !package.programs.is_empty() {
        let licences = release.file("third-party.txt")?;
        tree.add_data(&format!("{folder}/third-party.txt.gz"), gzip(licences)?)?;
    }
    let overrides = debian().join(name).join("lintian-overrides");
    if overrides.exists() {
        let text = fs::read(&overrides).with_context(|| format!("reading {}", overrides.display()))?;
        tree.add_data(&format!("/usr/share/lintian/overrides/{name}"), text)?;
    }
    Ok(())
}

/// Units that are enabled where the package is installed: those that say what wants them.
fn enabled(tree: &Tree) -> Result<Vec<String>> {
    let mut units = Vec::new();
    for (path, content) in tree.files() {
        let Some(unit) = path.strip_prefix(UNITS) else { continue };
        let text = std::str::from_utf8(content).with_context(|| format!("{unit} is no text"))?;
        if text.lines().any(|line| line == "[Install]") {
            units.push(unit.to_owned());
        }
    }
    Ok(units)
}

fn control(tree: &Tree, facts: &Facts<'_>, words: &Words) -> Result<Vec<(&'static str, String, bool)>> {
    let mut control = vec![("control", facts.control()?, false), ("md5sums", tree.sums(), false)];
    let conffiles = tree.conffiles();
    if !conffiles.is_empty() {
        control.push(("conffiles", conffiles, false));
    }
    let scripts = scripts::of(&debian(), facts.package, words)?;
    control.extend(scripts.into_iter().map(|(name, script)| (name, script, true)));
    Ok(control)
}

fn debian() -> std::path::PathBuf {
    workspace::root().join("deploy/debian")
}

fn read(file: &str) -> Result<String> {
    let path = debian().join(file);
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}
