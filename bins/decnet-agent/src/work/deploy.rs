//! A plan becomes what runs.

use std::sync::Arc;

use decnet_composer::{
    deployment::{Deployment, Observed, Step, Steps},
    diff::diff,
};
use decnet_engine::Engine;
use decnet_proto::{agent::StepFailure, plan::FleetPlan};

use super::{
    Options,
    converge::{converge, failure, failure_of},
};
use crate::{agent::Agent, machine::Machine, operations::Operation};

/// Deploys a plan: checks what it stands on, accepts it, carries it out.
///
/// It is accepted before anything is changed, so that the agent goes on with it after a crash.
pub(crate) async fn deploy<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    plan: FleetPlan,
    deployment: Deployment,
    options: Options,
    operation: Operation,
) {
    let _turn = agent.turn.lock().await;
    let generation = plan.generation;
    tracing::info!(generation, deckies = plan.deckies.len(), "deploying");
    let failures = match prepare(&agent, plan, &operation).await {
        Err(failure) => vec![failure],
        Ok(()) => carry_out(&agent, &deployment, options, &operation).await,
    };
    for failure in &failures {
        tracing::error!(generation, subject = failure.subject, "cannot {}: {}", failure.step, failure.error);
    }
    tracing::info!(generation, failures = failures.len(), "deployed");
    operation.finish(failures);
}

async fn prepare<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    plan: FleetPlan,
    operation: &Operation,
) -> Result<(), StepFailure> {
    let network = &plan.network;
    let step = format!("check that {} links work on {}", network.driver.name(), network.interface);
    operation.tell(0, 0, &step);
    let checked = agent.machine.validate(network.driver, &network.interface).await;
    checked.map_err(|e| failure_of("network", step, &e))?;
    agent.store().accept(plan).map_err(|e| failure("agent", "accept the plan", &e))
}

/// Makes the host run a deployment that was accepted, and notes the end of it.
pub(super) async fn carry_out<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    deployment: &Deployment,
    options: Options,
    operation: &Operation,
) -> Vec<StepFailure> {
    agent.machine.expect(deployment);
    let mut failures =
        converge(agent, options, |observed| way_to(deployment, observed, options.fresh_image), &|progress| {
            operation.tell(progress.total, progress.done, &progress.current)
        })
        .await;
    failures.extend(agent.store().end().err().map(|e| failure("agent", "note the end of it", &e)));
    failures
}

/// A fresh image is made even where the engine has one.
fn way_to(deployment: &Deployment, observed: &Observed, fresh_image: bool) -> Steps {
    let mut steps = diff(deployment, observed);
    if fresh_image && !steps.before.contains(&Step::EnsureImage) {
        steps.before.insert(0, Step::EnsureImage);
    }
    steps
}
