//! `swarm list`: the hosts.

use decnet_daemon::Exit;
use decnet_proto::swarm::operator::{HostState, HostView, HostsQuery};

use super::{ControllerFlags, words};
use crate::{
    cli::Context,
    output::{Format, moment, table, word},
};

#[derive(clap::Args)]
pub(super) struct List {
    /// Only hosts in this state
    #[arg(long, value_name = "STATE", value_parser = words::host_state())]
    status: Option<HostState>,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl List {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let hosts = controller.hosts(&HostsQuery { host_status: self.status }).await?;
        self.format.print(hosts.as_slice(), hosts_table)?;
        Ok(Exit::Success)
    }
}

/// The hosts as a table.
pub(crate) fn hosts_table(hosts: &[HostView]) -> String {
    if hosts.is_empty() {
        return "No workers enrolled.\n".to_owned();
    }
    let header = ["Host", "Address", "Port", "Status", "Last heartbeat", "Enrolled", "Plan", "Remarks"];
    table(header, hosts.iter().map(row))
}

fn row(host: &HostView) -> [String; 8] {
    let at = |time: Option<i64>| time.map(moment).unwrap_or_default();
    let number = |generation: Option<u64>| generation.map_or("none".to_owned(), |number| number.to_string());
    let plan = match (host.wanted, host.observed) {
        (wanted, observed) if wanted == observed => number(observed),
        (wanted, observed) => format!("{}, wanted {}", number(observed), number(wanted)),
    };
    [
        host.name.to_string(),
        host.address.clone(),
        host.agent_port.to_string(),
        word(&host.status),
        at(host.last_heartbeat),
        at(host.enrolled_at),
        plan,
        remarks(host),
    ]
}

fn remarks(host: &HostView) -> String {
    let flags = [(host.by_hand, "by hand"), (host.use_ipvlan, "ipvlan")];
    let flags = flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text.to_owned());
    let notes = host.notes.iter().cloned();
    flags.chain(notes).collect::<Vec<String>>().join(", ")
}
