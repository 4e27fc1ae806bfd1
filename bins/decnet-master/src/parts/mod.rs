//! What a master runs: controller, API and page in one process, or some of them.
//!
//! ```text
//! verb ─► Parts: what is wanted ─► open: all of it listens ─► together: until one ends, or a signal comes
//! ```
//!
//! Invariants: either all that is wanted runs or nothing does; the parts end together. What is under way has
//! [`DRAIN`] to end, and no time at all when SIGINT comes a second time.

mod together;

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use decnet_daemon::{
    Exit,
    config::{Config, Master},
    diagnostics,
    lock::RoleLock,
    signals,
};

use self::together::{Part, together};
use crate::{api, fleet::SwarmFolder, listening::Listening, swarm, web};

/// How long what is under way has to end.
const DRAIN: Duration = Duration::from_secs(10);

/// What is to run.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The controller of the swarm.
    pub(crate) controller: Option<Controller>,
    /// The record, and the API that answers from it.
    pub(crate) api: Option<api::Settings>,
    /// The page.
    pub(crate) page: Option<web::Settings>,
}

/// The controller, and the listener that it starts.
#[derive(Debug)]
pub(crate) struct Controller {
    /// What it is told.
    pub(crate) settings: swarm::Settings,
    /// None where others start the listener.
    pub(crate) listening: Option<Listening>,
}

impl Parts {
    /// Where all of it listens, once it does.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let controller = self.controller.iter().flat_map(|it| [it.settings.operators, it.settings.workers]);
        let api = self.api.iter().map(|settings| settings.address);
        let page = self.page.iter().map(|settings| settings.address);
        controller.chain(api).chain(page).collect()
    }

    /// Keeps others from being the same until the lock is dropped.
    ///
    /// # Errors
    /// Another process is the controller of this folder.
    pub(crate) fn take_role(&self) -> anyhow::Result<Option<RoleLock>> {
        self.controller.as_ref().map(|controller| take_role(&controller.settings.state)).transpose()
    }

    /// Runs until it is asked to end, with so many threads that answer.
    ///
    /// # Errors
    /// Something cannot be run, and then nothing is; or a part ended that nobody asked to.
    pub(crate) fn run(self, config: &Config<Master>, threads: usize) -> anyhow::Result<Exit> {
        let file = config.decnet.system_logs.as_deref();
        diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
        let _role = self.take_role()?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
        let runtime = runtime.context("cannot start the runtime")?;
        let done = runtime.block_on(self.serve());
        // A question that takes long is not waited for.
        runtime.shutdown_background();
        done.map(|()| Exit::Success)
    }

    async fn serve(mut self) -> anyhow::Result<()> {
        let signals = signals::listen().context("cannot listen to signals")?;
        let listening = self.controller.as_mut().and_then(|controller| controller.listening.take());
        let parts = self.open().await?;
        // The listener's identity is in its folder by now.
        let beside = async {
            match listening {
                Some(listening) => listening.keep_forever().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = together(parts, signals) => done,
            () = beside => Ok(()),
        }
    }

    /// Has all of it listen. What changes least comes first: a controller that is open goes on with what was
    /// begun on hosts.
    async fn open(self) -> anyhow::Result<Vec<Part>> {
        let mut parts = Vec::new();
        if let Some(settings) = self.page {
            let bound = web::Bound::open(&settings).await.context("the page cannot be served")?;
            tracing::info!("the page is on {}, the API on {}", bound.address()?, settings.api);
            parts.push(Part::new("page", |shutdown| bound.serve(shutdown)));
        }
        if let Some(settings) = self.api {
            let bound = api::Bound::open(settings).await.context("the API cannot be run")?;
            tracing::info!("the API listens on {}", bound.address()?);
            parts.push(Part::new("API", |shutdown| bound.serve(shutdown)));
        }
        if let Some(controller) = self.controller {
            let bound = swarm::Bound::open(controller.settings).await;
            let bound = bound.context("the controller cannot be run")?;
            let (operators, workers) = (bound.operators()?, bound.workers()?);
            tracing::info!("listening for operators on {operators}, for workers on {workers}");
            parts.push(Part::new("controller", |shutdown| bound.serve(shutdown)));
        }
        Ok(parts)
    }
}

/// One controller for a state folder.
fn take_role(state: &Path) -> anyhow::Result<RoleLock> {
    let folder = SwarmFolder::of(state);
    folder.make()?;
    folder.lock()
}
