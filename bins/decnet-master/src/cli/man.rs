//! `man`: manual pages.

use std::{fs, io, path::PathBuf};

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man as Page;
use decnet_daemon::Exit;

use super::Context;
use crate::output::print;

#[derive(clap::Args)]
pub(super) struct Man {
    /// Folder for the pages of all commands; the main page goes to stdout without it
    dir: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let mut command = context.tree().disable_help_subcommand(true);
        command.build();
        match self.dir {
            None => print(&String::from_utf8_lossy(&render(command)?))?,
            Some(dir) => {
                fs::create_dir_all(&dir)
                    .with_context(|| format!("cannot make the folder {}", dir.display()))?;
                for page in with_all_below(command) {
                    let name = page.get_display_name().unwrap_or(page.get_name()).to_owned();
                    let path = dir.join(format!("{name}.1"));
                    fs::write(&path, render(page)?)
                        .with_context(|| format!("cannot write {}", path.display()))?;
                }
            }
        }
        Ok(Exit::Success)
    }
}

/// A command and, behind it, all commands below it.
pub(super) fn with_all_below(command: Command) -> Vec<Command> {
    let below: Vec<_> = command.get_subcommands().filter(|verb| verb.get_name() != "help").cloned().collect();
    [command].into_iter().chain(below.into_iter().flat_map(with_all_below)).collect()
}

fn render(command: Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Page::new(command).render(&mut page)?;
    Ok(page)
}
