//! What an archive's programs are made of: packages, native libraries, what the compiler adds.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use lab::{process, workspace};
use serde::Deserialize;

use super::{
    linked::{Linked, Name, Uses},
    list::{Archive, Native, NativeVersion, Shipped},
};
use crate::metadata::{self, Package};

/// One of the things that a program is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) name: Name,
    pub(crate) origin: Origin,
    /// SPDX expression.
    pub(crate) licence: String,
    /// What it uses of the others.
    pub(crate) uses: Vec<Name>,
    /// Files and folders in which texts of its licence stand.
    pub(crate) texts: Vec<PathBuf>,
}

/// Where a component comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Of this workspace.
    Own,
    /// The registry of packages, with the checksum (SHA-256) that it has there.
    Registry { checksum: Option<String> },
    /// Brought along by a package, or by the compiler.
    Native,
}

/// What is known of everything that may be linked.
pub(crate) struct Inventory {
    linked: Linked,
    packages: BTreeMap<Name, Package>,
    checksums: BTreeMap<Name, String>,
    compiler: [Component; 2],
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Inventory {
    /// Asks Cargo and the compiler.
    pub(crate) fn load(shipped: &Shipped) -> Result<Self> {
        let name = |package: &Package| Name { name: package.name.clone(), version: package.version.clone() };
        let packages = metadata::known()?.into_iter().map(|package| (name(&package), package)).collect();
        Ok(Self { linked: Linked::load(shipped)?, packages, checksums: checksums()?, compiler: compiler()? })
    }

    /// What the programs of an archive are made of, by name.
    pub(crate) fn of(&self, shipped: &Shipped, archive: &Archive) -> Result<Vec<Component>> {
        let programs = archive.programs.iter().map(|name| shipped.program(name));
        let programs = programs.map(|program| program.map(|program| program.package.as_str()));
        let uses = self.linked.below(programs.collect::<Result<Vec<_>>>()?)?;
        let natives = shipped.natives.iter().filter_map(|(name, native)| self.native(name, native, &uses));
        let natives = natives.collect::<Result<Vec<_>>>()?;
        let mut components = natives.iter().map(|(_, native)| native.clone()).collect::<Vec<_>>();
        for (name, used) in &uses {
            let added = natives.iter().filter(|(by, _)| *by == name.name).map(|(_, native)| &native.name);
            components.push(self.package(name, used.iter().chain(added).cloned().collect())?);
        }
        components.extend(self.compiler.iter().cloned());
        components.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(components)
    }

    fn package(&self, name: &Name, uses: Vec<Name>) -> Result<Component> {
        let package = self.packages.get(name);
        let package =
            package.with_context(|| format!("cargo does not know {} {}", name.name, name.version))?;
        let checksum = || self.checksums.get(name).cloned();
        let origin =
            package.source.as_ref().map_or(Origin::Own, |_| Origin::Registry { checksum: checksum() });
        let licence = package.license.as_deref().unwrap_or("NOASSERTION").replace('/', " OR ");
        let texts = package.source.iter().map(|_| package.folder()).collect();
        Ok(Component { name: name.clone(), origin, licence, uses, texts })
    }

    /// A native library with the package that links it, if that is among those.
    fn native<'a>(
        &self,
        name: &str,
        native: &'a Native,
        uses: &Uses,
    ) -> Option<Result<(&'a str, Component)>> {
        let by = native.linked_by.as_deref().unwrap_or(&native.package);
        uses.keys().any(|linked| linked.name == by).then(|| {
            let package = self.packages.values().find(|package| package.name == native.package);
            let package = package.with_context(|| format!("cargo does not know {}", native.package))?;
            let version =
                version(native, package).with_context(|| format!("looking for the version of {name}"))?;
            let name = Name { name: name.to_owned(), version };
            let texts = native.text.iter().map(|text| package.folder().join(text)).collect();
            let licence = native.licence.clone();
            Ok((by, Component { name, origin: Origin::Native, licence, uses: Vec::new(), texts }))
        })
    }
}

/// The version of a native library.
fn version(native: &Native, package: &Package) -> Result<String> {
    match &native.version {
        NativeVersion::Plus => {
            let version = package.version.split_once('+');
            let version = version.with_context(|| format!("{} has no plus", package.version))?;
            Ok(version.1.to_owned())
        }
        NativeVersion::Line { file, after } => {
            let path = package.folder().join(file);
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            quoted(&text, after).with_context(|| format!("{} has no line {after:?}", path.display()))
        }
    }
}

/// What stands in quotes in the line that begins so.
fn quoted(text: &str, beginning: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(beginning))?;
    line.split('"').nth(1).map(str::to_owned)
}

/// The checksums of `Cargo.lock`.
fn checksums() -> Result<BTreeMap<Name, String>> {
    let path = workspace::root().join("Cargo.lock");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let lock: Lock = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let named = |Locked { name, version, checksum }| Some((Name { name, version }, checksum?));
    Ok(lock.package.into_iter().filter_map(named).collect())
}

/// Where Debian keeps the licences of its C library, which is in every program: the general one, and those
/// of its parts.
const GLIBC_LICENCES: [&str; 2] = ["/usr/share/common-licenses/LGPL-2.1", "/usr/share/doc/libc6/copyright"];

/// What the compiler and the linker add to every program.
fn compiler() -> Result<[Component; 2]> {
    let said = |program: &str, word: &str| process::output(&mut process::command(program, [word]));
    let rust = said("rustc", "--version")?;
    let glibc = said("getconf", "GNU_LIBC_VERSION")?;
    let native = |name: &str, text: &str, licence: &str, texts: &[&str]| {
        let version = text.split_whitespace().nth(1).with_context(|| format!("{text:?} names no version"))?;
        let name = Name { name: name.to_owned(), version: version.to_owned() };
        let licence = licence.to_owned();
        Ok::<_, anyhow::Error>(Component {
            name,
            origin: Origin::Native,
            licence,
            uses: vec![],
            texts: texts.iter().map(PathBuf::from).collect(),
        })
    };
    Ok([
        // Under our own two licences, which every archive has.
        native("rust-std", &rust, "MIT OR Apache-2.0", &[])?,
        native("glibc", &glibc, "LGPL-2.1-or-later", &GLIBC_LICENCES)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_a_line() {
        let text = "/* #define VERSION \"0\" */\n#define VERSION        \"3.53.2\"\n";
        assert_eq!(quoted(text, "#define VERSION ").as_deref(), Some("3.53.2"));
        assert_eq!(quoted(text, "#define OTHER "), None);
    }

    #[test]
    fn a_worker_has_openssl_a_master_sqlite_and_both_have_their_checksums() {
        let shipped = Shipped::load().unwrap();
        let inventory = Inventory::load(&shipped).unwrap();
        let of = |archive: &str| inventory.of(&shipped, shipped.archive(archive).unwrap()).unwrap();
        let (worker, master) = (of("worker"), of("master"));
        let find = |all: &[Component], name: &str| all.iter().find(|one| one.name.name == name).cloned();
        // A package of Rust may have the same name.
        let library = |all: &[Component], name: &str| {
            all.iter().find(|one| one.name.name == name && one.origin == Origin::Native).cloned()
        };
        for (has, lacks, name, user) in
            [(&worker, &master, "openssl", "openssl-sys"), (&master, &worker, "sqlite", "libsqlite3-sys")]
        {
            let native = library(has, name).unwrap();
            assert!(native.name.version.starts_with('3'), "{native:?}");
            assert!(find(has, user).unwrap().uses.contains(&native.name), "{user}");
            assert_eq!(library(lacks, name), None);
        }
        assert_eq!(find(&worker, "decnet-store"), None);
        assert_eq!(find(&master, "decnet-store").unwrap().origin, Origin::Own);
        for Component { name, origin, .. } in worker.iter().chain(&master) {
            let Origin::Registry { checksum } = origin else { continue };
            assert_eq!(checksum.as_deref().map(str::len), Some(64), "{name:?}");
        }
        // What only tests and build scripts use is not linked.
        assert_eq!(find(&master, "tempfile"), None);
        assert_eq!(find(&worker, "openssl-src"), None);
        for native in ["openssl", "glibc"] {
            let texts = library(&worker, native).unwrap().texts;
            assert!(!texts.is_empty() && texts.iter().all(|text| text.is_file()), "{native}: {texts:?}");
        }
    }
}
