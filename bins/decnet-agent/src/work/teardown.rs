//! What runs becomes nothing, or one decky less.

use std::sync::Arc;

use decnet_composer::{
    compose::compose,
    deployment::{Deployment, Observed, Steps},
    diff::{teardown_all, teardown_one},
};
use decnet_engine::Engine;
use decnet_proto::agent::{StepFailure, TeardownRequest};

use super::converge::{converge, failure};
use crate::{agent::Agent, machine::Machine, operations::Operation};

/// Takes down a decky or all. It is no longer wanted before anything is changed, so that
/// nothing brings it back.
pub(crate) async fn teardown<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    request: TeardownRequest,
    operation: Operation,
) {
    let _turn = agent.turn.lock().await;
    tracing::info!(?request, "taking down");
    let noted = agent.store().take_down(request.clone());
    let failures = match noted {
        Err(e) => vec![failure("agent", "note what is taken down", &e)],
        Ok(()) => carry_out(&agent, &request, &operation).await,
    };
    for failure in &failures {
        tracing::error!(subject = failure.subject, "cannot {}: {}", failure.step, failure.error);
    }
    operation.finish(failures);
}

/// Takes down what is noted as such, and notes the end of it.
pub(super) async fn carry_out<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    request: &TeardownRequest,
    operation: &Operation,
) -> Vec<StepFailure> {
    // A plan that no longer composes must not keep anybody from taking it down.
    let before = agent.wanted_with(request).and_then(|plan| compose(&plan).ok());
    if let Some(before) = &before {
        agent.machine.expect(before);
    }
    let mut failures = converge(
        agent,
        agent.default_options(),
        |observed| way_down(request, observed, before.as_ref()),
        &|progress| operation.tell(progress.total, progress.done, &progress.current),
    )
    .await;
    failures.extend(agent.store().end().err().map(|e| failure("agent", "note the end of it", &e)));
    failures
}

fn way_down(request: &TeardownRequest, observed: &Observed, before: Option<&Deployment>) -> Steps {
    match request {
        TeardownRequest::All => teardown_all(observed),
        TeardownRequest::Decky(name) => teardown_one(name.as_str(), observed, before),
    }
}
