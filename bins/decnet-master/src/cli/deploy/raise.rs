//! A deployment in earnest: the agent of the host carries it out.

use decnet_composer::fleet::FleetSpec;
use decnet_daemon::{
    Exit,
    config::{Config, Master},
};
use decnet_proto::agent::{CollectRequest, DeployRequest};

use super::{Deploy, Report};
use crate::{
    agent::{Client, ensure_running, follow},
    cli::Context,
    deployment::{self, Turn},
    failure::print_diagnostics,
};

pub(super) async fn run(
    deploy: &Deploy,
    context: &Context,
    config: &Config<Master>,
    spec: &FleetSpec,
) -> anyhow::Result<Exit> {
    let state = &config.decnet.state_directory;
    let _turn = Turn::take(state)?;
    let client = ensure_running(context, config).await?;
    let planned = deployment::plan(&client, state, spec).await?;
    print_diagnostics(&planned.warnings);

    if deploy.log_file.is_some() {
        collect(&client, config).await?;
    }
    let request =
        DeployRequest { plan: planned.value, no_cache: deploy.no_cache, parallel: deploy.parallel.bound() };
    let outcome = follow(&client, client.deploy(&request).await?).await?;
    Report::new(&request.plan, outcome.failures).print(deploy.format)
}

/// Has events written where they should go, before there are any.
async fn collect(client: &Client, config: &Config<Master>) -> anyhow::Result<()> {
    let log_file = config.decnet.ingest_log_file.display().to_string();
    client.collect(&CollectRequest { log_file }).await?;
    Ok(())
}
