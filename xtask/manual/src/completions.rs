//! Completions: one file for each shell, by the name under which the shell looks for it.

use clap::Command;
use clap_complete::{Shell, generate};

use crate::File;

/// The shells, their folders, and what stands before and behind the program's name there.
const SHELLS: [(Shell, &str, &str, &str); 3] =
    [(Shell::Bash, "bash", "", ""), (Shell::Fish, "fish", "", ".fish"), (Shell::Zsh, "zsh", "_", "")];

/// The files, in `completions/<shell>`.
pub(crate) fn of(name: &str, command: Command) -> Vec<File> {
    let file = |(shell, folder, before, behind)| {
        let mut text = Vec::new();
        generate(shell, &mut command.clone(), name, &mut text);
        (format!("completions/{folder}/{before}{name}{behind}"), text)
    };
    SHELLS.into_iter().map(file).collect()
}
