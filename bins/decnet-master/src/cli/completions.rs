//! `completions`: what a shell needs to complete our commands.

use clap_complete::Shell;
use decnet_daemon::Exit;

use super::Context;
use crate::output::print;

#[derive(clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut context.tree(), "decnet-master", &mut script);
        print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Success)
    }
}
