//! `swarm check`: asks every host now.

use decnet_daemon::Exit;
use decnet_proto::swarm::operator::HostHealth;

use super::{ControllerFlags, programs_table};
use crate::{
    cli::Context,
    output::{Format, table},
};

#[derive(clap::Args)]
pub(super) struct CheckHosts {
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl CheckHosts {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let hosts = controller.check().await?;
        self.format.print(hosts.as_slice(), describe)?;
        let all_there = hosts.iter().all(|host| host.reachable);
        Ok(if all_there { Exit::Success } else { Exit::Failure })
    }
}

fn describe(hosts: &[HostHealth]) -> String {
    if hosts.is_empty() {
        return "No workers enrolled.\n".to_owned();
    }
    let rows = hosts.iter().map(|host| {
        let reachable = if host.reachable { "yes" } else { "no" };
        let took = format!("{} ms", host.took_ms);
        [host.name.to_string(), host.address.clone(), reachable.to_owned(), took, host.detail.clone()]
    });
    let programs = programs_table(hosts);
    let between = if programs.is_empty() { "" } else { "\n" };
    table(["Host", "Address", "Reachable", "Took", "Detail"], rows) + between + &programs
}
