//! Operations: journaled before they are begun, ended by the loops of their hosts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_proto::{
    agent::StepFailure,
    ids::HostId,
    swarm::operator::{HostState, OperationKind, OperationView, ResultState},
};
use decnet_store::{Host, NewResult, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{caller::Actor, controller::Controller, refusal::Refusal};

/// How long a caller waits for news at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is kept of a request, to go on with it after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    /// The plan that is wanted from then on.
    #[serde(default)]
    pub(super) generation: u64,
    /// Images are built anew.
    #[serde(default)]
    pub(super) no_cache: bool,
    /// The host that leaves is asked to forget the swarm.
    #[serde(default)]
    pub(super) wipe: bool,
}

/// What the loop of a host is to tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) operation: u64,
    pub(super) kind: OperationKind,
    pub(super) journal: Journal,
}

/// The newest operation of each host, until it is done there.
#[derive(Debug)]
pub(super) struct Open {
    tasks: Mutex<HashMap<HostId, Task>>,
    /// Grows with every change of any operation.
    news: watch::Sender<u64>,
}

impl Default for Open {
    fn default() -> Self {
        Self { tasks: Mutex::default(), news: watch::Sender::new(0) }
    }
}

impl Open {
    /// What the loop of a host is to tell of.
    pub(super) fn task(&self, host: HostId) -> Option<Task> {
        self.tasks().get(&host).cloned()
    }

    /// The operation that works on this very request, if it is the newest everywhere.
    pub(super) fn same(&self, kind: OperationKind, journal: &Journal) -> Option<u64> {
        let tasks = self.tasks();
        let found = tasks.values().find(|task| task.kind == kind && task.journal == *journal)?.operation;
        tasks.values().all(|task| task.operation <= found).then_some(found)
    }

    fn set(&self, host: HostId, task: Task) {
        self.tasks().insert(host, task);
    }

    fn done(&self, host: HostId, operation: u64) {
        let mut tasks = self.tasks();
        if tasks.get(&host).is_some_and(|task| task.operation == operation) {
            tasks.remove(&host);
        }
    }

    pub(super) fn tell(&self) {
        self.news.send_modify(|news| *news += 1);
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<HostId, Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an operation goes on a host, in the words of its loop.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) state: ResultState,
    pub(super) steps: (u32, u32),
    pub(super) detail: String,
    pub(super) failures: Vec<StepFailure>,
}

impl Word {
    pub(super) fn new(state: ResultState, detail: impl Into<String>) -> Self {
        Self { state, steps: (0, 0), detail: detail.into(), failures: Vec::new() }
    }
}

impl Controller {
    /// Takes an operation on that waits on these hosts.
    pub(super) async fn begin(
        &self,
        kind: OperationKind,
        actor: &Actor,
        journal: Journal,
        hosts: Vec<HostId>,
    ) -> Result<u64, Refusal> {
        let request = serde_json::to_string(&journal).map_err(anyhow::Error::from)?;
        let begun = self.store.operation_begin(kind, actor.name.clone(), request, hosts.clone(), self.now());
        let operation = begun.await?;
        let task = Task { operation, kind, journal };
        hosts.iter().for_each(|host| self.open.set(*host, task.clone()));
        if hosts.is_empty() {
            self.store.operation_finish(operation, self.now()).await?;
        }
        self.open.tell();
        Ok(operation)
    }

    /// Says how an operation goes on a host.
    pub(super) async fn tell(&self, task: Option<&Task>, host: HostId, word: Word) -> Result<(), StoreError> {
        let Some(task) = task else { return Ok(()) };
        let Word { state, steps, detail, failures } = word;
        let (outcome, output) = (None, String::new());
        let result = NewResult { host, state, steps, detail, failures, outcome, output };
        let taken = self.store.operation_result(task.operation, result).await?;
        if state == ResultState::Done || !taken {
            self.open.done(host, task.operation);
        }
        if matches!(state, ResultState::Done | ResultState::Failed) {
            self.settle(task.operation).await?;
        }
        self.open.tell();
        Ok(())
    }

    /// Adds a line to an operation.
    pub(super) async fn note(&self, operation: u64, line: String) -> Result<(), StoreError> {
        self.store.operation_note(operation, line).await?;
        self.open.tell();
        Ok(())
    }

    /// An operation that was tried on every host is over.
    async fn settle(&self, operation: u64) -> Result<(), StoreError> {
        let Some(view) = self.store.operation_get(operation).await? else { return Ok(()) };
        let tried = |state| !matches!(state, ResultState::Waiting | ResultState::Running);
        if view.finished_at.is_none() && view.results.iter().all(|result| tried(result.state)) {
            self.store.operation_finish(operation, self.now()).await?;
        }
        Ok(())
    }

    /// How an operation goes, as soon as there is more to tell than `after`.
    pub(super) async fn follow(&self, id: u64, after: u64) -> Result<OperationView, Refusal> {
        let mut news = self.open.news.subscribe();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            news.mark_unchanged();
            let view = self.store.operation_get(id).await?;
            let view = view.ok_or_else(|| Refusal::NoOperation(id.to_string()))?;
            if view.revision > after || view.finished_at.is_some() {
                return Ok(view);
            }
            if tokio::time::timeout_at(deadline, news.changed()).await.is_err() {
                return Ok(view);
            }
        }
    }

    /// Takes up what was begun before the controller ended, and looks after every host.
    pub(super) async fn resume(self: &Arc<Self>) -> anyhow::Result<()> {
        let mut rollouts = Vec::new();
        for unfinished in self.store.operation_unfinished().await? {
            if matches!(unfinished.view.kind, OperationKind::Update | OperationKind::Rollback) {
                rollouts.push(unfinished);
                continue;
            }
            let OperationView { id, kind, results, .. } = unfinished.view;
            let Ok(journal) = serde_json::from_str::<Journal>(&unfinished.request) else {
                tracing::error!("operation {id} cannot be gone on with: its request is malformed");
                self.store.operation_finish(id, self.now()).await?;
                continue;
            };
            tracing::info!("going on with operation {id}");
            let newer = journal.generation > self.wanted.borrow().generation();
            if newer && kind != OperationKind::Decommission {
                self.want(self.plans.read(journal.generation)?).await?;
            }
            let open = |state| !matches!(state, ResultState::Done | ResultState::Superseded);
            for result in results.iter().filter(|result| open(result.state)) {
                self.open.set(result.host_uuid, Task { operation: id, kind, journal: journal.clone() });
            }
            self.settle(id).await?;
        }
        self.look_after(rollouts);
        for host in self.store.host_list(None).await? {
            if host.view.status != HostState::Invited {
                self.poke(host.view.uuid);
            }
        }
        Ok(())
    }

    /// Hosts that are in the swarm and stay, by their names.
    pub(super) async fn members(&self) -> Result<Vec<Host>, StoreError> {
        let mut hosts = self.store.host_list(None).await?;
        hosts.retain(|host| !matches!(host.view.status, HostState::Invited | HostState::Leaving));
        Ok(hosts)
    }
}
