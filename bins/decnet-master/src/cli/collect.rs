//! `collect`: where events are written.

use decnet_daemon::Exit;
use decnet_proto::agent::{CollectRequest, CollectorStatus};

use super::Context;
use crate::{agent::ensure_running, output::Format};

#[derive(clap::Args)]
pub(super) struct Collect {
    /// File of the events, absolute; the JSON records stand beside it [configuration key: ingest-log-file]
    #[arg(short = 'f', long, value_name = "FILE")]
    log_file: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl Collect {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let config = context.config_with("ingest-log-file", "--log-file", self.log_file.as_deref())?;
        let client = ensure_running(&context, &config).await?;
        let log_file = config.decnet.ingest_log_file.display().to_string();
        let status = client.collect(&CollectRequest { log_file }).await?;
        self.format.print(&status, describe)?;
        Ok(Exit::Success)
    }
}

/// The collector in one line.
pub(super) fn describe(status: &CollectorStatus) -> String {
    let CollectorStatus { log_file, json_file, streams, lines, artifacts, gaps } = status;
    format!(
        "Collector  {log_file}, {json_file}: {streams} containers read, {lines} lines, {artifacts} artifacts, {gaps} gaps\n"
    )
}
