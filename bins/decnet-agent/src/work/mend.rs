//! What should run is made to run again: after a reboot, a restart of Docker, a crash.

use std::{sync::Arc, time::Duration};

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

/// Ends what was begun before the agent ended, then mends again and again.
pub(crate) async fn mend_forever<E: Engine + 'static, M: Machine>(agent: Arc<Agent<E, M>>) {
    if let Err(e) = resume(&agent).await {
        tracing::error!("cannot go on with what was begun: {}", decnet_engine::chain(&e));
    }
    let mut told = Vec::new();
    loop {
        let failures = mend(&agent).await;
        if failures != told {
            for failure in &failures {
                tracing::warn!(subject = failure.subject, "cannot {}: {}", failure.step, failure.error);
            }
            told = failures;
        }
        tokio::time::sleep(EVERY).await;
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
async fn mend<E: Engine + 'static, M: Machine>(agent: &Agent<E, M>) -> Vec<StepFailure> {
    let _turn = agent.turn.lock().await;
    let Ok(Some(wanted)) = agent.wanted_deployment() else { return Vec::new() };
    agent.machine.expect(&wanted);
    let way = |observed: &_| {
        let steps = restoring(diff(&wanted, observed));
        if steps != Steps::default() {
            tracing::info!(?steps, "mending");
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
