//! The licences of what is linked: the texts that its authors want to go with it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::inventory::{Component, Origin};

/// Name of the file in its archive.
pub(crate) const FILE: &str = "third-party.txt";

/// What the names of such files begin with, in any case.
const NAMES: [&str; 6] = ["licen", "copying", "copyright", "notice", "unlicense", "patents"];

/// Names, versions and licences of the components that are not ours, and every text once.
pub(crate) fn write(components: &[Component]) -> Result<Vec<u8>> {
    let foreign = || components.iter().filter(|component| component.origin != Origin::Own);
    let mut out = "Third-party software that is linked into these programs.\n\n".to_owned();
    for Component { name, licence, .. } in foreign() {
        let _ = writeln!(out, "{} {}: {licence}", name.name, name.version);
    }
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for component in foreign() {
        for text in component.texts.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?.concat() {
            let users = texts.entry(text).or_default();
            users.push(format!("{} {}", component.name.name, component.name.version));
        }
    }
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    for (text, mut users) in texts {
        users.dedup();
        let _ = write!(out, "\n{}\n{}\n\n{text}\n", "=".repeat(100), users.join(", "));
    }
    Ok(out.into_bytes())
}

/// The texts at a path: of the file, or of those files in a folder whose names say so.
fn read(path: &Path) -> Result<Vec<String>> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).with_context(|| format!("listing {}", path.display()))?;
        files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
        files.retain(|file| is_licence(file));
        files.sort();
    }
    files.iter().map(text).collect()
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    // Some have a module of that name.
    path.is_file() && !name.ends_with(".rs") && NAMES.iter().any(|begin| name.starts_with(begin))
}

fn text(path: &PathBuf) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::linked::Name;

    #[test]
    fn every_text_is_there_once_with_all_who_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, text) in [("a/LICENSE-MIT", "Be nice.\r\n"), ("b/license.txt", "\nBe nice.\n")] {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), text).unwrap();
        }
        fs::write(path("a/secret.key"), "hidden").unwrap();
        fs::write(path("a/license.rs"), "hidden").unwrap();
        let component = |name: &str, origin| Component {
            name: Name { name: name.to_owned(), version: "1.0.0".to_owned() },
            origin,
            licence: "MIT".to_owned(),
            uses: Vec::new(),
            texts: vec![path(name)],
        };
        let all = ["a", "b"].map(|name| component(name, Origin::Registry { checksum: None }));
        let own = component("nowhere", Origin::Own);
        let text = String::from_utf8(write(&[&all[..], &[own]].concat()).unwrap()).unwrap();
        assert_eq!(text.matches("Be nice.").count(), 1, "{text}");
        assert!(text.contains("\na 1.0.0, b 1.0.0\n\nBe nice.\n"), "{text}");
        assert!(!text.contains("hidden") && !text.contains("nowhere"), "{text}");
    }
}
