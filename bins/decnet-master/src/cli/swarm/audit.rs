//! `swarm audit`: who did what.

use decnet_daemon::Exit;
use decnet_proto::swarm::operator::{AuditEntry, OperationsQuery};

use super::ControllerFlags;
use crate::{
    cli::Context,
    output::{Format, moment, table},
};

#[derive(clap::Args)]
pub(super) struct Audit {
    /// At most so many entries, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Audit {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let entries = controller.audit(OperationsQuery { limit: self.limit }).await?;
        self.format.print(entries.as_slice(), describe)?;
        Ok(Exit::Success)
    }
}

fn describe(entries: &[AuditEntry]) -> String {
    let rows = entries.iter().map(|entry| {
        [
            moment(entry.at),
            entry.actor.clone(),
            entry.from.clone(),
            entry.action.clone(),
            entry.subject.clone(),
            if entry.allowed { "yes" } else { "refused" }.to_owned(),
        ]
    });
    table(["When", "Who", "From", "What", "To what", "Allowed"], rows)
}
