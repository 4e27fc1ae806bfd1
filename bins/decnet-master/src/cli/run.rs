//! `run`: everything that a master has, in one process.

use decnet_daemon::Exit;

use super::{Context, swarmctl::Listen};

/// Run all that a master has: the controller of the swarm
///
/// It ends on SIGTERM; what runs on the hosts goes on running.
#[derive(clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    listen: Listen,
}

impl Run {
    pub(super) fn run(self, context: Context) -> anyhow::Result<Exit> {
        self.listen.run(context, "run")
    }
}
