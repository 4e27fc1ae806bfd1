//! `status`: what runs.

mod place;
mod swarm;

use decnet_daemon::Exit;
use decnet_proto::agent::{DeckyState, DeckyStatus, Health, HostStatus};
use serde::Serialize;

use self::swarm::SwarmReport;
use super::{Context, collect, swarm::short};
use crate::{
    agent::{AgentError, Client},
    fleet::Plans,
    output::{Format, now, table},
};

#[derive(clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    format: Format,
}

/// What is known of the host.
#[derive(Serialize)]
struct Report {
    /// Whether all is as it should be.
    healthy: bool,
    /// The agent, if it answers.
    agent: Option<Health>,
    /// The host, if the agent answers.
    host: Option<HostStatus>,
    /// Generation of the last plan that was stored here.
    planned: Option<u64>,
    /// The swarm, where this host is the master of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    swarm: Option<SwarmReport>,
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let config = context.config()?;
        let client = Client::new(&config.decnet.agent_socket);
        let answer = match client.health().await {
            Ok(health) => Some((health, client.status().await?)),
            Err(AgentError::Absent { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        // The plans may belong to another user; then only the agent can tell.
        let planned = Plans::of(&config.decnet.state_directory).latest().ok().flatten();
        let swarm = SwarmReport::ask(&config, &context.listener_config()?).await;
        let report = Report::new(answer, planned.map(|plan| plan.generation), swarm);
        self.format.print(&report, Report::describe)?;
        Ok(if report.healthy { Exit::Success } else { Exit::Failure })
    }
}

impl Report {
    fn new(answer: Option<(Health, HostStatus)>, planned: Option<u64>, swarm: Option<SwarmReport>) -> Self {
        let (agent, host) = answer.unzip();
        let healthy = match &host {
            Some(host) => {
                let is_member = host.swarm.as_ref().is_none_or(|place| place::is_good(place, now()));
                let all_up = host.deckies.iter().all(|d| d.state == DeckyState::Up);
                is_member && all_up && host.engine_error.is_none()
            }
            None => planned.is_none(),
        };
        let healthy = healthy && swarm.as_ref().is_none_or(SwarmReport::is_healthy);
        Self { healthy, agent, host, planned, swarm }
    }

    fn describe(&self) -> String {
        let Some(swarm) = &self.swarm else { return self.describe_host() };
        // A master of a swarm need not have deckies of its own.
        let own = self.host.is_some() || self.planned.is_some();
        let own = if own { self.describe_host() + "\n" } else { String::new() };
        own + &swarm.describe()
    }

    fn describe_host(&self) -> String {
        let (Some(agent), Some(host)) = (&self.agent, &self.host) else {
            return match self.planned {
                Some(generation) => {
                    format!("The agent does not answer. The last plan here has generation {generation}.\n")
                }
                None => "No deployment.\n".to_owned(),
            };
        };
        let mut text = match host.generation {
            None if host.deckies.is_empty() => "No deployment.\n".to_owned(),
            _ => deckies(&host.deckies),
        };
        let driver = host.driver.map_or("no network", |driver| driver.name());
        let generation = host.generation.map_or("none".to_owned(), |generation| generation.to_string());
        text += &format!(
            "\nAgent      {} as process {}, release {}, boot {}, plan {generation}, {driver}\n",
            agent.version,
            agent.pid,
            agent.release.as_deref().map_or("none".to_owned(), short),
            short(&agent.boot),
        );
        text += &collect::describe(&host.collector);
        if let Some(place) = &host.swarm {
            text += &place::describe(place, now());
        }
        if let Some(error) = &host.engine_error {
            text += &format!("Engine     {error}\n");
        }
        text
    }
}

fn deckies(deckies: &[DeckyStatus]) -> String {
    let rows = deckies.iter().map(|decky| {
        let services: Vec<_> = decky.services.iter().map(|s| format!("{}({})", s.name, s.state)).collect();
        let ip = decky.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let state = match decky.state {
            DeckyState::Up => "up",
            DeckyState::Degraded => "degraded",
            DeckyState::Absent => "absent",
            DeckyState::Yielded => "yielded",
        };
        [decky.name.clone(), ip, services.join(", "), decky.hostname.clone(), state.to_owned()]
    });
    table(["Decky", "IP", "Services", "Hostname", "Status"], rows)
}
