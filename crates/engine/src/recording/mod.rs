//! Twins of engine and host that remember what they were told: for tests, without Docker.
//!
//! The engine's twin keeps a model of what would run, so that what it observes after a
//! deployment is what Docker would show; it can be told to refuse.

mod host;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub use self::host::{HostTold, RecordingHost};
use crate::{
    engine::{About, ContainerChange, Engine, ExecOutput, ImageChange, NetworkChange},
    error::{Attempt, EngineError, Lasting},
};
use decnet_composer::deployment::{
    Container, Image, Namespace, Network, Observed, ObservedContainer, ObservedNetwork,
};

/// Tag of the decoy image in the twin.
pub const DECOY_TAG: &str = "decoy:recorded";

/// One thing that the engine's twin was told, refused or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Have an image.
    EnsureImage {
        /// Which.
        image: Image,
        /// Even if it is there.
        fresh: bool,
    },
    /// Remove earlier decoy images.
    PruneImages,
    /// Make the network.
    CreateNetwork(Network),
    /// Remove the network.
    RemoveNetwork,
    /// Make and start a container.
    Create(String),
    /// Start or restart it.
    Restart(String),
    /// Stop it.
    Stop(String),
    /// Remove it.
    Remove(String),
    /// Run a command in it.
    Exec {
        /// The container.
        container: String,
        /// Command and arguments.
        argv: Vec<String>,
        /// Its standard input.
        stdin: Vec<u8>,
    },
}

/// An engine that only remembers.
#[derive(Debug, Default)]
pub struct Recording {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    told: Vec<Told>,
    refusals: BTreeMap<String, (Lasting, u32)>,
    images: BTreeSet<String>,
    network: Option<Network>,
    containers: BTreeMap<String, ObservedContainer>,
    answer: ExecOutput,
    clock: i64,
}

impl Recording {
    /// An engine that runs nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// All it was told so far, in order.
    pub fn told(&self) -> Vec<Told> {
        self.state().told.clone()
    }

    /// Refuses the next `times` changes of `subject`: a container's name, `image` or `network`.
    pub fn refuse(&self, subject: &str, lasting: Lasting, times: u32) {
        self.state().refusals.insert(subject.to_owned(), (lasting, times));
    }

    /// What commands in containers answer from now on.
    pub fn answer(&self, output: ExecOutput) {
        self.state().answer = output;
    }

    /// Stops a container as if it had died by itself.
    pub fn kill(&self, container: &str) {
        self.state().stop(container);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Recording {
    async fn about(&self) -> Result<About, EngineError> {
        Ok(About {
            version: "recording".to_owned(),
            api: "1.41".to_owned(),
            log_driver: "json-file".to_owned(),
            network_drivers: ["ipvlan", "macvlan"].map(str::to_owned).to_vec(),
            seccomp: true,
            memory_limit: true,
            pids_limit: true,
        })
    }

    async fn observe(&self) -> Result<Observed, EngineError> {
        let state = self.state();
        Ok(Observed {
            network: state.network.as_ref().map(observed_network),
            host_link: None,
            containers: state.containers.values().cloned().collect(),
            decoy_image: state.images.get(DECOY_TAG).cloned(),
        })
    }

    async fn image(&self, change: ImageChange<'_>) -> Result<(), EngineError> {
        let mut state = self.state();
        match change {
            ImageChange::Ensure { image, fresh } => {
                state.tell(Told::EnsureImage { image: image.clone(), fresh });
                state.permit("image", || Attempt::LoadImage(reference(image)))?;
                state.images.insert(reference(image));
            }
            ImageChange::Prune => {
                state.tell(Told::PruneImages);
                state.permit("image", || Attempt::PruneImages)?;
            }
        }
        Ok(())
    }

    async fn network(&self, change: NetworkChange<'_>) -> Result<(), EngineError> {
        let mut state = self.state();
        match change {
            NetworkChange::Create(network) => {
                state.tell(Told::CreateNetwork(network.clone()));
                state.permit("network", || Attempt::CreateNetwork(network.parent.clone()))?;
                state.network = Some(network.clone());
            }
            NetworkChange::Remove => {
                state.tell(Told::RemoveNetwork);
                state.permit("network", || Attempt::RemoveNetwork(String::new()))?;
                state.network = None;
            }
        }
        Ok(())
    }

    async fn container(&self, change: ContainerChange<'_>) -> Result<(), EngineError> {
        let mut state = self.state();
        match change {
            ContainerChange::Create(container) => state.create(container),
            ContainerChange::Restart(name) => {
                state.tell(Told::Restart(name.to_owned()));
                state.permit(name, || Attempt::RestartContainer(name.to_owned()))?;
                state.start(name)
            }
            ContainerChange::Stop(name) => {
                state.tell(Told::Stop(name.to_owned()));
                state.permit(name, || Attempt::StopContainer(name.to_owned()))?;
                state.stop(name);
                Ok(())
            }
            ContainerChange::Remove(name) => {
                state.tell(Told::Remove(name.to_owned()));
                state.permit(name, || Attempt::RemoveContainer(name.to_owned()))?;
                state.containers.remove(name);
                Ok(())
            }
        }
    }

    async fn exec(&self, container: &str, argv: &[&str], stdin: &[u8]) -> Result<ExecOutput, EngineError> {
        let mut state = self.state();
        state.tell(Told::Exec {
            container: container.to_owned(),
            argv: argv.iter().map(|&argument| argument.to_owned()).collect(),
            stdin: stdin.to_vec(),
        });
        let attempt = || Attempt::Exec(container.to_owned());
        state.permit(container, attempt)?;
        if state.runs(container) {
            return Ok(state.answer.clone());
        }
        Err(refusal(attempt(), Lasting::Permanent, "the container does not run"))
    }
}

impl State {
    fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    fn permit(&mut self, subject: &str, attempt: impl FnOnce() -> Attempt) -> Result<(), EngineError> {
        match self.refusals.get_mut(subject) {
            Some((lasting, times)) if *times > 0 => {
                *times -= 1;
                Err(refusal(attempt(), *lasting, "told to refuse"))
            }
            _ => Ok(()),
        }
    }

    fn runs(&self, name: &str) -> bool {
        self.containers.get(name).is_some_and(|container| container.running)
    }

    fn create(&mut self, container: &Container) -> Result<(), EngineError> {
        self.tell(Told::Create(container.name.clone()));
        let attempt = || Attempt::CreateContainer(container.name.clone());
        let missing = |what: &str| Err(refusal(attempt(), Lasting::Permanent, what));
        if !self.images.contains(&reference(&container.image)) {
            return missing("no such image");
        }
        match &container.namespace {
            Namespace::Lan { .. } if self.network.is_none() => return missing("no such network"),
            Namespace::Of(owner) if !self.runs(owner) => {
                return missing("the namespace to join does not run");
            }
            _ => {}
        }
        // As with Docker, what was made is there even when it does not start.
        self.containers.insert(container.name.clone(), created(container));
        self.permit(&container.name, || Attempt::StartContainer(container.name.clone()))?;
        self.start(&container.name)
    }

    fn start(&mut self, name: &str) -> Result<(), EngineError> {
        let Some(container) = self.containers.get_mut(name) else {
            let attempt = Attempt::StartContainer(name.to_owned());
            return Err(refusal(attempt, Lasting::Permanent, "no such container"));
        };
        self.clock += 1;
        container.running = true;
        "running".clone_into(&mut container.state);
        container.started_at = self.clock;
        Ok(())
    }

    fn stop(&mut self, name: &str) {
        if let Some(container) = self.containers.get_mut(name) {
            container.running = false;
            "exited".clone_into(&mut container.state);
        }
    }
}

fn refusal(attempt: Attempt, lasting: Lasting, why: &str) -> EngineError {
    EngineError::Failed { attempt, lasting, source: why.into() }
}

fn reference(image: &Image) -> String {
    match image {
        Image::Decoy => DECOY_TAG.to_owned(),
        Image::Named(name) => name.clone(),
    }
}

fn observed_network(network: &Network) -> ObservedNetwork {
    ObservedNetwork {
        driver: network.driver.name().to_owned(),
        parent: Some(network.parent.clone()),
        subnet: Some(network.subnet),
        gateway: network.gateway,
    }
}

fn created(container: &Container) -> ObservedContainer {
    ObservedContainer {
        name: container.name.clone(),
        decky: container.decky.to_string(),
        role: container.role.name().to_owned(),
        service: container.service.clone(),
        spec: container.spec.clone(),
        image: reference(&container.image),
        running: false,
        ip: match container.namespace {
            Namespace::Lan { ip, .. } => Some(ip),
            Namespace::Of(_) => None,
        },
        state: "created".to_owned(),
        started_at: 0,
    }
}
