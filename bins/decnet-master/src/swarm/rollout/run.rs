//! A rollout, wave by wave.

use std::{collections::VecDeque, sync::Arc};

use decnet_proto::ids::HostId;
use decnet_store::{Host, NewResult, StoreError};
use tokio::task::JoinSet;

use super::{Errand, verdict::Verdict, visit::Visit, waves::waves};
use crate::swarm::{controller::Controller, refusal::chain};

/// Hosts that are worked on at the same time.
pub(super) const AT_ONCE: usize = 8;

/// A rollout that was journaled.
pub(super) struct Rollout {
    pub(super) controller: Arc<Controller>,
    pub(super) operation: u64,
    pub(super) hosts: Vec<Host>,
    pub(super) errand: Errand,
    /// How many of the hosts are a wave, in percent.
    pub(super) wave: u8,
}

impl Rollout {
    /// Goes from wave to wave, until the end or the first failure.
    pub(super) async fn run(self) {
        let all: Vec<_> = waves(&self.hosts, self.wave).collect();
        let mut stopped = None;
        for (wave, number) in all.iter().zip(1..) {
            match &stopped {
                None => {
                    if all.len() > 1 {
                        self.note(format!("wave {number} of {}: {}", all.len(), names(wave))).await;
                    }
                    stopped = self.try_all(wave).await;
                }
                Some(why) => self.leave(wave, why).await,
            }
        }
        if let Err(error) = self.controller.finish(self.operation).await {
            tracing::error!("cannot keep that operation {} is over: {}", self.operation, chain(&error));
        }
    }

    /// Tries hosts, some at a time; where one fails, those that were begun come to their end, and the others
    /// are left. Says who failed.
    async fn try_all(&self, wave: &[Host]) -> Option<String> {
        let mut waiting: VecDeque<_> = wave.iter().collect();
        let (mut running, mut stopped) = (JoinSet::new(), None);
        loop {
            while stopped.is_none()
                && running.len() < AT_ONCE
                && let Some(host) = waiting.pop_front()
            {
                running.spawn(self.visit(host));
            }
            match running.join_next().await {
                None => break,
                Some(Ok((_, verdict))) if !verdict.stops() => {}
                Some(Ok((name, _))) => stopped = Some(format!("{name} failed")),
                Some(Err(error)) => stopped = Some(format!("the work on a host broke off: {error}")),
            }
        }
        if let Some(why) = &stopped {
            let left: Vec<_> = waiting.into_iter().cloned().collect();
            self.leave(&left, why).await;
        }
        stopped
    }

    fn visit(&self, host: &Host) -> impl Future<Output = (String, Verdict)> + Send + 'static {
        let visit = Visit {
            controller: Arc::clone(&self.controller),
            operation: self.operation,
            host: host.clone(),
            steps: self.errand.steps(),
        };
        let (name, errand) = (host.view.name.to_string(), self.errand.clone());
        async move { (name, visit.run(&errand).await) }
    }

    async fn leave(&self, hosts: &[Host], why: &str) {
        for host in hosts {
            let verdict = Verdict::untried(format!("it was left as it is, because {why}"));
            self.controller.leave_untried(self.operation, host.view.uuid, verdict).await;
        }
    }

    async fn note(&self, line: String) {
        if let Err(error) = self.controller.note(self.operation, line).await {
            tracing::error!("cannot note something of operation {}: {}", self.operation, chain(&error));
        }
    }
}

impl Controller {
    /// Tells how a rollout goes on a host.
    pub(super) async fn report(&self, operation: u64, result: NewResult) -> Result<(), StoreError> {
        self.store.operation_result(operation, result).await?;
        self.open.tell();
        Ok(())
    }

    /// A rollout is over.
    pub(super) async fn finish(&self, operation: u64) -> Result<(), StoreError> {
        self.store.operation_finish(operation, self.now()).await?;
        self.open.tell();
        Ok(())
    }

    /// A host's turn did not come.
    pub(super) async fn leave_untried(&self, operation: u64, host: HostId, verdict: Verdict) {
        let result = NewResult {
            host,
            state: verdict.state,
            steps: (0, 0),
            detail: verdict.detail,
            failures: Vec::new(),
            outcome: Some(verdict.outcome),
            output: verdict.output,
        };
        if let Err(error) = self.report(operation, result).await {
            tracing::error!("cannot keep how operation {operation} goes: {}", chain(&error));
        }
    }
}

/// Names of hosts, as many as fit a line.
fn names(hosts: &[Host]) -> String {
    const NAMED: usize = 20;
    let more = if hosts.len() > NAMED { ", …" } else { "" };
    let names: Vec<_> = hosts.iter().take(NAMED).map(|host| host.view.name.as_str()).collect();
    names.join(", ") + more
}
