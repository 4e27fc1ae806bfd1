//! Carries out steps: deckies side by side, each in order, each rolled back when it fails.

mod progress;
mod retry;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, num::NonZeroU16};

use decnet_composer::deployment::{DeckySteps, Image, Observed, Step, Steps};
use decnet_proto::agent::StepFailure;
use futures_util::{FutureExt, StreamExt, stream};

pub use self::progress::Progress;
use self::{progress::Report, retry::patiently};
use crate::{
    engine::{ContainerChange, Engine, ImageChange, NetworkChange},
    error::{EngineError, chain},
    host::{Host, HostError},
};

/// How steps are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many deckies are worked on at once.
    pub parallel: NonZeroU16,
    /// Make the decoy image even if the engine has it.
    pub fresh_image: bool,
}

/// What engine and host have, in one value.
///
/// # Errors
/// Either could not be asked.
pub async fn observe<E: Engine, H: Host>(engine: &E, host: &H) -> Result<Observed, HostError> {
    let mut observed = engine.observe().await?;
    observed.host_link = host.link().await?;
    Ok(observed)
}

/// Carries out `steps` and tells of every failure; none means that all is as it should be.
///
/// A failure in `before` ends the work, because what follows stands on it; only the host link
/// is not needed by any decky. A decky that fails loses all its containers, the others go on.
/// `after` is always tried. When nothing failed, decoy images of earlier builds are removed.
pub async fn execute<E: Engine, H: Host>(
    engine: &E,
    host: &H,
    steps: &Steps,
    options: Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Vec<StepFailure> {
    let mut steps = Cow::Borrowed(steps);
    if options.fresh_image && !steps.before.contains(&Step::EnsureImage) {
        steps.to_mut().before.insert(0, Step::EnsureImage);
    }
    let work = Work { engine, host, options, report: Report::new(&steps, progress) };
    let mut failures = match work.before(&steps.before).await {
        Ok(bearable) => bearable,
        Err(failures) => return failures,
    };
    failures.extend(work.deckies(&steps.deckies).await);
    failures.extend(work.in_order(&steps.after).await);
    if failures.is_empty() && steps.before.contains(&Step::EnsureImage) {
        failures.extend(work.prune().await);
    }
    failures
}

struct Work<'a, E, H> {
    engine: &'a E,
    host: &'a H,
    options: Options,
    report: Report<'a>,
}

impl<E: Engine, H: Host> Work<'_, E, H> {
    /// Removals that stand together go side by side: they only make room. `Ok` holds failures
    /// that deckies can live with, `Err` all failures up to one that they cannot.
    async fn before(&self, steps: &[Step]) -> Result<Vec<StepFailure>, Vec<StepFailure>> {
        let mut failures = Vec::new();
        for run in steps.chunk_by(|a, b| removes(a) && removes(b)) {
            let tasks: Vec<_> = run.iter().map(|step| self.step(subject(step), step)).collect();
            let outcomes = self.side_by_side(tasks).await;
            failures.extend(outcomes.into_iter().filter_map(Result::err));
            if !failures.is_empty() && !run.iter().all(is_bearable) {
                return Err(failures);
            }
        }
        Ok(failures)
    }

    async fn deckies(&self, deckies: &[DeckySteps]) -> Vec<StepFailure> {
        let tasks: Vec<_> = deckies.iter().map(|decky| self.decky(decky)).collect();
        self.side_by_side(tasks).await.into_iter().flatten().collect()
    }

    async fn in_order(&self, steps: &[Step]) -> Vec<StepFailure> {
        let mut failures = Vec::new();
        for step in steps {
            failures.extend(self.step(subject(step), step).await.err());
        }
        failures
    }

    /// Awaits all of `tasks`, so many at once as is allowed; outcomes are in their order.
    async fn side_by_side<T: Future>(&self, tasks: Vec<T>) -> Vec<T::Output> {
        let numbered = tasks.into_iter().enumerate().map(|(at, task)| task.map(move |out| (at, out)));
        let limit = usize::from(self.options.parallel.get());
        let mut outcomes: Vec<_> = stream::iter(numbered).buffer_unordered(limit).collect().await;
        outcomes.sort_unstable_by_key(|(at, _)| *at);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// What failed: nothing, a step, or a step and the way back.
    async fn decky(&self, work: &DeckySteps) -> Vec<StepFailure> {
        for (at, step) in work.steps.iter().enumerate() {
            let Err(failure) = self.step(&work.decky, step).await else { continue };
            self.report.end(work.steps.len() - at - 1, &step.to_string());
            return std::iter::once(failure).chain(self.roll_back(&work.decky).await).collect();
        }
        Vec::new()
    }

    async fn step(&self, subject: &str, step: &Step) -> Result<(), StepFailure> {
        self.report.begin(&step.to_string());
        let outcome = self.perform(step).await;
        self.report.end(1, &step.to_string());
        outcome.map_err(|error| failure(subject, step.to_string(), &*error))
    }

    async fn perform(&self, step: &Step) -> Result<(), HostError> {
        match step {
            Step::EnsureImage => self.ensure(&Image::Decoy, self.options.fresh_image).await?,
            Step::CreateNetwork(network) => self.network(NetworkChange::Create(network)).await?,
            Step::RemoveNetwork => self.network(NetworkChange::Remove).await?,
            Step::EnsureHostLink(network) => self.host.ensure_link(network).await?,
            Step::RemoveHostLink(driver) => self.host.remove_link(*driver).await?,
            Step::RemoveContainer(name) => self.remove(name).await?,
            Step::CreateContainer(container) => {
                if let Image::Named(_) = container.image {
                    self.ensure(&container.image, false).await?;
                }
                self.container(ContainerChange::Create(container)).await?;
            }
            Step::RestartContainer(name) => self.container(ContainerChange::Restart(name)).await?,
        }
        Ok(())
    }

    async fn ensure(&self, image: &Image, fresh: bool) -> Result<(), EngineError> {
        patiently(|| self.engine.image(ImageChange::Ensure { image, fresh })).await
    }

    async fn network(&self, change: NetworkChange<'_>) -> Result<(), EngineError> {
        patiently(|| self.engine.network(change)).await
    }

    async fn container(&self, change: ContainerChange<'_>) -> Result<(), EngineError> {
        patiently(|| self.engine.container(change)).await
    }

    /// A container's output goes with it: it is stopped, read to the end, then removed.
    async fn remove(&self, name: &str) -> Result<(), EngineError> {
        self.container(ContainerChange::Stop(name)).await?;
        self.host.drained(name).await;
        self.container(ContainerChange::Remove(name)).await
    }

    async fn roll_back(&self, decky: &str) -> Option<StepFailure> {
        self.report.begin(&format!("roll back {decky}"));
        let step = || "remove what there is of it".to_owned();
        let failed = self.remove_all_of(decky).await.err()?;
        Some(failure(decky, step(), &failed))
    }

    async fn remove_all_of(&self, decky: &str) -> Result<(), EngineError> {
        let observed = self.engine.observe().await?;
        // Those that joined the namespace go before the one that holds it.
        for container in observed.containers.iter().filter(|c| c.decky == decky).rev() {
            self.remove(&container.name).await?;
        }
        Ok(())
    }

    async fn prune(&self) -> Option<StepFailure> {
        let failed = self.engine.image(ImageChange::Prune).await.err()?;
        Some(failure("image", "remove earlier images".to_owned(), &failed))
    }
}

fn failure(subject: &str, step: String, error: &(dyn std::error::Error + 'static)) -> StepFailure {
    StepFailure { subject: subject.to_owned(), step, error: chain(error) }
}

const fn removes(step: &Step) -> bool {
    matches!(step, Step::RemoveContainer(_))
}

/// Whether deckies work without it.
const fn is_bearable(step: &Step) -> bool {
    matches!(step, Step::EnsureHostLink(_) | Step::RemoveHostLink(_))
}

/// What a step outside of any decky is about.
fn subject(step: &Step) -> &str {
    match step {
        Step::EnsureImage => "image",
        Step::CreateNetwork(_) | Step::RemoveNetwork => "network",
        Step::EnsureHostLink(_) | Step::RemoveHostLink(_) => "host link",
        Step::RemoveContainer(name) | Step::RestartContainer(name) => name,
        Step::CreateContainer(container) => &container.name,
    }
}
