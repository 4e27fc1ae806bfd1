//! What came of an operation on each host.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use decnet_daemon::Exit;
use decnet_proto::{
    agent::StepFailure,
    swarm::operator::{Accepted, HostResult, OperationKind, OperationView, ResultState},
};

use crate::{
    controller::{Controller, Followed, follow},
    failure::note,
    output::{Format, plain, table, word},
};

/// How long an operation is followed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Following {
    /// Follow the operation for at most so many seconds; it goes on by itself [default: 900]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400), help_heading = "Swarm")]
    pub(crate) timeout: Option<u32>,
    /// Do not follow the operation: print its number
    #[arg(long, conflicts_with = "timeout", help_heading = "Swarm")]
    pub(crate) no_wait: bool,
}

/// How long an operation is followed when nobody says, in seconds.
const PATIENCE: u32 = 900;

impl Following {
    /// Whether any of it was said.
    pub(crate) const fn is_given(self) -> bool {
        self.timeout.is_some() || self.no_wait
    }

    fn patience(self) -> Duration {
        Duration::from_secs(u64::from(self.timeout.unwrap_or(PATIENCE)))
    }
}

/// Follows an operation, prints what came of it on each host, and says how to exit: with a failure
/// when it failed on any of them, or time ran out.
pub(crate) async fn follow_and_print(
    controller: &Controller,
    accepted: Accepted,
    following: Following,
    format: Format,
) -> anyhow::Result<Exit> {
    if following.no_wait {
        format.print(&accepted, |accepted| {
            let id = accepted.operation;
            format!("Operation {id} was taken on: `decnet-master swarm operations {id} --follow` tells how it goes.\n")
        })?;
        return Ok(Exit::Success);
    }
    let (view, is_late) = match follow(controller, accepted, following.patience()).await? {
        Followed::Settled(view) => (view, false),
        Followed::Late(view) => (view, true),
    };
    print_operation(&view, format)?;
    if is_late {
        let id = view.id;
        note(&format!("operation {id} goes on: `decnet-master swarm operations {id} --follow` tells how"));
        return Ok(Exit::Failure);
    }
    let all_done = view.results.iter().all(|result| result.state == ResultState::Done);
    Ok(if all_done { Exit::Success } else { Exit::Failure })
}

/// Prints an operation host by host, with each failure on stderr.
pub(crate) fn print_operation(view: &OperationView, format: Format) -> anyhow::Result<()> {
    format.print(view, describe)?;
    for result in &view.results {
        for StepFailure { subject, step, error } in &result.failures {
            let text = format!("failed: {}: {subject}: {step}: {error}", result.host_name);
            // There is nowhere left to complain to.
            let _ = writeln!(io::stderr(), "{}", plain(&text));
        }
        for line in result.output.lines().filter(|_| is_told(result)) {
            let _ = writeln!(io::stderr(), "{}: {}", result.host_name, plain(line));
        }
    }
    Ok(())
}

/// Whether the host's own words are of use: where it went as it should, nobody asks.
fn is_told(result: &HostResult) -> bool {
    result.state != ResultState::Done
}

fn describe(view: &OperationView) -> String {
    match view.kind {
        OperationKind::Update | OperationKind::Rollback => describe_update(view),
        OperationKind::Deploy
        | OperationKind::Teardown
        | OperationKind::Panic
        | OperationKind::Decommission => describe_fleet(view),
    }
}

fn describe_update(view: &OperationView) -> String {
    let rows = view.results.iter().map(|result| {
        let outcome = result.outcome.as_ref().map_or_else(|| word(&result.state), word);
        [result.host_name.clone(), outcome.replace('_', " "), plain(&result.detail)]
    });
    with_notes(table(["Host", "Outcome", "Detail"], rows), view)
}

fn describe_fleet(view: &OperationView) -> String {
    let rows = view.results.iter().map(|result| {
        let (total, done) = result.steps;
        [
            result.host_name.clone(),
            word(&result.state),
            format!("{done}/{total}"),
            result.failures.len().to_string(),
            result.detail.clone(),
        ]
    });
    let text = match view.results.is_empty() {
        true => "No host had anything to do.\n".to_owned(),
        false => table(["Host", "State", "Steps", "Failures", "Detail"], rows),
    };
    with_notes(text, view)
}

fn with_notes(mut text: String, view: &OperationView) -> String {
    for note in &view.notes {
        text += &format!("note: {}\n", plain(note));
    }
    text
}
