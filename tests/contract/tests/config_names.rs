//! Configuration: what is documented is read, and nothing else is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use decnet_daemon::{
    config::{self, CommandLine, SECTIONS},
    environment::{self, Environment},
};
use decnet_updater::{Settings, Supervision};

/// Every file below the named folders of the workspace, with its text. Tests make names up.
fn files(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    let mut folders: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if let (false, Ok(text)) = (is_test, fs::read_to_string(&path)) {
                found.push((path, text));
            }
        }
    }
    found
}

/// The names of variables of ours in a text.
fn names(text: &str) -> Vec<String> {
    let parts = text.split(environment::PREFIX).skip(1);
    let names = parts
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect::<String>());
    names.filter(|name| !name.is_empty()).map(|name| environment::PREFIX.to_owned() + &name).collect()
}

#[test]
fn every_key_is_read_by_a_program() {
    let sources = files(&["bins"]);
    for key in SECTIONS.iter().flat_map(|section| section.keys) {
        let used = format!(".{}", key.field);
        let is_read = sources.iter().any(|(_, text)| {
            text.match_indices(&used).any(|(at, _)| {
                !text[at + used.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            })
        });
        // These two decide which commands there are before there is a configuration.
        let by_gate = matches!(key.field, "mode" | "disallow_master");
        assert!(is_read || by_gate, "[{}] {} is documented and no program reads it", key.section, key.name());
    }
}

#[test]
fn no_other_variable_is_named_anywhere() {
    let known: Vec<_> = SECTIONS.iter().flat_map(|section| section.keys).map(|key| key.variable()).collect();
    for (path, text) in files(&["crates", "bins", "xtask", "deploy", "docs"]) {
        for name in names(&text) {
            let is_known = known.contains(&name) || name == environment::CONFIG;
            assert!(is_known, "{} names {name}, which no table has", path.display());
        }
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    for (path, text) in files(&["crates", "bins"]) {
        // A decoy has one variable, its persona; what follows `cfg(test)` is no program.
        let program = text.split("[cfg(test)]").next().unwrap();
        let reads = program.contains("env::var");
        let may = path.ends_with("daemon/src/environment.rs") || program.contains("env::var(ENV_NAME)");
        assert!(!reads || may, "{} reads the environment", path.display());
    }
}

/// A worker is updated by who finds its forwarder: also where nobody configured either.
#[test]
fn an_updater_asks_the_forwarder_where_that_tells() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("decnet.ini");
    let check = |text: &str, expect: Option<&str>| {
        fs::write(&file, text).unwrap();
        let line = CommandLine { config_file: Some(file.clone()), flags: Vec::new() };
        let environment = Environment::default();
        let forwarder = config::load::<config::Forwarder>(&line, &environment).unwrap();
        let updater = config::load::<config::Updater>(&line, &environment).unwrap();
        let told = decnet_forwarder::Places::of(&forwarder).status;
        let asked = Settings::new(updater, Supervision::Pids("/none".into()), None).places.forwarder;
        let expect = expect.map(|address| address.parse().unwrap());
        assert_eq!((told, asked), (expect, expect), "{text}");
    };
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/decnet.ini.example");
    check(&fs::read_to_string(shipped).unwrap(), Some("127.0.0.1:9515"));
    check("", Some("127.0.0.1:9515"));
    check("[decnet]\nforwarder-status-port = 7000\n", Some("127.0.0.1:7000"));
    check("[decnet]\nforwarder-status-port =\n", None);
}
