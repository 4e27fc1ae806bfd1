//! `doctor`: what the host can do, and what stands in the way.

use decnet_daemon::Exit;
use decnet_proto::agent::{Check, Verdict};

use super::Context;
use crate::{
    agent::{AgentError, Client},
    checks,
    failure::note,
    output::Format,
};

#[derive(clap::Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    format: Format,
}

impl Doctor {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let config = context.config()?;
        let checks = match Client::new(&config.decnet.agent_socket).doctor().await {
            Ok(checks) => checks,
            Err(error @ (AgentError::Absent { .. } | AgentError::Forbidden { .. })) => {
                note(&format!("{error}; these are the checks that need none"));
                checks::local(context, &config, &context.agent_config()?).await
            }
            Err(error) => return Err(error.into()),
        };
        self.format.print(checks.as_slice(), describe)?;
        let stands_in_the_way = checks.iter().any(|check| check.verdict == Verdict::Fail);
        Ok(if stands_in_the_way { Exit::Failure } else { Exit::Success })
    }
}

fn describe(checks: &[Check]) -> String {
    let lines = checks.iter().map(|check| {
        let verdict = match check.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let remedy = check.remedy.as_ref().map(|remedy| format!("\n      {remedy}")).unwrap_or_default();
        format!("{verdict}  {}: {}{remedy}\n", check.name, check.found)
    });
    lines.collect()
}
