//! Following an operation of the swarm.

use std::{collections::BTreeSet, time::Duration};

use decnet_proto::{
    agent::OperationQuery,
    ids::HostId,
    swarm::operator::{Accepted, HostResult, OperationView, ResultState},
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{Controller, ControllerError};
use crate::{
    failure::note,
    output::{Progress, plain},
};

/// Pause before a controller that went away is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Pause between two looks at an operation that does not change: a controller that does not wait
/// for news must not be asked without end.
const BREATH: Duration = Duration::from_millis(100);

/// What came of following.
#[derive(Debug)]
pub(crate) enum Followed {
    /// Every host has done it, or failed at it.
    Settled(OperationView),
    /// Time ran out; this is how it is.
    Late(OperationView),
}

/// Follows an operation until every host has done it or failed at it, for at most `patience`,
/// showing how it goes. A controller that starts anew meanwhile is waited for.
///
/// # Errors
/// The controller refuses, or nothing of the operation was ever heard.
pub(crate) async fn follow(
    controller: &Controller,
    accepted: Accepted,
    patience: Duration,
) -> Result<Followed, ControllerError> {
    let deadline = Instant::now() + patience;
    let mut progress = Progress::new();
    let followed = watch(controller, accepted, deadline, &mut progress).await;
    progress.finish();
    followed
}

async fn watch(
    controller: &Controller,
    accepted: Accepted,
    deadline: Instant,
    progress: &mut Progress,
) -> Result<Followed, ControllerError> {
    let mut failed = BTreeSet::new();
    let mut view = ask(controller, accepted, None, deadline).await?;
    loop {
        show(progress, &view);
        if is_settled(&view, &mut failed) {
            return Ok(Followed::Settled(view));
        }
        let seen = OperationQuery { after: view.revision };
        match timeout_at(deadline, ask(controller, accepted, Some(seen), deadline)).await {
            Ok(Ok(news)) => {
                if news.revision == view.revision {
                    sleep(BREATH).await;
                }
                view = news;
            }
            Ok(Err(error)) if error.is_passing() => return Ok(Followed::Late(view)),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Ok(Followed::Late(view)),
        }
    }
}

/// Asks until there is an answer: a controller that crashed goes on where it was.
async fn ask(
    controller: &Controller,
    accepted: Accepted,
    seen: Option<OperationQuery>,
    deadline: Instant,
) -> Result<OperationView, ControllerError> {
    let mut is_told = false;
    loop {
        match controller.operation(accepted.operation, seen).await {
            Err(error) if error.is_passing() && Instant::now() + PAUSE < deadline => {
                if !is_told {
                    note(&format!("{error}; asking again"));
                    is_told = true;
                }
                sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

/// Whether there is nothing to wait for. A host that failed is tried again by the master; who
/// failed once is not waited for.
fn is_settled(view: &OperationView, failed: &mut BTreeSet<HostId>) -> bool {
    let with_state = |state| view.results.iter().filter(move |result| result.state == state);
    failed.extend(with_state(ResultState::Failed).map(|result| result.host_uuid));
    let is_over = |result: &HostResult| match result.state {
        ResultState::Done | ResultState::Failed | ResultState::Superseded | ResultState::Untried => true,
        ResultState::Waiting | ResultState::Running => failed.contains(&result.host_uuid),
    };
    view.finished_at.is_some() || (!view.results.is_empty() && view.results.iter().all(is_over))
}

fn show(progress: &mut Progress, view: &OperationView) {
    let total = view.results.iter().map(|result| result.steps.0).sum();
    let done = view.results.iter().map(|result| result.steps.1).sum();
    let busy = view.results.iter().filter(|result| result.state == ResultState::Running);
    let current: Vec<_> = busy.map(|result| format!("{}: {}", result.host_name, result.detail)).collect();
    progress.show(done, total, &plain(&current.join("; ")));
}

#[cfg(test)]
mod tests {
    use decnet_proto::swarm::operator::OperationKind;

    use super::*;

    fn view(states: &[ResultState]) -> OperationView {
        let result = |(number, state): (u8, &ResultState)| HostResult {
            host_uuid: format!("0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a{number:02x}").parse().expect("an id"),
            host_name: format!("edge-{number}"),
            state: *state,
            steps: (3, 1),
            detail: String::new(),
            failures: Vec::new(),
            outcome: None,
            output: String::new(),
        };
        OperationView {
            id: 1,
            revision: 1,
            kind: OperationKind::Deploy,
            actor: "token".to_owned(),
            created_at: 0,
            finished_at: None,
            results: (1..).zip(states).map(result).collect(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn who_failed_once_is_not_waited_for() {
        use ResultState::{Done, Failed, Running, Superseded, Waiting};
        let mut failed = BTreeSet::new();
        assert!(!is_settled(&view(&[Failed, Running]), &mut failed));
        assert!(!is_settled(&view(&[Running, Waiting]), &mut failed));
        assert!(is_settled(&view(&[Running, Done]), &mut failed), "the first failed before");
        assert!(is_settled(&view(&[Done, Superseded]), &mut BTreeSet::new()));
        assert!(!is_settled(&view(&[]), &mut BTreeSet::new()), "nothing is known yet");
        let over = OperationView { finished_at: Some(7), ..view(&[]) };
        assert!(is_settled(&over, &mut BTreeSet::new()));
    }
}
