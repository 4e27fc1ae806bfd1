//! `swarm decommission`: takes a host out of the swarm.

use decnet_daemon::Exit;
use decnet_proto::swarm::operator::DecommissionQuery;

use super::{ControllerFlags, Following, find_host, follow_and_print};
use crate::{
    cli::Context,
    output::{Confirmation, Format},
};

#[derive(clap::Args)]
#[group(id = "which", required = true, multiple = false, args = ["name", "uuid"])]
pub(super) struct Decommission {
    /// Name of the host
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Id of the host
    #[arg(long, value_name = "UUID")]
    uuid: Option<String>,
    /// Its agent forgets its keys and its plan as well
    #[arg(long)]
    wipe: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    following: Following,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Decommission {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let text = self.name.or(self.uuid).unwrap_or_default();
        let host = find_host(&controller, &text).await?;
        if !self.confirmation.given(&format!("take {} out of the swarm, with its deckies", host.name))? {
            return Ok(Exit::Failure);
        }
        let accepted = controller.decommission(host.uuid, DecommissionQuery { wipe: self.wipe }).await?;
        follow_and_print(&controller, accepted, self.following, self.format).await
    }
}
