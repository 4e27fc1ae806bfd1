//! Agents over twins.

use std::{
    net::Ipv4Addr,
    num::NonZeroU16,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use decnet_agent::{Agent, Collection, Machine, Places, Store, bind, serve};
use decnet_composer::deployment::{Deployment, Network, Observed};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_engine::{
    About, ContainerChange, Engine, EngineError, ExecOutput, Host, HostError, ImageChange, NetworkChange,
    recording::{Recording, RecordingHost},
};
use decnet_netdrv::Claim;
use decnet_proto::{agent::SiteQuery, mac::Mac, plan::LinkDriver, site::Site};
use tempfile::TempDir;
use tokio::{sync::Semaphore, task::JoinHandle};

use crate::{client::Client, fleet};

/// What outlives an agent: the engine, the machine, the disk.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) engine: Arc<Recording>,
    pub(crate) machine: Arc<RecordingHost>,
    pub(crate) dir: Arc<TempDir>,
    /// Changes of containers that may still begin; the next waits.
    pub(crate) changes: Arc<Semaphore>,
    /// Why the interface is unfit, if it is.
    pub(crate) unfit: Arc<Mutex<Option<&'static str>>>,
    /// The machine that takes an address of ours.
    pub(crate) claim: Arc<Mutex<Option<Claim>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            engine: Arc::new(Recording::new()),
            machine: Arc::new(RecordingHost::new()),
            dir: Arc::new(tempfile::tempdir().unwrap()),
            changes: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            unfit: Arc::default(),
            claim: Arc::default(),
        }
    }

    /// Lets only so many changes of containers begin.
    pub(crate) fn allow(&self, changes: usize) {
        self.changes.forget_permits(Semaphore::MAX_PERMITS);
        self.changes.add_permits(changes);
    }

    pub(crate) fn start(&self) -> Running {
        Running::over(self.agent(Collection::none()), &self.socket())
    }

    /// An agent that nobody serves yet.
    pub(crate) fn agent(&self, collection: Collection) -> Arc<Agent<Self, Self>> {
        let store = Store::open(self.state()).unwrap();
        let places = Places { state: self.dir.path().into(), artifacts: self.dir.path().into() };
        let one = NonZeroU16::MIN;
        Arc::new(Agent::new(self.clone(), self.clone(), Arc::new(collection), store, places, one))
    }

    /// The folder of agents' own state.
    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("agent")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("agent.sock")
    }
}

/// An agent that runs.
pub(crate) struct Running {
    pub(crate) client: Client,
    pub(crate) end: Trigger,
    pub(crate) served: JoinHandle<()>,
}

impl Running {
    pub(crate) fn over<E: Engine + 'static, M: Machine>(agent: Arc<Agent<E, M>>, socket: &Path) -> Self {
        let listener = bind(socket).unwrap();
        let (end, shutdown) = Shutdown::by_hand();
        let served = tokio::spawn(serve(agent, listener, shutdown));
        Self { client: Client(socket.to_owned()), end, served }
    }

    pub(crate) async fn stop(self) {
        self.end.request();
        self.served.await.unwrap();
    }
}

impl Engine for World {
    async fn about(&self) -> Result<About, EngineError> {
        self.engine.about().await
    }

    async fn observe(&self) -> Result<Observed, EngineError> {
        self.engine.observe().await
    }

    async fn image(&self, change: ImageChange<'_>) -> Result<(), EngineError> {
        self.engine.image(change).await
    }

    async fn network(&self, change: NetworkChange<'_>) -> Result<(), EngineError> {
        self.engine.network(change).await
    }

    async fn container(&self, change: ContainerChange<'_>) -> Result<(), EngineError> {
        self.changes.acquire().await.unwrap().forget();
        self.engine.container(change).await
    }

    async fn exec(&self, container: &str, argv: &[&str], stdin: &[u8]) -> Result<ExecOutput, EngineError> {
        self.engine.exec(container, argv, stdin).await
    }
}

impl Host for World {
    async fn link(&self) -> Result<Option<(LinkDriver, Vec<Ipv4Addr>)>, HostError> {
        self.machine.link().await
    }

    async fn ensure_link(&self, network: &Network) -> Result<(), HostError> {
        self.machine.ensure_link(network).await
    }

    async fn remove_link(&self, driver: LinkDriver) -> Result<(), HostError> {
        self.machine.remove_link(driver).await
    }

    async fn drained(&self, container: &str) {
        self.machine.drained(container).await;
    }
}

impl Machine for World {
    async fn validate(&self, _: LinkDriver, _: &str) -> Result<(), HostError> {
        let unfit = *self.unfit.lock().unwrap();
        unfit.map_or(Ok(()), |reason| Err(reason.into()))
    }

    async fn survey(&self, _: &SiteQuery) -> Result<Site, HostError> {
        Ok(fleet::site())
    }

    fn expect(&self, _: &Deployment) {}

    async fn conflict(&self, _: &str, ours: &[(Ipv4Addr, Option<Mac>)]) -> Result<Claim, HostError> {
        loop {
            let claim =
                self.claim.lock().unwrap().take_if(|claim| ours.iter().any(|(ip, _)| *ip == claim.ip));
            match claim {
                Some(claim) => return Ok(claim),
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}
