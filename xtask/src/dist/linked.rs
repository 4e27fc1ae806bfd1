//! Which packages are linked into a program: the tree of dependencies as Cargo builds it.
//!
//! `cargo metadata` tells what the whole workspace could need; the tree tells what these programs do
//! need, with the features that they are built with.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use lab::{process, workspace};

use super::list::{Build, Shipped};
use crate::{compile::TARGET, image};

/// A package in one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// Packages, each with those that it uses.
pub(crate) type Uses = BTreeMap<Name, BTreeSet<Name>>;

/// What is linked into programs of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    nodes: Vec<Node>,
    /// Where a line of the tree stands in `nodes`.
    by_text: BTreeMap<String, usize>,
    roots: BTreeMap<String, usize>,
}

/// A package with its features: the same one may be built twice.
#[derive(Debug)]
struct Node {
    name: Name,
    uses: BTreeSet<usize>,
}

impl Linked {
    /// Asks Cargo about every program of the list.
    pub(crate) fn load(shipped: &Shipped) -> Result<Self> {
        let mut linked = Self::default();
        for build in [Build::Together, Build::Decoy] {
            let built = shipped.programs.values().filter(|program| program.build == build);
            let packages: BTreeSet<_> = built.map(|program| program.package.as_str()).collect();
            let features = (build == Build::Decoy).then_some(image::FEATURES);
            if !packages.is_empty() {
                linked.read(&tree(&packages, features)?)?;
            }
        }
        Ok(linked)
    }

    /// Adds what `cargo tree` says: depth, package, features, and an asterisk for what was told before.
    fn read(&mut self, text: &str) -> Result<()> {
        let mut above: Vec<Option<usize>> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (depth, line) = depth(line).with_context(|| format!("{line:?} is no line of a tree"))?;
            above.truncate(depth);
            // What runs in the compiler is not linked, and neither is what that uses.
            let is_linked = above.iter().all(Option::is_some) && !line.contains("(proc-macro)");
            let node = is_linked.then(|| self.node(line)).transpose()?;
            match (node, above.last().copied().flatten()) {
                (Some(node), Some(user)) => {
                    self.nodes.get_mut(user).map(|user| user.uses.insert(node));
                }
                (Some(node), None) => {
                    let name = self.nodes.get(node).map(|node| node.name.name.clone());
                    self.roots.insert(name.unwrap_or_default(), node);
                }
                (None, _) => {}
            }
            above.push(node);
        }
        Ok(())
    }

    fn node(&mut self, line: &str) -> Result<usize> {
        let text = line.trim_end_matches(" (*)");
        if let Some(&known) = self.by_text.get(text) {
            return Ok(known);
        }
        let mut words = text.split([' ', '|']);
        let name = words.next().unwrap_or_default().to_owned();
        let version = words.next().and_then(|word| word.strip_prefix('v'));
        let version = version.with_context(|| format!("{line:?} names no version"))?.to_owned();
        self.nodes.push(Node { name: Name { name, version }, uses: BTreeSet::new() });
        self.by_text.insert(text.to_owned(), self.nodes.len() - 1);
        Ok(self.nodes.len() - 1)
    }

    /// Everything that is linked into the programs of these packages, those themselves among it.
    pub(crate) fn below<'a>(&self, packages: impl IntoIterator<Item = &'a str>) -> Result<Uses> {
        let mut waiting = Vec::new();
        for package in packages {
            waiting.push(*self.roots.get(package).with_context(|| format!("{package} was not asked about"))?);
        }
        let (mut seen, mut uses) = (BTreeSet::new(), Uses::new());
        while let Some(at) = waiting.pop() {
            let Some(node) = self.nodes.get(at).filter(|_| seen.insert(at)) else { continue };
            let used = node.uses.iter().filter_map(|at| self.nodes.get(*at)).map(|node| node.name.clone());
            uses.entry(node.name.clone()).or_default().extend(used);
            waiting.extend(&node.uses);
        }
        Ok(uses)
    }
}

fn tree(packages: &BTreeSet<&str>, features: Option<&str>) -> Result<String> {
    let arguments = ["tree", "--locked", "--edges", "normal", "--prefix", "depth", "--format", "{p}|{f}"];
    let mut command = process::command("cargo", arguments);
    command.args(["--target", TARGET]).args(packages.iter().flat_map(|package| ["--package", package]));
    command.args(features.into_iter().flat_map(|features| ["--features", features]));
    process::output(command.current_dir(workspace::root()))
}

/// The number that a line begins with, and the rest: no package's name begins with a digit.
fn depth(line: &str) -> Option<(usize, &str)> {
    let end = line.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = line.split_at_checked(end)?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0one v0.1.0 (/somewhere/one)|
1http v1.5.0|default,std
2bytes v1.12.2|default,std
1derive v1.0.0 (proc-macro)|
2syn v3.0.10|full
3bytes v1.12.2|default
1late v0.3.0|
0two v0.1.0 (/somewhere/two)|
1http v1.5.0|default,std (*)
";

    fn names(uses: &Uses) -> Vec<&str> {
        uses.keys().map(|name| name.name.as_str()).collect()
    }

    #[test]
    fn what_is_linked_is_told_for_each_program() {
        let mut linked = Linked::default();
        linked.read(TREE).unwrap();
        assert_eq!(names(&linked.below(["one"]).unwrap()), ["bytes", "http", "late", "one"]);
        let two = linked.below(["two"]).unwrap();
        assert_eq!(names(&two), ["bytes", "http", "two"]);
        let http = two.iter().find(|(name, _)| name.name == "http").unwrap();
        assert_eq!((http.0.version.as_str(), http.1.first().unwrap().name.as_str()), ("1.5.0", "bytes"));
        assert!(linked.below(["three"]).is_err());
    }

    #[test]
    fn what_is_no_tree_is_an_error() {
        assert!(Linked::default().read("one v0.1.0").is_err());
        assert!(Linked::default().read("0one").is_err());
    }
}
