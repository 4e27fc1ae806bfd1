//! `redeploy`: heals what differs from the last plan.

use anyhow::{Context as _, bail};
use decnet_daemon::{Exit, config::Deployment};
use decnet_proto::agent::DeployRequest;

use super::{
    Context,
    deploy::{Parallel, Report},
};
use crate::{
    agent::{ensure_running, follow},
    deployment::Turn,
    fleet::Plans,
    output::Format,
};

#[derive(clap::Args)]
pub(super) struct Redeploy {
    #[command(flatten)]
    parallel: Parallel,
    #[command(flatten)]
    format: Format,
}

impl Redeploy {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let config = context.config()?;
        if config.role.deployment == Deployment::Swarm {
            bail!(
                "the controller mends what differs by itself: `decnet-master swarm deckies` tells what does"
            );
        }
        let state = &config.decnet.state_directory;
        let plan = Plans::of(state).latest()?;
        let plan = plan.with_context(|| format!("nothing was ever deployed from {}", state.display()))?;
        let _turn = Turn::take(state)?;
        let client = ensure_running(context, &config).await?;
        if client.status().await?.generation.is_none() {
            bail!("no deployment: the fleet was taken down; deploy raises it again");
        }
        let request = DeployRequest { plan, no_cache: false, parallel: self.parallel.bound() };
        let outcome = follow(&client, client.deploy(&request).await?).await?;
        Report::new(&request.plan, outcome.failures).print(self.format)
    }
}
