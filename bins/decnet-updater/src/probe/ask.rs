//! Asking the programs of the worker how they are.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use decnet_api::{
    client::{CallError, Client, Way},
    status::STATUS_PATH,
};
use decnet_proto::{
    agent,
    problem::chain,
    swarm::updater::{Running, Seen},
};
use serde::Deserialize;

use super::Both;

/// How long one may take to answer: the agent waits five seconds for Docker.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the programs of a worker are asked.
#[derive(Clone, Debug)]
pub struct Places {
    /// Socket of the agent.
    pub agent: PathBuf,
    /// Where the forwarder tells how it goes; none where it is told to tell nobody.
    pub forwarder: Option<SocketAddr>,
}

/// As much of the forwarder's report as is looked at.
#[derive(Deserialize)]
struct Report {
    program: Option<Running>,
}

impl Places {
    /// What both say.
    pub async fn ask(&self) -> Both<Seen> {
        let (agent, forwarder) = tokio::join!(self.agent(), self.forwarder());
        Both { agent: agent.unwrap_or_else(Seen::Down), forwarder: forwarder.unwrap_or_else(Seen::Down) }
    }

    async fn agent(&self) -> Result<Seen, String> {
        let client = Client::new(Way::Unix(self.agent.clone())).with_patience(PATIENCE);
        let health: Result<agent::Health, CallError> =
            client.get(agent::Route::Health.method(), agent::Route::Health.path()).await;
        let agent::Health { version, pid, release, boot, functions, .. } = health.map_err(|e| chain(&e))?;
        Ok(Seen::Up(Running { version, pid, release, boot, functions }))
    }

    async fn forwarder(&self) -> Result<Seen, String> {
        let address = self.forwarder.ok_or("forwarder-status-port is empty: it tells nobody how it goes")?;
        let client = Client::new(Way::Plain(address.to_string())).with_patience(PATIENCE);
        let report: Result<Report, CallError> = client.get("GET", STATUS_PATH).await;
        let program = report.map_err(|error| chain(&error))?.program;
        program.map(Seen::Up).ok_or_else(|| format!("who answers on {address} is no forwarder"))
    }
}
