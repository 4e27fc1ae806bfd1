//! What `deploy/` tells the service manager, as data.

use std::{fs, path::Path};

/// A unit: its settings in order, by section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Name of its file.
    pub name: String,
    settings: Vec<(String, String, String)>,
}

impl Unit {
    /// Reads the text of a unit (systemd.syntax(7)).
    ///
    /// # Errors
    /// The first line that is none.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let (mut unit, mut section) = (Self { name: name.to_owned(), settings: Vec::new() }, String::new());
        let mut carried = String::new();
        for line in text.lines() {
            if line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(begun) = line.strip_suffix('\\') {
                carried.push_str(begun);
                continue;
            }
            let line = std::mem::take(&mut carried) + line;
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
            } else if !line.is_empty() {
                let (key, value) = line.split_once('=').ok_or_else(|| format!("{name}: {line}"))?;
                unit.settings.push((section.clone(), key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Ok(unit)
    }

    /// Every value of a setting of `[Service]`, in order.
    pub fn all(&self, key: &str) -> Vec<&str> {
        let of_service = |(section, name, _): &&(String, String, String)| section == "Service" && name == key;
        self.settings.iter().filter(of_service).map(|(_, _, value)| value.as_str()).collect()
    }

    /// The last value of a setting of `[Service]`, which counts.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).pop()
    }

    /// The words of every value of a list of `[Service]`.
    pub fn words(&self, key: &str) -> Vec<&str> {
        self.all(key).into_iter().flat_map(str::split_whitespace).collect()
    }
}

/// The lines of a file of sysusers.d or tmpfiles.d, as fields. Quoted text is one field.
pub fn lines(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(fields).collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut all, mut quoted) = (Vec::new(), false);
    for part in line.split('"') {
        match quoted {
            true => all.push(part.to_owned()),
            false => all.extend(part.split_whitespace().map(ToOwned::to_owned)),
        }
        quoted = !quoted;
    }
    all
}

/// Every unit in a folder, by name.
///
/// # Errors
/// A file cannot be read, or is no unit.
pub fn load(folder: &Path) -> Result<Vec<Unit>, String> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "service"))
        .collect();
    paths.sort();
    let unit = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Unit::parse(&path.file_name().unwrap_or_default().to_string_lossy(), &text)
    };
    paths.into_iter().map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_as_the_manager_reads_them() {
        let text = "# x\n[Unit]\nUser=no\n[Service]\nUser=a\nUser = b\nExec=/bin/x \\\n  --y\nEmpty=\n";
        let unit = Unit::parse("x.service", text).unwrap();
        assert_eq!((unit.get("User"), unit.all("User")), (Some("b"), vec!["a", "b"]));
        assert_eq!((unit.words("Exec"), unit.get("Empty")), (vec!["/bin/x", "--y"], Some("")));
        assert_eq!(unit.get("None"), None);
        assert!(Unit::parse("x", "[Service]\nnonsense\n").is_err());
        assert_eq!(lines("# x\nu a - \"b c\" /d -\n\n"), [["u", "a", "-", "b c", "/d", "-"]]);
    }
}
