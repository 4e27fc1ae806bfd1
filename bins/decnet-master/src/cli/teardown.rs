//! `teardown`: takes deckies down.

use decnet_daemon::{Exit, lock::RoleLock};
use decnet_proto::{
    agent::{HostStatus, TeardownRequest},
    ids::DeckyName,
};
use serde::Serialize;

use super::{Context, deploy::report_failures};
use crate::{
    agent::{AgentError, Client, ensure_running, follow, stop_if_ours},
    failure::note,
    fleet::Plans,
    output::Format,
};

#[derive(clap::Args)]
#[group(id = "what", required = true, multiple = false, args = ["all", "id"])]
pub(super) struct Teardown {
    /// The whole fleet, its network, and an agent that deploy started
    #[arg(long)]
    all: bool,
    /// One decky
    #[arg(long, value_name = "NAME")]
    id: Option<DeckyName>,
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
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let config = context.config()?;
        let state = &config.decnet.state_directory;
        let running = Client::new(&config.decnet.agent_socket).health().await;
        if matches!(running, Err(AgentError::Absent { .. })) && Plans::of(state).latest()?.is_none() {
            note("no agent answers and nothing was ever deployed from here");
            return Ok(Exit::Success);
        }
        let _alone = state.is_dir().then(|| RoleLock::acquire(state, "deployment")).transpose()?;
        let client = ensure_running(context, &config).await?;
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
