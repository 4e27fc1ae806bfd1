//! A deployment in earnest: the agent of the host carries it out.

use std::fs;

use anyhow::Context as _;
use decnet_composer::{fleet::FleetSpec, plan};
use decnet_daemon::{
    Exit,
    config::{Config, Master},
    lock::RoleLock,
};
use decnet_proto::agent::{CollectRequest, DeployRequest};

use super::{Deploy, Report, site_query};
use crate::{
    agent::{Client, ensure_running, follow},
    cli::Context,
    failure::print_diagnostics,
    fleet::{Plans, load_or_make_seed},
    output::now,
};

pub(super) async fn run(
    deploy: &Deploy,
    context: &Context,
    config: &Config<Master>,
    spec: &FleetSpec,
) -> anyhow::Result<Exit> {
    let state = &config.decnet.state_directory;
    fs::create_dir_all(state).with_context(|| format!("cannot make the folder {}", state.display()))?;
    let _alone = RoleLock::acquire(state, "deployment")?;
    let client = ensure_running(context, config).await?;

    let site = client.site(&site_query(spec, true)).await?;
    let plans = Plans::of(state);
    let (seed, previous) = (load_or_make_seed(state)?, plans.latest()?);
    let planned = plan::plan(spec, &site, &seed, now(), previous.as_ref())?;
    print_diagnostics(&planned.warnings);
    plans.store(&planned.value)?;

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
