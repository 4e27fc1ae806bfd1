//! What should run is made to run again: after a reboot, a restart of Docker, a crash.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use decnet_composer::{
    deployment::{DeckySteps, Step, Steps},
    diff::diff,
};
use decnet_engine::Engine;
use decnet_proto::agent::{StepFailure, TeardownRequest};

use super::{converge::converge, deploy, teardown};
use crate::{agent::Agent, machine::Machine, operations::Operation, refusal::Refusal, store::Unfinished};

/// How often the agent looks whether anything is to be mended.
const EVERY: Duration = Duration::from_secs(30);

/// How often a decky is tried before it is left alone until the next deployment: each failed
/// attempt takes it off the LAN again, which is no way for a machine to behave.
const ATTEMPTS: u32 = 3;

/// Ends what was begun before the agent ended, then mends again and again.
pub(crate) async fn mend_forever<E: Engine + 'static, M: Machine>(agent: Arc<Agent<E, M>>) {
    if let Err(e) = resume(&agent).await {
        tracing::error!("cannot go on with what was begun: {}", decnet_engine::chain(&e));
    }
    let mut past = Past::default();
    loop {
        let failures = mend(&agent, &mut past).await;
        past.take(failures);
        tokio::time::sleep(EVERY).await;
    }
}

/// What earlier attempts came to.
#[derive(Default)]
struct Past {
    /// The plan that they were for.
    generation: Option<u64>,
    told: Vec<StepFailure>,
    /// How often each decky failed.
    failed: BTreeMap<String, u32>,
}

impl Past {
    /// Forgets everything when the plan is another.
    fn turn_to(&mut self, generation: u64) {
        if self.generation != Some(generation) {
            *self = Self { generation: Some(generation), ..Self::default() };
        }
    }

    fn gave_up(&self, decky: &str) -> bool {
        self.failed.get(decky).is_some_and(|times| *times >= ATTEMPTS)
    }

    /// Counts failures, and tells of them when they are others than before.
    fn take(&mut self, failures: Vec<StepFailure>) {
        let subjects: BTreeSet<_> = failures.iter().map(|failure| failure.subject.clone()).collect();
        for subject in subjects {
            *self.failed.entry(subject).or_default() += 1;
        }
        if failures != self.told {
            for failure in &failures {
                tracing::warn!(subject = failure.subject, "cannot {}: {}", failure.step, failure.error);
            }
            self.told = failures;
        }
    }
}

/// Ends an operation that was begun before the agent ended.
async fn resume<E: Engine + 'static, M: Machine>(agent: &Arc<Agent<E, M>>) -> Result<(), Refusal> {
    let _turn = agent.turn.lock().await;
    let Some(unfinished) = agent.store().unfinished().cloned() else { return Ok(()) };
    tracing::info!(?unfinished, "going on with what was begun");
    let operation = agent.begin()?;
    let failures = end(agent, &unfinished, &operation).await?;
    for failure in &failures {
        tracing::error!(subject = failure.subject, "cannot {}: {}", failure.step, failure.error);
    }
    operation.finish(failures);
    Ok(())
}

async fn end<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    unfinished: &Unfinished,
    operation: &Operation,
) -> Result<Vec<StepFailure>, Refusal> {
    match unfinished {
        Unfinished::Teardown(request) => Ok(teardown::carry_out(agent, request, operation).await),
        Unfinished::Deploy => match agent.wanted_deployment()? {
            Some(wanted) => Ok(deploy::carry_out(agent, &wanted, agent.default_options(), operation).await),
            None => Ok(teardown::carry_out(agent, &TeardownRequest::All, operation).await),
        },
    }
}

/// Restores what is missing of the accepted plan. It takes nothing away: what differs from
/// the plan in another way waits for a deployment.
async fn mend<E: Engine + 'static, M: Machine>(agent: &Agent<E, M>, past: &mut Past) -> Vec<StepFailure> {
    let _turn = agent.turn.lock().await;
    let Ok(Some(wanted)) = agent.wanted_deployment() else { return Vec::new() };
    past.turn_to(wanted.generation);
    agent.machine.expect(&wanted);
    let way = |observed: &_| {
        let mut steps = restoring(diff(&wanted, observed));
        steps.deckies.retain(|decky| !past.gave_up(&decky.decky));
        if steps != Steps::default() {
            tracing::info!(steps = steps.to_string(), "mending");
        }
        steps
    };
    converge(agent, agent.default_options(), way, &|_| {}).await
}

/// The steps that only restore.
fn restoring(steps: Steps) -> Steps {
    let restores = |step: &Step| match step {
        Step::EnsureImage | Step::CreateNetwork(_) | Step::EnsureHostLink(_) => true,
        Step::CreateContainer(_) | Step::RestartContainer(_) => true,
        Step::RemoveNetwork | Step::RemoveHostLink(_) | Step::RemoveContainer(_) => false,
    };
    let only_restores = |steps: &[Step]| steps.iter().all(restores);
    if !only_restores(&steps.before) {
        let before = steps.before.into_iter().filter(|step| matches!(step, Step::EnsureHostLink(_)));
        return Steps { before: before.collect(), ..Steps::default() };
    }
    let deckies = steps.deckies.into_iter().filter(|decky: &DeckySteps| only_restores(&decky.steps));
    Steps { before: steps.before, deckies: deckies.collect(), after: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(subject: &str) -> StepFailure {
        StepFailure { subject: subject.to_owned(), step: String::new(), error: String::new() }
    }

    #[test]
    fn a_decky_that_keeps_failing_is_left_alone_until_the_next_plan() {
        let mut past = Past::default();
        past.turn_to(1);
        for _ in 0..ATTEMPTS {
            assert!(!past.gave_up("web"));
            past.take(vec![failure("web"), failure("web")]);
        }
        past.turn_to(1);
        assert!(past.gave_up("web") && !past.gave_up("cache"));
        past.turn_to(2);
        assert!(!past.gave_up("web"));
    }

    #[test]
    fn mending_takes_nothing_away() {
        let remove = |name: &str| Step::RemoveContainer(name.to_owned());
        let restart = |name: &str| Step::RestartContainer(name.to_owned());
        let decky = |name: &str, steps| DeckySteps { decky: name.to_owned(), steps };
        let steps = Steps {
            before: vec![Step::EnsureImage],
            deckies: vec![decky("a", vec![remove("a")]), decky("b", vec![restart("b")])],
            after: vec![Step::RemoveNetwork],
        };
        let expect = Steps {
            before: vec![Step::EnsureImage],
            deckies: vec![decky("b", vec![restart("b")])],
            after: Vec::new(),
        };
        assert_eq!(restoring(steps.clone()), expect);
        let blocked = Steps { before: vec![remove("orphan"), Step::EnsureImage], ..steps };
        assert_eq!(restoring(blocked), Steps::default());
    }
}
