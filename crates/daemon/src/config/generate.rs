//! What is printed about the configuration, from the tables.

use std::fmt::Write as _;

use super::{DEFAULT_FILE, Key, SECTIONS};
use crate::environment::CONFIG;

/// The text of `deploy/decnet.ini.example`.
pub fn ini_example() -> String {
    let mut out = format!(
        "; {DEFAULT_FILE}: configuration of a host. Every key is here, with its default.\n\
         ; A flag wins over the environment, the environment over this file.\n\
         ; Unknown sections and keys are errors.\n"
    );
    for section in SECTIONS {
        let _ = write!(out, "\n; {}\n[{}]\n", section.about, section.name);
        for key in section.keys {
            let _ = write!(out, "\n; {}\n; It must be {}.\n", key.summary, key.rule);
            let _ = writeln!(out, ";{} = {}", key.name(), key.default);
        }
    }
    out.replace("= \n", "=\n")
}

/// The text of `deploy/env.config.example`.
pub fn env_example() -> String {
    let mut out = format!(
        "# Variables that DECNET reads; each wins over its key in the configuration file.\n\n\
         # The configuration file.\n#{CONFIG}={DEFAULT_FILE}\n"
    );
    for key in SECTIONS.iter().flat_map(|s| s.keys) {
        let _ = write!(out, "\n# {}\n#{}={}\n", key.summary, key.variable(), key.default);
    }
    out
}

/// The text of `docs/reference/configuration.md`.
pub fn reference() -> String {
    let mut out = format!(
        "# Configuration\n\n\
         Generated from the tables in `crates/daemon/src/config`; do not edit.\n\n\
         A host has one file, `{DEFAULT_FILE}`, or the one that `{CONFIG}` or `--config-file` names. \
         A flag wins over the environment, the environment over the file, the file over the default. \
         A program reads `[decnet]` and the section of its own role. Unknown sections and keys, keys \
         given twice and values that cannot be are errors (exit code 78) that name file, line, section \
         and key.\n"
    );
    for section in SECTIONS {
        let _ = write!(out, "\n## [{}]\n\n{}\n\n", section.name, section.about);
        out.push_str(
            "| key | variable | must be | default | what it does | read by |\n|---|---|---|---|---|---|\n",
        );
        section.keys.iter().for_each(|key| row(key, &mut out));
    }
    out
}

fn row(key: &Key, out: &mut String) {
    let default = if key.default.is_empty() { "–".to_owned() } else { format!("`{}`", key.default) };
    let _ = writeln!(
        out,
        "| `{}` | `{}` | {} | {default} | {} | {} |",
        key.name(),
        key.variable(),
        key.rule,
        key.summary,
        key.consumer
    );
}
