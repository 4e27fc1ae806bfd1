//! The agent itself: what it holds, and what may be asked of it.

use std::{
    num::NonZeroU16,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use decnet_composer::{compose::compose, deployment::Deployment};
use decnet_engine::Engine;
use decnet_membership::Membership;
use decnet_proto::{
    agent::{Accepted, CollectorStatus, DeployRequest, OperationStatus, SiteQuery, TeardownRequest},
    plan::FleetPlan,
    site::Site,
};
use tokio::{sync, task::JoinSet};

use crate::{
    collection::Collection,
    gate::Gate,
    machine::Machine,
    operations::{Operation, Operations},
    refusal::Refusal,
    store::Store,
    swarm::ForwarderState,
    work,
};

/// How many deckies a request may have worked on at once.
const PARALLEL_MAX: u16 = 64;

/// How long the step that is being taken may go on when the agent ends: less than service
/// managers wait before they kill.
const LAST_STEP: Duration = Duration::from_secs(60);
/// Longest path that the system takes (`PATH_MAX`).
const PATH_MAX: usize = 4096;

/// An agent over an engine and a machine.
#[derive(Debug)]
pub struct Agent<E, M> {
    pub(crate) engine: E,
    pub(crate) machine: M,
    pub(crate) collection: Arc<Collection>,
    pub(crate) operations: Operations,
    pub(crate) gate: Gate,
    /// Held by whoever changes what runs, so that mending and operations take turns.
    pub(crate) turn: sync::Mutex<()>,
    pub(crate) places: Places,
    /// How it stands with the forwarder, where we see to one.
    pub(crate) forwarder: ForwarderState,
    /// The host's place in its swarm, or why it cannot be used.
    place: OnceLock<Result<Arc<Membership>, String>>,
    store: Mutex<Store>,
    tasks: Mutex<JoinSet<()>>,
    parallel: NonZeroU16,
}

/// Folders that `doctor` looks at.
#[derive(Clone, Debug)]
pub struct Places {
    /// The agent's own folder.
    pub state: PathBuf,
    /// The folder of captured files.
    pub artifacts: PathBuf,
}

impl<E: Engine + 'static, M: Machine> Agent<E, M> {
    /// An agent that works on `parallel` deckies at once unless told otherwise.
    pub fn new(
        engine: E,
        machine: M,
        collection: Arc<Collection>,
        store: Store,
        places: Places,
        parallel: NonZeroU16,
    ) -> Self {
        Self {
            engine,
            machine,
            collection,
            operations: Operations::default(),
            gate: Gate::default(),
            turn: sync::Mutex::default(),
            places,
            forwarder: ForwarderState::default(),
            place: OnceLock::new(),
            store: Mutex::new(store),
            tasks: Mutex::default(),
            parallel,
        }
    }

    /// Makes the host run this plan and nothing else.
    ///
    /// # Errors
    /// [`Refusal`]; what goes wrong later is told by the operation.
    pub(crate) fn deploy(self: &Arc<Self>, request: DeployRequest) -> Result<Accepted, Refusal> {
        if self.store().is_leaving() {
            return Err(Refusal::Leaving);
        }
        let options = self.options(&request)?;
        let deployment = compose(&request.plan)?;
        self.admit(&request.plan)?;
        let operation = self.begin()?;
        let id = operation.id();
        self.spawn(work::deploy(Arc::clone(self), request.plan, deployment, options, operation));
        Ok(Accepted { operation: id })
    }

    /// Takes down a decky or all.
    ///
    /// # Errors
    /// [`Refusal`]; what goes wrong later is told by the operation.
    pub(crate) async fn teardown(self: &Arc<Self>, request: TeardownRequest) -> Result<Accepted, Refusal> {
        if let TeardownRequest::Decky(name) = &request
            && !self.has(name.as_str()).await?
        {
            return Err(Refusal::NoDecky(name.to_string()));
        }
        let operation = self.begin()?;
        let id = operation.id();
        self.spawn(work::teardown(Arc::clone(self), request, operation));
        Ok(Accepted { operation: id })
    }

    /// How an operation goes, as soon as there is more to tell than `after`.
    ///
    /// # Errors
    /// [`Refusal::NoOperation`].
    pub(crate) async fn follow(&self, id: u64, after: u64) -> Result<OperationStatus, Refusal> {
        self.operations.follow(id, after).await.ok_or_else(|| Refusal::NoOperation(id.to_string()))
    }

    /// Where the host stands on its LAN.
    ///
    /// # Errors
    /// [`Refusal::Survey`].
    pub(crate) async fn survey(&self, query: &SiteQuery) -> Result<Site, Refusal> {
        self.machine.survey(query).await.map_err(Refusal::Survey)
    }

    /// Writes events to another log file from now on, after a restart as well.
    ///
    /// # Errors
    /// [`Refusal::LogFile`] and [`Refusal::Failed`]; nothing has changed then.
    pub(crate) async fn collect(&self, log_file: &str) -> Result<CollectorStatus, Refusal> {
        let path = log_path(log_file)?;
        let failed = |source| Refusal::Failed { doing: "collect into another file", source };
        self.collection.write_to(&path).await.map_err(failed)?;
        self.store().keep_log_file(path)?;
        Ok(self.collection.status())
    }

    /// Takes a place in a swarm, or knows why not; the first word counts.
    pub(crate) fn take_place(&self, place: Result<Arc<Membership>, String>) {
        let _ = self.place.set(place);
    }

    /// The host's place in its swarm, or why it cannot be used; none where it is in no swarm.
    pub(crate) fn place(&self) -> Option<Result<&Arc<Membership>, &str>> {
        let place = self.place.get()?.as_ref().map_err(String::as_str);
        let has_left = place.is_ok_and(|membership| membership.left().is_requested());
        (!has_left).then_some(place)
    }

    /// Lets nobody touch engine and network any more, waits for those who do, drops the rest.
    pub(crate) async fn rest(&self) {
        self.gate.close();
        if tokio::time::timeout(LAST_STEP, self.gate.idle()).await.is_err() {
            tracing::warn!("a step had not ended after {} s", LAST_STEP.as_secs());
        }
        self.tasks().abort_all();
    }

    /// Runs work that ends when the agent does.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// What this host should run: the accepted plan without what was taken down.
    pub(crate) fn wanted(&self) -> Option<FleetPlan> {
        self.store().accepted().map(|accepted| accepted.effective())
    }

    /// What this host was to run before a teardown that has been noted.
    pub(crate) fn wanted_with(&self, request: &TeardownRequest) -> Option<FleetPlan> {
        self.store().accepted().map(|accepted| accepted.effective_before(request))
    }

    pub(crate) fn wanted_deployment(&self) -> Result<Option<Deployment>, Refusal> {
        Ok(self.wanted().as_ref().map(compose).transpose()?)
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn default_options(&self) -> work::Options {
        work::Options { parallel: self.parallel, fresh_image: false }
    }

    fn options(&self, request: &DeployRequest) -> Result<work::Options, Refusal> {
        let parallel = match request.parallel {
            None => self.parallel,
            Some(wanted) => NonZeroU16::new(wanted)
                .filter(|parallel| parallel.get() <= PARALLEL_MAX)
                .ok_or(Refusal::Parallel(wanted))?,
        };
        Ok(work::Options { parallel, fresh_image: request.no_cache })
    }

    /// Whether this plan may follow the accepted one. The same plan may come again.
    fn admit(&self, plan: &FleetPlan) -> Result<(), Refusal> {
        let store = self.store();
        let Some(accepted) = store.accepted().map(|accepted| &accepted.plan) else { return Ok(()) };
        match plan.generation.cmp(&accepted.generation) {
            std::cmp::Ordering::Less => {
                Err(Refusal::Older { wanted: plan.generation, accepted: accepted.generation })
            }
            std::cmp::Ordering::Equal if plan != accepted => Err(Refusal::Changed(plan.generation)),
            _ => Ok(()),
        }
    }

    pub(crate) fn begin(&self) -> Result<Operation, Refusal> {
        if !self.gate.is_open() {
            return Err(Refusal::Ending);
        }
        if let Some(running) = self.operations.running() {
            return Err(Refusal::Busy(running));
        }
        let id = self.store().next_operation()?;
        self.operations.begin(id).map_err(Refusal::Busy)
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn has(&self, name: &str) -> Result<bool, Refusal> {
        let planned = self
            .store()
            .accepted()
            .is_some_and(|accepted| accepted.plan.deckies.iter().any(|decky| decky.name.as_str() == name));
        if planned {
            return Ok(true);
        }
        let failed = |e| Refusal::Failed { doing: "look for the decky", source: Box::new(e) };
        let observed = self.engine.observe().await.map_err(failed)?;
        Ok(observed.containers.iter().any(|container| container.decky == name))
    }
}

/// The path of a log file, if it can be one.
fn log_path(text: &str) -> Result<PathBuf, Refusal> {
    let path = Path::new(text);
    let plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
    let rule = match () {
        () if text.len() > PATH_MAX => "a path has at most 4096 bytes",
        () if text.contains('\0') || text.ends_with('/') => "it must name a file",
        () if !path.is_absolute() => "it must be absolute, as /var/log/decnet/decnet.log",
        () if !path.components().all(plain) => "it must not lead through `..`",
        () if path.extension().is_some_and(|suffix| suffix == "json") => {
            "the suffix json is that of the file beside it"
        }
        () => return Ok(path.to_owned()),
    };
    Err(Refusal::LogFile { path: text.chars().take(PATH_MAX).collect(), rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_file_is_a_plain_absolute_path() {
        let check = |text: &str, expect| assert_eq!(log_path(text).is_ok(), expect, "{text:.80}");
        check("/var/log/decnet/decnet.log", true);
        check("/var/log/events", true);
        check("decnet.log", false);
        check("/var/log/../../etc/passwd", false);
        check("/var/log/", false);
        check("/var/log/decnet.json", false);
        check("/var/log/a\0b", false);
        check("", false);
        check(&format!("/{}", "a".repeat(5000)), false);
    }
}
