//! A controller in a runtime of its own, so that it can be killed, and an operator who asks it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use decnet_api::client::{CallError, Client, Way};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_master::swarm::{Bound, Looks, Settings};
use decnet_pki::clock::Clock;
use decnet_proto::{
    agent::OperationQuery,
    swarm::operator::{AuditEntry, OperationView, Route},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{runtime::Runtime, task::JoinHandle};

use crate::swarm::free_port;

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// A controller that runs.
pub(crate) struct Master {
    pub(crate) state: PathBuf,
    pub(crate) operators: SocketAddr,
    pub(crate) workers: SocketAddr,
    pub(crate) clock: Clock,
    running: Option<(Runtime, Trigger, JoinHandle<()>)>,
}

/// What tests want of a controller: quick, and on any ports.
pub(crate) fn settings(state: &Path) -> Settings {
    Settings {
        operators: free_port(),
        workers: free_port(),
        heartbeat: 1,
        pauses: (Duration::from_millis(20), Duration::from_millis(200)),
        tick: Duration::from_millis(100),
        looks: Looks {
            every: Duration::from_millis(20),
            gone: Duration::from_secs(2),
            settle: Duration::from_millis(400),
        },
        ..Settings::new(state)
    }
}

impl Master {
    pub(crate) async fn with(settings: Settings) -> Self {
        let (state, clock) = (settings.state.clone(), settings.clock.clone());
        let mut master =
            Self { state, operators: settings.operators, workers: settings.workers, clock, running: None };
        master.start(settings).await;
        master
    }

    async fn start(&mut self, settings: Settings) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let bound = runtime.spawn(Bound::open(settings)).await.unwrap().unwrap();
        self.operators = bound.operators().unwrap();
        self.workers = bound.workers().unwrap();
        let (trigger, shutdown) = Shutdown::by_hand();
        let serving = runtime.spawn(bound.serve(shutdown));
        self.running = Some((runtime, trigger, serving));
    }

    /// Ends it as `kill -9` would, as far as that goes within a process.
    pub(crate) fn kill(&mut self) {
        let (runtime, ..) = self.running.take().unwrap();
        runtime.shutdown_background();
    }

    /// Ends it in good order.
    pub(crate) async fn end(&mut self) {
        let (runtime, trigger, serving) = self.running.take().unwrap();
        trigger.request();
        tokio::time::timeout(Duration::from_secs(8), serving).await.unwrap().unwrap();
        runtime.shutdown_background();
    }

    /// Opens it again, where it was.
    pub(crate) async fn reopen(&mut self) {
        self.reopen_with(|settings| settings).await;
    }

    pub(crate) async fn reopen_with(&mut self, change: impl FnOnce(Settings) -> Settings) {
        let usual = Settings {
            operators: self.operators,
            workers: self.workers,
            clock: self.clock.clone(),
            ..settings(&self.state)
        };
        self.start(change(usual)).await;
    }

    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(self.state.join("swarm/operator.token")).unwrap().trim().to_owned()
    }

    /// The operator with the token.
    pub(crate) fn operator(&self) -> Operator {
        let way = Way::Plain(self.operators.to_string());
        Operator(Client::new(way).with_bearer(self.token()).with_patience(PATIENCE))
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        if let Some((runtime, ..)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

/// Somebody who asks the controller.
#[derive(Clone)]
pub(crate) struct Operator(pub(crate) Client);

impl Operator {
    pub(crate) async fn try_ask<T: DeserializeOwned>(&self, route: Route, id: &str) -> Result<T, CallError> {
        let path = route.path().replace("{id}", id);
        self.0.get(route.method(), &path).await
    }

    pub(crate) async fn ask<T: DeserializeOwned>(&self, route: Route) -> T {
        self.try_ask(route, "").await.unwrap()
    }

    /// The audit log, as far back as it may be asked for.
    pub(crate) async fn whole_audit(&self) -> Vec<AuditEntry> {
        let path = format!("{}?limit=1000", Route::Audit.path());
        self.0.get(Route::Audit.method(), &path).await.unwrap()
    }

    pub(crate) async fn try_send<T: DeserializeOwned>(
        &self,
        route: Route,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        self.0.send(route.method(), route.path(), body).await
    }

    pub(crate) async fn send<T: DeserializeOwned>(&self, route: Route, body: &impl Serialize) -> T {
        self.try_send(route, body).await.unwrap()
    }

    /// Waits until an operation is over.
    pub(crate) async fn follow(&self, id: u64) -> OperationView {
        self.until(id, |view| view.finished_at.is_some()).await
    }

    /// Waits until an operation is as it should be.
    pub(crate) async fn until(&self, id: u64, is: impl Fn(&OperationView) -> bool) -> OperationView {
        let mut seen = OperationQuery::default();
        let begun = std::time::Instant::now();
        loop {
            let path = Route::Operation.path().replace("{id}", &id.to_string());
            let path = format!("{path}?after={}", seen.after);
            let view: OperationView = self.0.get(Route::Operation.method(), &path).await.unwrap();
            if is(&view) {
                return view;
            }
            assert!(begun.elapsed() < PATIENCE, "it goes on: {view:#?}");
            if view.finished_at.is_some() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            seen.after = view.revision;
        }
    }

    /// The status of a refusal.
    pub(crate) async fn refusal(&self, route: Route, body: &impl Serialize) -> (u16, String) {
        let error = self.try_send::<serde_json::Value>(route, body).await.unwrap_err();
        let problem = error.problem().unwrap_or_else(|| panic!("no refusal: {error}"));
        (problem.status, problem.detail.clone())
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn eventually<F: Future<Output = bool>>(
    what: &str,
    is: impl Fn() -> F,
) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let begun = std::time::Instant::now();
        while !is().await {
            assert!(begun.elapsed() < PATIENCE, "{place}: never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
