//! Observe, compare, carry out.

use std::fmt::Display;

use decnet_composer::deployment::{Observed, Steps};
use decnet_engine::{Engine, HostError, Progress, chain, execute, observe};
use decnet_proto::agent::StepFailure;

use super::Options;
use crate::{agent::Agent, machine::Machine};

/// Carries out what `way` makes of what is observed, and tells of every failure.
pub(super) async fn converge<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    options: Options,
    way: impl FnOnce(&Observed) -> Steps + Send,
    progress: &(dyn Fn(Progress) + Sync),
) -> Vec<StepFailure> {
    let engine = agent.gate.before(&agent.engine);
    let host = agent.gate.before(&agent.machine);
    let observed = match observe(&engine, &host).await {
        Ok(observed) => observed,
        Err(e) => return vec![failure("host", "look at what runs", &*e)],
    };
    execute(&engine, &host, &way(&observed), options, progress).await
}

pub(super) fn failure(
    subject: &str,
    step: impl Display,
    error: &(dyn std::error::Error + 'static),
) -> StepFailure {
    StepFailure { subject: subject.to_owned(), step: step.to_string(), error: chain(error) }
}

/// For errors that are boxed.
pub(super) fn failure_of(subject: &str, step: impl Display, error: &HostError) -> StepFailure {
    failure(subject, step, &**error)
}
