//! `teardown`: takes deckies down.

use decnet_daemon::{
    Exit,
    config::{Config, Deployment, Master},
};
use decnet_proto::{
    agent::{HostStatus, TeardownRequest},
    ids::DeckyName,
    swarm::operator::TeardownRequest as SwarmTeardown,
};
use serde::Serialize;

use super::{
    Context,
    deploy::report_failures,
    swarm::{ControllerFlags, Following, find_host, follow_and_print},
};
use crate::{
    agent::{AgentError, Client, ensure_running, follow, stop_if_ours},
    controller::reach,
    deployment::Turn,
    failure::{Misuse, note},
    fleet::Plans,
    output::{Confirmation, Format},
};

#[derive(clap::Args)]
#[group(id = "what", required = true, multiple = true, args = ["all", "id", "host"])]
pub(super) struct Teardown {
    /// The whole fleet, its network, and an agent that deploy started
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// One decky
    #[arg(long, value_name = "NAME")]
    id: Option<DeckyName>,
    /// What runs on one host of the swarm: its name or its id
    #[arg(long, value_name = "HOST", help_heading = "Swarm")]
    host: Option<String>,
    /// Where the deckies stand: unihost, on this host, or swarm [configuration key: deployment]
    #[arg(short, long, value_name = "MODE", help_heading = "Swarm")]
    mode: Option<String>,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    following: Following,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
struct Report {
    removed: String,
    failures: Vec<decnet_proto::agent::StepFailure>,
    agent_ended: bool,
}

impl Teardown {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let of_swarm = self.host.is_some() || self.controller.is_given() || self.following.is_given();
        let mode = self.mode.as_deref().or(of_swarm.then_some("swarm"));
        context.add_flag("deployment", "--mode", mode);
        self.controller.enter(&mut context)?;
        let config = context.config()?;
        match config.role.deployment {
            Deployment::Swarm => self.of_swarm(&config).await,
            Deployment::Unihost if of_swarm => {
                let text =
                    "--host, --url, --identity, --timeout and --no-wait have no meaning with --mode unihost";
                Err(Misuse(text.to_owned()).into())
            }
            Deployment::Unihost => self.of_host(&context, &config).await,
        }
    }

    /// Has the controller do it.
    async fn of_swarm(self, config: &Config<Master>) -> anyhow::Result<Exit> {
        let controller = reach(config).await?;
        let host_uuid = match &self.host {
            Some(text) => Some(find_host(&controller, text).await?.uuid),
            None => None,
        };
        let is_all = host_uuid.is_none() && self.id.is_none();
        if is_all && !self.confirmation.given("take every decky of every host down")? {
            return Ok(Exit::Failure);
        }
        let accepted = controller.teardown(&SwarmTeardown { host_uuid, decky_id: self.id }).await?;
        follow_and_print(&controller, accepted, self.following, self.format).await
    }

    /// Has the agent of this host do it.
    async fn of_host(self, context: &Context, config: &Config<Master>) -> anyhow::Result<Exit> {
        let state = &config.decnet.state_directory;
        let running = Client::new(&config.decnet.agent_socket).health().await;
        if matches!(running, Err(AgentError::Absent { .. })) && Plans::of(state).latest()?.is_none() {
            note("no agent answers and nothing was ever deployed from here");
            return Ok(Exit::Success);
        }
        let _turn = state.is_dir().then(|| Turn::take(state)).transpose()?;
        let client = ensure_running(context, config).await?;
        if nothing_runs(&client.status().await?) {
            note("no deployment");
        }
        let request = self.id.clone().map_or(TeardownRequest::All, TeardownRequest::Decky);
        let outcome = follow(&client, client.teardown(&request).await?).await?;
        let done = outcome.failures.is_empty();
        let agent_ended = self.all && done && stop_if_ours(context, &client).await?;
        let removed = self.id.map_or("fleet".to_owned(), |name| format!("decky {name}"));
        let report = Report { removed, failures: outcome.failures, agent_ended };
        self.format.print(&report, Report::describe)?;
        report_failures(&report.failures);
        Ok(if done { Exit::Success } else { Exit::Failure })
    }
}

fn nothing_runs(status: &HostStatus) -> bool {
    status.generation.is_none() && status.deckies.is_empty()
}

impl Report {
    fn describe(&self) -> String {
        if !self.failures.is_empty() {
            return String::new();
        }
        let agent = if self.agent_ended { "The agent that deploy started has ended.\n" } else { "" };
        format!("The {} is gone.\n{agent}", self.removed)
    }
}
