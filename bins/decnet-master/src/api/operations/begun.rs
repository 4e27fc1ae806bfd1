//! What was taken on through this API, on a single host: the agent there keeps a number only.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_proto::{
    agent::{Accepted, OperationQuery, OperationStatus, StepFailure},
    api::{FleetOperation, HostProgress},
    swarm::operator::{OperationKind, ResultState},
};
use tokio::sync::watch;

use crate::{
    agent::{AgentError, Client},
    deployment::Turn,
    output::now,
};

/// Operations that are remembered.
const KEPT: usize = 64;

/// How long is waited for news.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pause before an agent that has no news is asked again: one that does not wait for them must not be asked
/// without end.
const BREATH: Duration = Duration::from_millis(100);

/// What was taken on. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct Begun(Arc<Mutex<BTreeMap<u64, watch::Receiver<FleetOperation>>>>);

/// What is known of an operation beside how it goes.
#[derive(Clone, Debug)]
pub(in crate::api) struct Charge {
    /// What it does.
    pub(in crate::api) kind: OperationKind,
    /// Who asked for it.
    pub(in crate::api) actor: String,
    /// Lines about the fleet.
    pub(in crate::api) notes: Vec<String>,
}

impl Begun {
    /// Follows an operation to its end, and answers with its number. Nobody else has the turn before that.
    pub(in crate::api) fn follow(
        &self,
        client: Client,
        accepted: Accepted,
        charge: Charge,
        turn: Turn,
    ) -> u64 {
        let id = accepted.operation;
        let (tell, told) = watch::channel(charge.begin(id));
        let mut known = self.known();
        known.insert(id, told);
        while known.len() > KEPT {
            known.pop_first();
        }
        drop(known);
        tokio::spawn(async move {
            let ended = follow(&client, accepted, &tell).await;
            // Whoever hears that it is over may begin the next one.
            drop(turn);
            tell.send_modify(|view| match ended {
                Ok(status) => take(view, status),
                Err(error) => lose(view, &error),
            });
            log(&tell.borrow());
        });
        id
    }

    /// The newest, at most so many.
    pub(super) fn list(&self, most: u32) -> Vec<FleetOperation> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.known().values().rev().take(most).map(|told| told.borrow().clone()).collect()
    }

    /// How an operation goes, as soon as there is more to tell than `after` or [`PATIENCE`] is over.
    pub(super) async fn news(&self, id: u64, after: u64) -> Option<FleetOperation> {
        let mut told = self.known().get(&id)?.clone();
        let is_news = told.wait_for(|view| view.revision > after || view.finished_at.is_some());
        // Without news what is known counts.
        let _ = tokio::time::timeout(PATIENCE, is_news).await;
        let latest = told.borrow().clone();
        Some(latest)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, watch::Receiver<FleetOperation>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells how it goes until it is over, and answers with how it ended.
async fn follow(
    client: &Client,
    accepted: Accepted,
    tell: &watch::Sender<FleetOperation>,
) -> Result<OperationStatus, AgentError> {
    let mut seen = OperationQuery::default();
    loop {
        let status = client.operation(&accepted, seen).await?;
        if status.finished {
            return Ok(status);
        }
        if status.revision == seen.after {
            tokio::time::sleep(BREATH).await;
            continue;
        }
        seen.after = status.revision;
        tell.send_modify(|view| take(view, status));
    }
}

fn log(FleetOperation { id, actor, results, .. }: &FleetOperation) {
    let failures: usize = results.iter().map(|result| result.failures.len()).sum();
    tracing::info!("operation {id} of {actor} has ended with {failures} failures");
}

impl Charge {
    fn begin(self, id: u64) -> FleetOperation {
        let Self { kind, actor, notes } = self;
        let progress = HostProgress {
            host: None,
            host_uuid: None,
            state: ResultState::Waiting,
            total: 0,
            done: 0,
            detail: String::new(),
            failures: Vec::new(),
            outcome: None,
            output: String::new(),
        };
        let results = vec![progress];
        FleetOperation { id, revision: 1, kind, actor, created_at: now(), finished_at: None, results, notes }
    }
}

/// Takes over what the agent says.
fn take(view: &mut FleetOperation, status: OperationStatus) {
    view.revision = status.revision.max(view.revision + 1);
    view.finished_at = status.finished.then(now);
    for progress in &mut view.results {
        progress.state = match (status.finished, status.failures.is_empty()) {
            (false, _) => ResultState::Running,
            (true, true) => ResultState::Done,
            (true, false) => ResultState::Failed,
        };
        (progress.total, progress.done) = (status.total, status.done);
        progress.detail.clone_from(&status.current);
        progress.failures.clone_from(&status.failures);
    }
}

/// Nobody tells any more how it ends.
fn lose(view: &mut FleetOperation, error: &AgentError) {
    view.revision += 1;
    view.finished_at = Some(now());
    for progress in &mut view.results {
        progress.state = ResultState::Failed;
        progress.failures.push(StepFailure {
            subject: "agent".to_owned(),
            step: progress.detail.clone(),
            error: format!("it is not known how it ended: {error}"),
        });
    }
}
