//! Docker behind [`Engine`]: the only place that knows its API.

mod about;
mod body;
mod containers;
mod exec;
mod failure;
mod images;
mod logs;
mod networks;
mod observe;

use std::path::PathBuf;

use bollard::ClientVersion;
use decnet_composer::deployment::{NETWORK_NAME, Observed};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    engine::{About, ContainerChange, Engine, ExecOutput, ImageChange, NetworkChange},
    error::{Attempt, EngineError},
    image::REPOSITORY,
};

/// Where Docker listens unless told otherwise.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Value of the label [`decnet_composer::deployment::label::FLEET`] of the fleet of a host.
pub const DEFAULT_FLEET: &str = "default";

/// How long Docker may take to begin its answer, in seconds. Starting a container under load
/// takes a few; a stuck engine must still be told from a slow one.
const TIMEOUT: u64 = 120;

/// Which Docker, and what in it is ours. Two fleets that differ in all names live side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its socket.
    pub socket: PathBuf,
    /// Value of the fleet's label on everything of ours.
    pub fleet: String,
    /// Name of the fleet's network.
    pub network: String,
    /// Name of the decoy image, before the colon.
    pub repository: String,
    /// The static binary that the decoy image is made of.
    pub decoy: PathBuf,
}

impl Settings {
    /// The names of the one fleet of a host.
    pub fn new(decoy: impl Into<PathBuf>) -> Self {
        Self {
            socket: DEFAULT_SOCKET.into(),
            fleet: DEFAULT_FLEET.to_owned(),
            network: NETWORK_NAME.to_owned(),
            repository: REPOSITORY.to_owned(),
            decoy: decoy.into(),
        }
    }
}

/// A Docker engine. Nothing is asked of it before the first verb, so that an agent can start
/// before Docker does.
#[derive(Debug)]
pub struct Docker {
    settings: Settings,
    client: OnceCell<bollard::Docker>,
    tag: Mutex<Option<images::KnownTag>>,
}

impl Docker {
    /// A Docker as described.
    pub fn new(settings: Settings) -> Self {
        Self { settings, client: OnceCell::new(), tag: Mutex::new(None) }
    }

    /// What it was described as.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The client, speaking the version that both sides know.
    pub(crate) async fn client(&self) -> Result<&bollard::Docker, EngineError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Two callers may connect at once; nobody waits for another one, which may be a
        // stream that is not polled again before this call returns.
        let client = self.connect().await?;
        Ok(self.client.get_or_init(|| std::future::ready(client)).await)
    }

    async fn connect(&self) -> Result<bollard::Docker, EngineError> {
        let fail = |error| self.failed(Attempt::About, error);
        let socket = self.settings.socket.to_string_lossy();
        bollard::Docker::connect_with_unix(&socket, TIMEOUT, NEWEST_API)
            .map_err(fail)?
            .negotiate_version()
            .await
            .map_err(fail)
    }
}

/// The newest version of the API that the client's types describe.
const NEWEST_API: &ClientVersion = bollard::API_DEFAULT_VERSION;

impl Engine for Docker {
    async fn about(&self) -> Result<About, EngineError> {
        self.ask_about().await
    }

    async fn observe(&self) -> Result<Observed, EngineError> {
        self.observe_fleet().await
    }

    async fn image(&self, change: ImageChange<'_>) -> Result<(), EngineError> {
        match change {
            ImageChange::Ensure { image, fresh } => self.ensure_image(image, fresh).await,
            ImageChange::Prune => self.prune_images().await,
        }
    }

    async fn network(&self, change: NetworkChange<'_>) -> Result<(), EngineError> {
        match change {
            NetworkChange::Create(network) => self.create_network(network).await,
            NetworkChange::Remove => self.remove_network().await,
        }
    }

    async fn container(&self, change: ContainerChange<'_>) -> Result<(), EngineError> {
        match change {
            ContainerChange::Create(container) => self.create_container(container).await,
            ContainerChange::Restart(name) => self.restart_container(name).await,
            ContainerChange::Stop(name) => self.stop_container(name).await,
            ContainerChange::Remove(name) => self.remove_container(name).await,
        }
    }

    async fn exec(&self, container: &str, argv: &[&str], stdin: &[u8]) -> Result<ExecOutput, EngineError> {
        self.run_in_container(container, argv, stdin).await
    }
}
