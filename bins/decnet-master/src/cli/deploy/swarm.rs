//! A deployment on the hosts of the swarm: the controller plans it and has it done.

use decnet_composer::fleet::FleetSpec;
use decnet_daemon::{
    Exit,
    config::{Config, Master},
};
use decnet_proto::swarm::operator::DeployRequest;

use super::Deploy;
use crate::{
    cli::swarm::{follow_and_print, print_operation},
    controller::reach,
};

pub(super) async fn run(deploy: &Deploy, config: &Config<Master>, fleet: &FleetSpec) -> anyhow::Result<Exit> {
    let controller = reach(config).await?;
    let request = DeployRequest { fleet, no_cache: deploy.no_cache, dry_run: deploy.dry_run };
    if deploy.dry_run {
        print_operation(&controller.preview(&request).await?, deploy.format)?;
        return Ok(Exit::Success);
    }
    let accepted = controller.deploy(&request).await?;
    follow_and_print(&controller, accepted, deploy.following, deploy.format).await
}
