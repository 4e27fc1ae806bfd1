//! What the program writes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// Paths below a folder, sorted.
fn below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}

fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_manual")).arg(folder.path()).status().unwrap();
    assert!(status.success());
    folder
}

#[test]
fn every_program_has_a_page_for_each_verb_and_completions_for_each_shell() {
    let folder = written();
    let agent = below(&folder.path().join("decnet-agent"));
    let expect = [
        "completions/bash/decnet-agent",
        "completions/fish/decnet-agent.fish",
        "completions/zsh/_decnet-agent",
        "man/man1/decnet-agent-join.1",
        "man/man1/decnet-agent.1",
    ];
    assert_eq!(agent, expect);
    for (name, command) in manual::PROGRAMS {
        let found = below(&folder.path().join(name));
        assert!(found.contains(&format!("man/man1/{name}.1")), "{name}: {found:?}");
        for verb in command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let page = format!("man/man1/{name}-{}.1", verb.get_name());
            assert!(found.contains(&page), "{name}: {found:?}");
        }
        let page = fs::read_to_string(folder.path().join(name).join(format!("man/man1/{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        // Dates would make two builds differ.
        assert!(page.lines().any(|line| line.starts_with(".SH DESCRIPTION")), "{page}");
    }
}

#[test]
fn it_writes_the_same_twice() {
    let (one, other) = (written(), written());
    let files = below(one.path());
    assert_eq!(files, below(other.path()));
    for file in files {
        let read = |folder: &Path| fs::read(folder.join(&file)).unwrap();
        assert!(read(one.path()) == read(other.path()), "{file}");
    }
}

#[test]
fn bash_takes_the_completions() {
    let folder = written();
    let scripts = below(folder.path()).into_iter().filter(|path| path.contains("completions/bash"));
    let mut tried = 0;
    for script in scripts {
        let path = folder.path().join(script);
        let mut bash = Command::new("bash");
        let status = bash.arg("-n").arg(&path).stdin(Stdio::null()).status().unwrap();
        assert!(status.success(), "{}", path.display());
        tried += 1;
    }
    assert_eq!(tried, manual::PROGRAMS.len());
}
