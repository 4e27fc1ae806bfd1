//! A rollout, as who asked for it sees it come and end.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{operator::OperationView, releases::UpdateOutcome};

use super::stage::Stage;
use crate::{process, wait};

/// How long a rollout is followed, in seconds, as its command has it.
const PATIENCE: &str = "400";

/// Between two looks at a rollout that goes on.
const LOOK: Duration = Duration::from_millis(100);

/// What came of a rollout.
#[derive(Debug)]
pub(super) struct Rollout {
    /// How the command ended.
    pub(super) code: Option<i32>,
    /// How it ended on each host.
    pub(super) view: OperationView,
    /// What the command said besides.
    pub(super) said: String,
    /// How it stood from look to look.
    pub(super) looks: Vec<OperationView>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Rollout {
    /// Whether it ended so, host by host, and the command with this code.
    pub(super) fn ended(&self, code: i32, expected: &[(&str, UpdateOutcome)]) -> Result<()> {
        let shown = || format!("{:?}; {}", self.view.results, self.said.trim());
        for (host, outcome) in expected {
            let of_host = self.view.results.iter().find(|result| result.host_name == *host);
            let found = of_host.and_then(|result| result.outcome);
            ensure!(found == Some(*outcome), "{host} ended as {found:?}, not {outcome:?}: {}", shown());
        }
        let count = self.view.results.len();
        ensure!(count == expected.len(), "{count} hosts were tried: {}", shown());
        ensure!(self.code == Some(code), "the command ended with {:?}: {}", self.code, shown());
        Ok(())
    }

    /// What is said of a host, in a line.
    pub(super) fn detail(&self, host: &str) -> &str {
        let of_host = self.view.results.iter().find(|result| result.host_name == host);
        of_host.map_or("", |result| &result.detail)
    }
}

impl Stage {
    /// Has the master bring these files to hosts, with these arguments of `swarm update` besides, the hosts
    /// among them. The command ends when the rollout does; that is looked at meanwhile.
    pub(super) fn bring(&self, files: &[&Path], arguments: &[&str]) -> Result<Rollout> {
        let mut command = self.swarm.operator(["swarm", "update", "--json", "--timeout", PATIENCE])?;
        for file in files {
            command.arg("--release").arg(file);
        }
        self.follow(command.args(arguments))
    }

    /// Has the master take a host back to the release before.
    pub(super) fn take_back(&self, host: &str) -> Result<Rollout> {
        let arguments = ["swarm", "rollback", "--json", "--timeout", PATIENCE, "--host", host];
        self.follow(&mut self.swarm.operator(arguments)?)
    }

    fn follow(&self, command: &mut Command) -> Result<Rollout> {
        let begun = Instant::now();
        let before = self.newest()?.map(|view| view.id);
        let shown = process::shown(command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {shown}"))?;
        let mut looks = Vec::new();
        while child.try_wait().context("waiting for a rollout")?.is_none() {
            looks.extend(self.newest()?.filter(|view| Some(view.id) != before));
            wait::pause(LOOK);
        }
        let output = child.wait_with_output().context("hearing what a rollout said")?;
        let view = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{shown}: reading {:?}", process::both(&output)))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Rollout { code: output.status.code(), view, said, looks, took: begun.elapsed() })
    }

    /// The operation that was asked for last.
    fn newest(&self) -> Result<Option<OperationView>> {
        let list: Vec<OperationView> = self.swarm.ask(&["swarm", "operations", "--limit", "1", "--json"])?;
        Ok(list.into_iter().next())
    }
}
