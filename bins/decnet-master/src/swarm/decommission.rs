//! A host leaves: it is shut out at once, what runs on it is taken down if it can be reached, and
//! then it is forgotten.

use std::{sync::Arc, time::Duration};

use decnet_proto::{
    agent::StepFailure,
    ids::HostId,
    swarm::operator::{HostState, OperationKind, Profile, ResultState, ShardState},
};
use decnet_store::{Host, Revoke, StoreError};

use super::{
    agents::{Agent, AskError},
    caller::Actor,
    controller::Controller,
    operations::{Journal, Task, Word},
    reconcile::Pass,
    refusal::{Refusal, chain},
};

/// How long a host has to take everything down.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often a host that does not answer is asked, and how long it is waited between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Most deckies that a note names.
const NAMED: usize = 50;

/// Failed steps, in a line.
fn told(first: &StepFailure, count: usize) -> String {
    format!("{count} steps failed; the first: {}: {}: {}", first.subject, first.step, first.error)
}

impl Controller {
    /// Takes a host out of the swarm. When this returns, it is let in nowhere.
    pub(super) async fn decommission(
        self: &Arc<Self>,
        actor: &Actor,
        host: HostId,
        wipe: bool,
    ) -> Result<u64, Refusal> {
        let _turn = self.deciding.lock().await;
        let known = self.store.host_by_id(host).await?;
        let known = known.ok_or_else(|| Refusal::NoHost(host.to_string()))?;
        let leaves = OperationKind::Decommission;
        if known.view.status == HostState::Leaving
            && let Some(task) = self.open.task(host).filter(|task| task.kind == leaves)
        {
            return Ok(task.operation);
        }
        let journal = Journal { wipe, ..Journal::default() };
        let operation = self.begin(leaves, actor, journal, vec![host]).await?;
        self.store.host_state(host, HostState::Leaving, self.now()).await?;
        self.shut_out(host).await?;
        // Whatever is under way there is broken off.
        self.wanted.send_modify(|_| {});
        self.poke(host);
        Ok(operation)
    }

    /// Lets the host in nowhere any more. The master itself can still reach its agent.
    async fn shut_out(&self, host: HostId) -> Result<(), StoreError> {
        let now = self.now();
        for known in self.store.certificate_good(now).await? {
            let certificate = known.certificate;
            if certificate.identity.host == host && certificate.profile != Profile::AgentServer {
                let why = "the host is leaving the swarm".to_owned();
                self.store.certificate_revoke(Revoke::Fingerprint(certificate.fingerprint), why, now).await?;
            }
        }
        self.refresh().await
    }

    /// Sees a host that is leaving out of the swarm.
    pub(super) async fn leave(&self, host: &Host) -> Pass {
        match self.see_out(host).await {
            Ok(()) => Pass::Gone,
            Err(error) => Pass::Failed(chain(&error)),
        }
    }

    async fn see_out(&self, host: &Host) -> Result<(), StoreError> {
        let id = host.view.uuid;
        let task = self.open.task(id).filter(|task| task.kind == OperationKind::Decommission);
        // A crash may have come before it.
        self.shut_out(id).await?;
        let emptied = tokio::time::timeout(PATIENCE, self.empty(host, task.as_ref())).await;
        let why = match emptied {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(format!("not all was taken down within {} s", PATIENCE.as_secs())),
        };
        self.store.host_remove(id, self.now()).await?;
        self.refresh().await?;
        tracing::warn!(host = %host.view.name, "the host has left the swarm");
        self.tell_end(task.as_ref(), id, why).await
    }

    async fn tell_end(&self, task: Option<&Task>, id: HostId, why: Option<String>) -> Result<(), StoreError> {
        let left = self.store.shard_list(Some(id), Some(ShardState::LeftBehind)).await?;
        let detail = match (&why, left.len()) {
            (None, 0) => "it has left, and nothing runs on it".to_owned(),
            (Some(why), 0) => format!("it has left; what runs on it is not known: {why}"),
            (None, count) => format!("it has left; {count} deckies are left behind"),
            (Some(why), count) => format!("it has left; {count} deckies are left behind: {why}"),
        };
        if let (Some(task), false) = (task, left.is_empty()) {
            let names: Vec<_> =
                left.iter().take(NAMED).map(|shard| format!("{} ({})", shard.decky_name, shard.ip)).collect();
            let more = if left.len() > NAMED { ", …" } else { "" };
            self.note(task.operation, format!("left behind: {}{more}", names.join(", "))).await?;
        }
        self.tell(task, id, Word::new(ResultState::Done, detail)).await
    }

    /// Has the host run nothing.
    async fn empty(&self, host: &Host, task: Option<&Task>) -> Result<(), String> {
        if host.view.enrolled_at.is_none() {
            return Ok(());
        }
        let agent = self.agent(host).map_err(|error| error.text())?;
        let wipe = task.is_some_and(|task| task.journal.wipe);
        let mut silent = 0;
        loop {
            match self.empty_once(&agent, wipe, task).await {
                Ok(failures) => {
                    return failures.first().map_or(Ok(()), |first| Err(told(first, failures.len())));
                }
                Err(error) if error.is_busy() => {}
                Err(error) if error.is_answer() => return Err(error.text()),
                Err(error) => {
                    silent += 1;
                    if silent == ATTEMPTS {
                        return Err(error.text());
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Has the host take everything down once; what failed there.
    async fn empty_once(
        &self,
        agent: &Agent<'_>,
        wipe: bool,
        task: Option<&Task>,
    ) -> Result<Vec<StepFailure>, AskError> {
        agent.health().await?;
        let accepted = if wipe { agent.decommission().await? } else { agent.teardown().await? };
        let mut after = 0;
        loop {
            let status = agent.operation(accepted.operation, after).await?;
            after = status.revision;
            let steps = (status.total, status.done);
            let word = Word { steps, ..Word::new(ResultState::Running, status.current) };
            self.noted(self.tell(task, agent.host(), word).await);
            if !status.finished {
                continue;
            }
            if status.failures.is_empty() {
                let gone = self.store.shard_observe(agent.host(), None, Vec::new(), self.now()).await;
                self.noted(gone.map(drop));
            } else if let Ok(now) = agent.status().await {
                self.noted(self.observed(agent.host(), &now).await);
            }
            return Ok(status.failures);
        }
    }

    /// That something could not be noted keeps no host in the swarm.
    fn noted(&self, done: Result<(), StoreError>) {
        if let Err(error) = done {
            tracing::error!("cannot note how a host leaves: {}", chain(&error));
        }
    }
}
