//! The swarm, as its master's host sees it.

use decnet_daemon::config::{Config, Deployment, Master, Mode};
use decnet_proto::swarm::operator::{Authority, HostState, HostView, HostsQuery};
use serde::Serialize;

use crate::{
    cli::swarm::hosts_table,
    controller::{ControllerError, reach},
    fleet::SwarmFolder,
    output::{moment, now},
};

const DAY: i64 = 24 * 60 * 60;

/// Days before its end from which a certificate is told: it should have been renewed ten days ago.
const SOON: i64 = 20;

/// The same of the authority, which nobody renews unasked.
const AUTHORITY_SOON: i64 = 180;

/// What is known of the swarm.
#[derive(Debug, Serialize)]
pub(super) struct SwarmReport {
    /// Why the controller could not be asked, if so.
    error: Option<String>,
    hosts: Vec<HostView>,
    ends_soon: Vec<Ending>,
}

/// Something that ends soon, or has ended.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Ending {
    /// Name of a host, `the master` or `the authority`.
    of: String,
    /// When, in seconds since the Unix epoch.
    not_after: i64,
}

impl SwarmReport {
    /// Asks the controller; nothing where this host is no master of a swarm.
    pub(super) async fn ask(config: &Config<Master>) -> Option<Self> {
        let has_swarm = config.role.deployment == Deployment::Swarm
            || config.provenance.of("swarmctl-url") != "default"
            || SwarmFolder::of(&config.decnet.state_directory).exists();
        if !has_swarm || config.decnet.mode == Mode::Agent {
            return None;
        }
        Some(match asked(config).await {
            Ok((hosts, authority)) => {
                let ends_soon = ending(&hosts, &authority, now());
                Self { error: None, hosts, ends_soon }
            }
            Err(error) => Self { error: Some(error.to_string()), hosts: Vec::new(), ends_soon: Vec::new() },
        })
    }

    /// Whether the controller answers, and every host that should does.
    pub(super) fn is_healthy(&self) -> bool {
        self.error.is_none() && self.hosts.iter().all(|host| host.status != HostState::Unreachable)
    }

    pub(super) fn describe(&self) -> String {
        if let Some(error) = &self.error {
            return format!("Swarm      {error}\n");
        }
        let mut text = hosts_table(&self.hosts);
        for Ending { of, not_after } in &self.ends_soon {
            let is_past = if *not_after <= now() { "ended" } else { "ends" };
            text += &format!("The certificate of {of} {is_past} {}.\n", moment(*not_after));
        }
        text
    }
}

/// What the authority is called among hosts; no host can have the name.
const AUTHORITY: &str = "the authority";

/// What the master is called among them.
const MASTER: &str = "the master";

async fn asked(config: &Config<Master>) -> Result<(Vec<HostView>, Authority), ControllerError> {
    let controller = reach(config).await?;
    Ok((controller.hosts(&HostsQuery::default()).await?, controller.authority().await?))
}

fn ending(hosts: &[HostView], authority: &Authority, now: i64) -> Vec<Ending> {
    let of_hosts = hosts.iter().filter_map(|host| {
        let not_after = host.not_after.filter(|end| *end < now + SOON * DAY)?;
        Some(Ending { of: host.name.to_string(), not_after })
    });
    let of_master = authority.master_not_after.filter(|end| *end < now + SOON * DAY);
    let of_master = of_master.map(|not_after| Ending { of: MASTER.to_owned(), not_after });
    let is_soon = authority.not_after < now + AUTHORITY_SOON * DAY;
    let of_authority = is_soon.then(|| Ending { of: AUTHORITY.to_owned(), not_after: authority.not_after });
    of_hosts.chain(of_master).chain(of_authority).collect()
}
