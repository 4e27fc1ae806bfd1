//! The loop of a host: what is wanted of it, beside what it says, until the two are one.
//!
//! It looks when the controller is opened, when something else is wanted, when a heartbeat tells
//! another generation or another boot, and after a failure with growing pauses.

use std::{sync::Arc, time::Duration};

use decnet_proto::{
    agent::{DeployRequest, HostStatus, OperationStatus},
    ids::HostId,
    swarm::operator::{HostState, ResultState},
};
use decnet_store::{Host, Observed, StoreError};
use thiserror::Error;
use tokio::sync::Notify;

use super::{
    agents::{Agent, AskError},
    controller::Controller,
    goal::Goal,
    operations::{Task, Word},
    refusal::chain,
};

/// How often news of an agent's operation are written down at most.
const NEWS: Duration = Duration::from_millis(250);

/// What came of looking at a host.
#[derive(Debug)]
pub(super) enum Pass {
    /// It is as it should be.
    Settled,
    /// Something else is wanted meanwhile.
    Again,
    /// Its agent works on something else.
    Busy,
    /// It is not, for this reason.
    Failed(String),
    /// The host is no longer in the swarm.
    Gone,
}

/// Why a host is not as it should be.
#[derive(Debug, Error)]
pub(super) enum Obstacle {
    /// The agent cannot be asked, or refuses.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The agent works on something else.
    #[error("the agent works on something else")]
    Busy,
    /// Steps failed there.
    #[error("{0} steps failed; the first: {1}")]
    Steps(usize, String),
    /// The agent has accepted a newer plan than any that is wanted.
    #[error("the host has accepted plan {0}, which is newer than any that is wanted")]
    Newer(u64),
    /// The agent has accepted another plan of this number.
    #[error("the host has accepted another plan {0}")]
    Other(u64),
    /// The store failed.
    #[error("cannot keep how it goes")]
    Store(#[from] StoreError),
}

/// Pauses after failures, each twice the one before.
struct Pace {
    bounds: (Duration, Duration),
    next: Duration,
}

impl Pace {
    fn new(bounds: (Duration, Duration)) -> Self {
        Self { bounds, next: bounds.0 }
    }

    fn reset(&mut self) {
        self.next = self.bounds.0;
    }

    fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.bounds.1);
        pause
    }
}

/// Looks after a host for as long as it is in the swarm.
pub(super) async fn run(controller: Arc<Controller>, host: HostId, poke: Arc<Notify>) {
    let mut pace = Pace::new(controller.settings.pauses);
    let mut told = None;
    loop {
        match pass(&controller, host).await {
            Pass::Settled => {
                pace.reset();
                if told.take().is_some() {
                    tracing::info!(%host, "the host is as it should be again");
                }
                poke.notified().await;
            }
            Pass::Again => pace.reset(),
            // It will be over, and somebody may wait for silence.
            Pass::Busy => tokio::time::sleep(controller.settings.pauses.0).await,
            Pass::Failed(reason) => {
                if told.as_ref() != Some(&reason) {
                    tracing::warn!(%host, "the host is not as it should be: {reason}");
                    told = Some(reason);
                }
                tokio::select! {
                    () = tokio::time::sleep(pace.next()) => {}
                    () = poke.notified() => {}
                }
            }
            Pass::Gone => return controller.loops.ended(host),
        }
    }
}

async fn pass(controller: &Arc<Controller>, id: HostId) -> Pass {
    let host = match controller.store.host_by_id(id).await {
        Ok(Some(host)) => host,
        Ok(None) => return Pass::Gone,
        Err(error) => return Pass::Failed(chain(&error)),
    };
    match host.view.status {
        HostState::Leaving => return controller.leave(&host).await,
        HostState::Invited => return Pass::Settled,
        HostState::Enrolled | HostState::Active | HostState::Unreachable => {}
    }
    let mut wanted = controller.wanted.subscribe();
    let Some(goal) = wanted.borrow_and_update().of(id) else { return Pass::Settled };
    let task = controller.open.task(id);
    let work = Work { controller, host: &host, goal: &goal, task: task.as_ref() };
    let done = tokio::select! {
        biased;
        _ = wanted.changed() => return Pass::Again,
        done = work.achieve() => done,
    };
    match done {
        Ok(()) => Pass::Settled,
        Err(Obstacle::Newer(generation) | Obstacle::Other(generation)) => {
            match controller.renumber(generation).await {
                Ok(()) => Pass::Again,
                Err(error) => Pass::Failed(format!("{error:#}")),
            }
        }
        Err(obstacle) => work.failed(obstacle).await,
    }
}

/// One look at a host.
struct Work<'a> {
    controller: &'a Controller,
    host: &'a Host,
    goal: &'a Goal,
    task: Option<&'a Task>,
}

impl Work<'_> {
    async fn achieve(&self) -> Result<(), Obstacle> {
        let agent = self.controller.agent(self.host)?;
        let status = agent.status().await?;
        self.controller.observed(self.id(), &status).await?;
        let fresh = self.task.is_some_and(|task| task.journal.no_cache);
        if !fresh && self.goal.is_met_by(&status, self.task.is_none()) {
            return self.done((0, 0)).await;
        }
        let accepted = match self.goal {
            Goal::Nothing => agent.teardown().await,
            Goal::Plan(plan) => {
                self.sound(&status, plan.generation)?;
                let plan = plan.as_ref().clone();
                agent.deploy(&DeployRequest { plan, no_cache: fresh, parallel: None }).await
            }
        };
        let accepted = match accepted {
            Err(error) if error.is_busy() => return Err(Obstacle::Busy),
            Err(AskError::Call(decnet_api::client::CallError::Refused(problem)))
                if problem.title == decnet_proto::agent::PLAN_REFUSED && problem.status == 409 =>
            {
                return Err(Obstacle::Other(status.generation.unwrap_or(0)));
            }
            accepted => accepted?,
        };
        let last = self.follow(&agent, accepted.operation).await?;
        let status = agent.status().await?;
        self.controller.observed(self.id(), &status).await?;
        self.judge(last).await
    }

    /// A plan that is older than what the host has accepted need not be sent.
    fn sound(&self, status: &HostStatus, generation: u64) -> Result<(), Obstacle> {
        match status.generation {
            Some(accepted) if accepted > generation => Err(Obstacle::Newer(accepted)),
            _ => Ok(()),
        }
    }

    /// Follows an operation of the agent to its end.
    async fn follow(&self, agent: &Agent<'_>, operation: u64) -> Result<OperationStatus, Obstacle> {
        let mut after = 0;
        loop {
            let status = agent.operation(operation, after).await?;
            if status.finished {
                return Ok(status);
            }
            after = status.revision;
            let steps = (status.total, status.done);
            let word = Word { steps, ..Word::new(ResultState::Running, status.current) };
            self.controller.tell(self.task, self.id(), word).await?;
            tokio::time::sleep(NEWS).await;
        }
    }

    /// What an ended operation of the agent comes to.
    async fn judge(&self, last: OperationStatus) -> Result<(), Obstacle> {
        let steps = (last.total, last.done);
        if last.failures.is_empty() {
            return self.done(steps).await;
        }
        if let Goal::Plan(plan) = self.goal {
            let failed = last.failures.iter().filter_map(|failure| {
                Some((failure.subject.parse().ok()?, format!("{}: {}", failure.step, failure.error)))
            });
            let (failed, now) = (failed.collect(), self.controller.now());
            self.controller.store.shard_failed(self.id(), plan.generation, failed, now).await?;
        }
        let (count, first) = (last.failures.len(), last.failures.first());
        let first = first.map(|failure| format!("{}: {}: {}", failure.subject, failure.step, failure.error));
        let obstacle = Obstacle::Steps(count, first.unwrap_or_default());
        let detail = obstacle.to_string();
        let word = Word { steps, failures: last.failures, ..Word::new(ResultState::Failed, detail) };
        self.controller.tell(self.task, self.id(), word).await?;
        Err(obstacle)
    }

    async fn done(&self, steps: (u32, u32)) -> Result<(), Obstacle> {
        let detail = match self.goal {
            Goal::Plan(plan) => format!("runs plan {}", plan.generation),
            Goal::Nothing => "runs nothing".to_owned(),
        };
        let word = Word { steps, ..Word::new(ResultState::Done, detail) };
        Ok(self.controller.tell(self.task, self.id(), word).await?)
    }

    /// Tells why the host is not as it should be. Who does not answer, or works on something else,
    /// is waited for.
    async fn failed(&self, obstacle: Obstacle) -> Pass {
        let text = chain(&obstacle);
        let is_busy = matches!(obstacle, Obstacle::Busy);
        let state = match &obstacle {
            Obstacle::Ask(error) if error.is_answer() => Some(ResultState::Failed),
            Obstacle::Ask(_) | Obstacle::Busy => Some(ResultState::Waiting),
            _ => None,
        };
        if let Some(state) = state
            && let Err(error) =
                self.controller.tell(self.task, self.id(), Word::new(state, text.clone())).await
        {
            return Pass::Failed(chain(&error));
        }
        if is_busy { Pass::Busy } else { Pass::Failed(text) }
    }

    fn id(&self) -> HostId {
        self.host.view.uuid
    }
}

impl Controller {
    /// Notes what a host says of its deckies. One whose engine cannot be asked knows nothing.
    pub(super) async fn observed(&self, host: HostId, status: &HostStatus) -> Result<(), StoreError> {
        self.said(host, status.generation);
        if status.engine_error.is_some() {
            return Ok(());
        }
        let deckies = status.deckies.iter().filter_map(Observed::of).collect();
        self.store.shard_observe(host, status.generation, deckies, self.now()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let mut pace = Pace::new((Duration::from_secs(1), Duration::from_secs(60)));
        let pauses: Vec<_> = (0..8).map(|_| pace.next().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        pace.reset();
        assert_eq!(pace.next().as_secs(), 1);
    }
}
