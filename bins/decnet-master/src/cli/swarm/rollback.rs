//! `swarm rollback`: switches hosts back to the release before.

use decnet_daemon::Exit;
use decnet_proto::swarm::releases::RollbackRequest;

use super::{ControllerFlags, Following, find_host, follow_and_print};
use crate::{cli::Context, output::Format};

/// Switches hosts back to the good release before the one that runs.
///
/// The agent and the forwarder of that release must prove themselves as after an update.
#[derive(clap::Args)]
pub(super) struct Rollback {
    /// The host, its name or its id; given again, more hosts
    #[arg(long, value_name = "HOST", required = true)]
    host: Vec<String>,
    #[command(flatten)]
    following: Following,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Rollback {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let mut hosts = Vec::new();
        for text in &self.host {
            hosts.push(find_host(&controller, text).await?.uuid);
        }
        let accepted = controller.roll_back(&RollbackRequest { hosts }).await?;
        follow_and_print(&controller, accepted, self.following, self.format).await
    }
}
