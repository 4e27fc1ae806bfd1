//! Maintainer scripts: what is in `deploy/debian/<package>`, with the snippets that they share.

use std::{fs, io, path::Path};

use anyhow::{Context as _, Result, bail};

/// Scripts that a package may have, in the order in which `dpkg` runs them.
pub(super) const NAMES: [&str; 4] = ["preinst", "postinst", "prerm", "postrm"];

/// Folder of the snippets, beside those of the packages.
const SNIPPETS: &str = "snippets";

/// What stands for something in a script, and what it stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// Units that are enabled, for `@UNITS@`.
    pub(super) units: Vec<String>,
    /// Folder of the release that the package brings, for `@RELEASE@`.
    pub(super) release: Option<String>,
}

/// The scripts of a package, by name.
pub(super) fn of(debian: &Path, package: &str, words: &Words) -> Result<Vec<(&'static str, String)>> {
    let mut scripts = Vec::new();
    for name in NAMES {
        let path = debian.join(package).join(name);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let snippet = |snippet: &str| read(&debian.join(SNIPPETS).join(snippet));
                let script = expand(&text, snippet, words);
                scripts.push((name, script.with_context(|| format!("expanding {}", path.display()))?));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }
    Ok(scripts)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// Replaces `#INCLUDE name#` by a snippet, then what stands for something else.
fn expand(text: &str, snippet: impl Fn(&str) -> Result<String>, words: &Words) -> Result<String> {
    let mut script = String::new();
    for line in text.lines() {
        match line.strip_prefix("#INCLUDE ").and_then(|rest| rest.strip_suffix('#')) {
            Some(name) => script.push_str(&snippet(name)?),
            None => script.extend([line, "\n"]),
        }
    }
    if script.contains("@UNITS@") && words.units.is_empty() {
        bail!("the package has no unit that is enabled");
    }
    let script = script.replace("@UNITS@", &words.units.join(" "));
    match &words.release {
        Some(release) => Ok(script.replace("@RELEASE@", release)),
        None if script.contains("@RELEASE@") => bail!("the package brings no release"),
        None => Ok(script),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use lab::workspace;

    use super::*;

    #[test]
    fn snippets_are_put_in_and_words_replaced() {
        let words = Words {
            units: vec!["a.service".to_owned(), "b.socket".to_owned()],
            release: Some("/r".to_owned()),
        };
        let snippet = |name: &str| Ok(format!("start {name} @UNITS@\n"));
        let script = expand("#!/bin/sh\n#INCLUDE x#\nadopt @RELEASE@\n", snippet, &words).unwrap();
        assert_eq!(script, "#!/bin/sh\nstart x a.service b.socket\nadopt /r\n");
        let none = Words::default();
        assert!(expand("@RELEASE@", snippet, &none).is_err());
        assert!(expand("#INCLUDE x#", snippet, &none).is_err());
    }

    #[test]
    fn every_script_is_one_that_the_shell_reads() {
        let debian = workspace::root().join("deploy/debian");
        let words = Words { units: vec!["x.service".to_owned()], release: Some("/r".to_owned()) };
        let mut count = 0;
        let entries = fs::read_dir(&debian).unwrap().map(|entry| entry.unwrap());
        for package in entries.filter(|entry| entry.file_type().unwrap().is_dir()) {
            let package = package.file_name().into_string().unwrap();
            for (name, script) in of(&debian, &package, &words).unwrap() {
                let said = Command::new("sh").args(["-n", "-c", &script]).output().unwrap();
                let errors = String::from_utf8_lossy(&said.stderr);
                assert!(said.status.success() && errors.is_empty(), "{package}/{name}: {errors}");
                assert!(
                    script.starts_with("#!/bin/sh\n") && script.contains("\nset -e\n"),
                    "{package}/{name}"
                );
                assert!(!script.contains('@') && !script.contains("#INCLUDE"), "{package}/{name}: {script}");
                count += 1;
            }
        }
        assert!(count > 12, "{count}");
    }
}
