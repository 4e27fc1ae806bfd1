//! `swarm operations`: what was asked for, and how it goes.

use decnet_daemon::Exit;
use decnet_proto::swarm::operator::{Accepted, OperationView, OperationsQuery, ResultState};

use super::{ControllerFlags, Following, follow_and_print, print_operation};
use crate::{
    cli::Context,
    output::{Format, moment, table, word},
};

#[derive(clap::Args)]
pub(super) struct Operations {
    /// Number of one operation; without it, the newest are listed
    #[arg(value_name = "NUMBER")]
    id: Option<u64>,
    /// Follow it to its end, and exit as whoever asked for it would have
    #[arg(long, requires = "id")]
    follow: bool,
    /// Follow it for at most so many seconds [default: 900]
    #[arg(long, value_name = "SECONDS", requires = "follow", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: Option<u32>,
    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with = "id")]
    limit: u32,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Operations {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        match self.id {
            None => {
                let operations = controller.operations(OperationsQuery { limit: self.limit }).await?;
                self.format.print(operations.as_slice(), describe)?;
            }
            Some(operation) if self.follow => {
                let following = Following { timeout: self.timeout, no_wait: false };
                return follow_and_print(&controller, Accepted { operation }, following, self.format).await;
            }
            Some(id) => print_operation(&controller.operation(id, None).await?, self.format)?,
        }
        Ok(Exit::Success)
    }
}

fn describe(operations: &[OperationView]) -> String {
    if operations.is_empty() {
        return "No operations.\n".to_owned();
    }
    let rows = operations.iter().map(|operation| {
        [
            operation.id.to_string(),
            word(&operation.kind),
            operation.actor.clone(),
            moment(operation.created_at),
            operation.finished_at.map_or_else(|| "goes on".to_owned(), moment),
            hosts(operation),
        ]
    });
    table(["Number", "What", "Who", "Asked", "Ended", "Hosts"], rows)
}

/// How many hosts are in which state: `2 done, 1 failed`.
fn hosts(operation: &OperationView) -> String {
    use ResultState::{Done, Failed, Running, Superseded, Untried, Waiting};
    let count = |state| {
        let number = operation.results.iter().filter(|result| result.state == state).count();
        (number > 0).then(|| format!("{number} {}", word(&state)))
    };
    let counts = [Done, Failed, Running, Waiting, Superseded, Untried].into_iter().filter_map(count);
    counts.collect::<Vec<_>>().join(", ")
}
