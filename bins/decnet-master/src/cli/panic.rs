//! `panic`: silences the whole swarm at once.

use decnet_daemon::Exit;

use super::{
    Context,
    swarm::{ControllerFlags, Following, follow_and_print},
};
use crate::output::{Confirmation, Format};

#[derive(clap::Args)]
pub(super) struct Panic {
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    following: Following,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Panic {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        if !self.confirmation.given("take every decky of every host down, until the next deployment")? {
            return Ok(Exit::Failure);
        }
        let accepted = controller.panic().await?;
        follow_and_print(&controller, accepted, self.following, self.format).await
    }
}
