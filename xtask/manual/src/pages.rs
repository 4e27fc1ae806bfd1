//! Manual pages: one for a program, one for each of its verbs.

use std::io;

use clap::Command;
use clap_mangen::Man;

use crate::File;

/// The pages, in `man/man1`.
pub(crate) fn of(command: Command) -> io::Result<Vec<File>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    with_all_below(command).into_iter().map(page).collect()
}

fn with_all_below(command: Command) -> Vec<Command> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let below: Vec<_> = shown.cloned().collect();
    [command].into_iter().chain(below.into_iter().flat_map(with_all_below)).collect()
}

fn page(command: Command) -> io::Result<File> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    Ok((format!("man/man1/{name}.1"), text))
}
