//! `deploy/packages.toml`: everything that is shipped, as types.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use lab::workspace;
use serde::Deserialize;

/// The file, from the root of the workspace.
pub(crate) const FILE: &str = "deploy/packages.toml";

/// All of it. Whether it is true of the tree and the workspace is [`super::check`]'s to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Shipped {
    /// Triple of the machine that it is for.
    pub(crate) target: String,
    #[serde(rename = "program")]
    pub(crate) programs: BTreeMap<String, Program>,
    #[serde(rename = "native")]
    pub(crate) natives: BTreeMap<String, Native>,
    #[serde(rename = "archive")]
    pub(crate) archives: BTreeMap<String, Archive>,
    #[serde(rename = "package")]
    pub(crate) packages: BTreeMap<String, Package>,
}

/// A binary of the workspace, by its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Program {
    /// Whose binary it is.
    pub(crate) package: String,
    /// Whether its command line makes manual pages and completions.
    #[serde(default)]
    pub(crate) manual: bool,
    #[serde(default)]
    pub(crate) build: Build,
}

/// How a program is built.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Build {
    /// Together with the others.
    #[default]
    Together,
    /// As `cargo xtask image` does.
    Decoy,
}

/// What is linked and is no package of Cargo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Native {
    /// The package that brings it along.
    #[serde(rename = "crate")]
    pub(crate) package: String,
    /// The package that links it, where that is another.
    pub(crate) linked_by: Option<String>,
    pub(crate) version: NativeVersion,
    /// SPDX expression.
    pub(crate) licence: String,
    /// File of the licence's text, in the package that brings it along.
    pub(crate) text: Option<String>,
}

/// Where the version of a native library is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum NativeVersion {
    /// Behind the plus of the version of its package.
    Plus,
    /// In quotes behind `after`, in a file of its package.
    #[serde(untagged)]
    Line { file: String, after: String },
}

/// What is packed and signed as one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Archive {
    /// Names of its programs, which stand in `bin/`.
    pub(crate) programs: Vec<String>,
    /// Its files, from the root of the workspace.
    pub(crate) files: Vec<String>,
    /// The link that names the release that runs, for what is replaced whole.
    pub(crate) current: Option<String>,
    /// Folder of the releases that packages bring.
    pub(crate) releases: Option<String>,
    /// Least version to come from.
    pub(crate) min_from: Option<String>,
}

/// What is installed as one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Package {
    /// The archive that its programs come from.
    pub(crate) archive: String,
    /// Programs whose manual pages and completions are installed.
    #[serde(default)]
    pub(crate) manual: Vec<String>,
    /// What of the release's folder is this package's.
    pub(crate) release: Option<Share>,
    /// Path on the host, and the program that is installed there.
    #[serde(default)]
    pub(crate) programs: BTreeMap<String, String>,
    /// Path on the host of a symbolic link, and what it points to.
    #[serde(default)]
    pub(crate) links: BTreeMap<String, String>,
    /// Path on the host, and the file of the tree that is installed there.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
}

/// A package's part of the folder of a release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Share {
    pub(crate) programs: Vec<String>,
    /// Whether everything is its that is no program.
    #[serde(default)]
    pub(crate) rest: bool,
}

impl Shipped {
    /// Reads the list of this workspace.
    pub(crate) fn load() -> Result<Self> {
        let path = workspace::root().join(FILE);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("reading {}", path.display()))
    }

    /// Reads the text of a list.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// The archive of a name.
    pub(crate) fn archive(&self, name: &str) -> Result<&Archive> {
        let known = || self.archives.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.archives.get(name).with_context(|| format!("{FILE} names no archive {name}, but {}", known()))
    }

    /// The program of a name.
    pub(crate) fn program(&self, name: &str) -> Result<&Program> {
        self.programs.get(name).with_context(|| format!("{FILE} names no program {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_workspace_is_read() {
        let shipped = Shipped::load().unwrap();
        assert_eq!(shipped.archive("worker").unwrap().programs.len(), 3);
        let names: Vec<_> = shipped.archives.keys().collect();
        assert_eq!(names, ["listener", "master", "updater", "worker"]);
        assert_eq!(shipped.program("decnet-decoy").unwrap().build, Build::Decoy);
        let error = shipped.archive("workers").unwrap_err().to_string();
        assert!(error.ends_with("but listener, master, updater, worker"), "{error}");
    }

    #[test]
    fn both_ways_to_tell_a_version_are_read() {
        let shipped = Shipped::load().unwrap();
        assert!(matches!(shipped.natives["openssl"].version, NativeVersion::Plus));
        assert!(
            matches!(&shipped.natives["sqlite"].version, NativeVersion::Line { file, .. } if file.ends_with(".h"))
        );
    }

    #[test]
    fn what_is_misspelt_is_an_error_with_its_line() {
        let text = "target = \"x\"\n[program]\n[native]\n[package]\n[archive.a]\nprograms = []\nfile = []\n";
        let error = format!("{:#}", Shipped::parse(text).unwrap_err());
        assert!(error.contains("line 7") && error.contains("unknown field `file`"), "{error}");
    }
}
