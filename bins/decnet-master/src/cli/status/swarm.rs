//! The swarm, as its master's host sees it.

use std::time::Duration;

use decnet_api::{
    client::{Client, Way},
    status::STATUS_PATH,
};
use decnet_daemon::config::{Config, Deployment, Listener, Master, Mode};
use decnet_proto::{
    ids::HostName,
    swarm::operator::{Authority, HostHealth, HostState, HostView, HostsQuery},
};
use serde::{Deserialize, Serialize};

use crate::{
    cli::swarm::{hosts_table, programs_table},
    controller::{ControllerError, reach},
    fleet::SwarmFolder,
    output::{moment, now},
};

/// How long the listener may take to tell how it goes.
const PATIENCE: Duration = Duration::from_secs(3);

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
    /// What the hosts' programs say of themselves.
    programs: Vec<HostHealth>,
    /// The listener of this host, if it answers.
    listener: Option<ListenerReport>,
}

/// What is asked of the listener: a part of what it tells.
#[derive(Debug, Deserialize, Serialize)]
struct ListenerReport {
    healthy: bool,
    pid: u32,
    hosts: Vec<ListenedHost>,
}

/// A host that ships to it, or did.
#[derive(Debug, Deserialize, Serialize)]
struct ListenedHost {
    name: HostName,
    connections: usize,
}

impl ListenerReport {
    /// Asks it; nothing where none answers.
    async fn ask(config: &Config<Listener>) -> Option<Self> {
        let port = config.role.listener_status_port?.get();
        let client = Client::new(Way::Plain(format!("127.0.0.1:{port}"))).with_patience(PATIENCE);
        client.get("GET", STATUS_PATH).await.ok()
    }

    fn describe(&self) -> String {
        let here = self.hosts.iter().filter(|host| host.connections > 0).map(|host| host.name.as_str());
        let here: Vec<_> = here.collect();
        let state = if self.healthy { "" } else { ", not well: `decnet-listener status` says why" };
        let ship = match here.as_slice() {
            [] => "no worker ships to it".to_owned(),
            here => format!("{} ship to it: {}", here.len(), here.join(", ")),
        };
        format!("Listener   process {}{state}; {ship}\n", self.pid)
    }
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
    pub(super) async fn ask(config: &Config<Master>, listener: &Config<Listener>) -> Option<Self> {
        let has_swarm = config.role.deployment == Deployment::Swarm
            || config.provenance.of("swarmctl-url") != "default"
            || SwarmFolder::of(&config.decnet.state_directory).exists();
        if !has_swarm || config.decnet.mode == Mode::Agent {
            return None;
        }
        let listener = ListenerReport::ask(listener).await;
        Some(match asked(config).await {
            Ok((hosts, authority, programs)) => {
                let ends_soon = ending(&hosts, &authority, now());
                Self { error: None, hosts, ends_soon, programs, listener }
            }
            Err(error) => {
                let (error, hosts) = (Some(error.to_string()), Vec::new());
                Self { error, hosts, ends_soon: Vec::new(), programs: Vec::new(), listener }
            }
        })
    }

    /// Whether the controller answers, and every host that should does. A listener may be elsewhere;
    /// one that is here must be well.
    pub(super) fn is_healthy(&self) -> bool {
        self.error.is_none()
            && self.listener.as_ref().is_none_or(|listener| listener.healthy)
            && self.hosts.iter().all(|host| host.status != HostState::Unreachable)
    }

    pub(super) fn describe(&self) -> String {
        let listener = self.listener.as_ref().map(ListenerReport::describe);
        self.describe_hosts() + &listener.unwrap_or("Listener   none answers on this host\n".to_owned())
    }

    fn describe_hosts(&self) -> String {
        if let Some(error) = &self.error {
            return format!("Swarm      {error}\n");
        }
        let programs = programs_table(&self.programs);
        let between = if programs.is_empty() { "" } else { "\n" };
        let mut text = hosts_table(&self.hosts) + between + &programs;
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

async fn asked(
    config: &Config<Master>,
) -> Result<(Vec<HostView>, Authority, Vec<HostHealth>), ControllerError> {
    let controller = reach(config).await?;
    let hosts = controller.hosts(&HostsQuery::default()).await?;
    Ok((hosts, controller.authority().await?, controller.check().await?))
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
