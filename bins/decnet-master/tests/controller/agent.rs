//! A simulated agent: it joins, serves its master over mutual TLS, and tells how things stand.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use decnet_api::{
    client::{CallError, Client, Way},
    server::{Limits, Tls, serve},
};
use decnet_pki::{
    admission::Admission,
    clock::Clock,
    credentials::{Credentials, Presented},
    folder::{HostFile, IdentityFolder},
    refusals::Refusals,
    sessions::Sessions,
    tls::{self, ClientPolicy, Terms},
    token::Token,
    trust::ByTrust,
};
use decnet_proto::{
    agent::{Accepted, DecommissionRequest, DeployRequest, Health, HostStatus, Route, TeardownRequest},
    ids::HostId,
    problem::Problem,
    site::Site,
    swarm::{
        API_VERSION,
        operator::{CertificateRequest, Profile},
        role::Role,
        worker::{self, Heard, Heartbeat, JoinRequest, Joined, RenewRequest, Renewed, Trust},
    },
};
use tokio::task::JoinHandle;

use crate::world::World;

/// What an agent has certified.
const PROFILES: [Profile; 2] = [Profile::AgentServer, Profile::AgentClient];

/// A simulated agent.
pub(crate) struct Agent {
    pub(crate) id: HostId,
    pub(crate) world: World,
    pub(crate) folder: IdentityFolder,
    pub(crate) address: SocketAddr,
    pub(crate) heard: Arc<AtomicU64>,
    controller: String,
    clock: Clock,
    trust: ByTrust,
    server: Presented,
    client: Presented,
    beating: Arc<AtomicBool>,
    /// Milliseconds between its heartbeats.
    every: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

/// Asks to be let in with a token.
pub(crate) async fn join(
    controller: &str,
    token: &str,
    folder: &IdentityFolder,
    clock: &Clock,
) -> Result<Joined, CallError> {
    let request =
        |profile| CertificateRequest { profile, pem: folder.key(profile).unwrap().request(profile).unwrap() };
    let body = JoinRequest { token: token.to_owned(), requests: PROFILES.map(request).to_vec() };
    let pin = Token::parse(token).unwrap().authority_pin();
    let client = Client::new(Way::Tls(controller.to_owned(), tls::joining(pin, &[], clock).unwrap()));
    client.send(worker::Route::Join.method(), worker::Route::Join.path(), &body).await
}

/// Keeps what a host was given.
pub(crate) fn keep(folder: &IdentityFolder, joined: &Joined, controller: &str) {
    folder.set_trust(&joined.trust).unwrap();
    for certificate in &joined.certificates {
        folder.store(certificate.profile, &certificate.pem).unwrap();
    }
    let host = HostFile { id: joined.host, name: joined.name.clone(), controller: controller.to_owned() };
    folder.set_host(&host).unwrap();
}

impl Agent {
    /// Joins, and begins to serve and to tell.
    pub(crate) async fn join(
        controller: &str,
        token: &str,
        dir: PathBuf,
        listen: SocketAddr,
        world: World,
        clock: &Clock,
    ) -> Self {
        let folder = IdentityFolder::at(dir);
        let joined = join(controller, token, &folder, clock).await.unwrap();
        keep(&folder, &joined, controller);
        Self::start(folder, listen, world, clock).await
    }

    /// Begins to serve and to tell, out of its folder.
    pub(crate) async fn start(
        folder: IdentityFolder,
        listen: SocketAddr,
        world: World,
        clock: &Clock,
    ) -> Self {
        let host = folder.host().unwrap().unwrap();
        let trust = folder.trust().unwrap().unwrap();
        let shown = |profile| Presented::new(folder.credentials(profile).unwrap());
        let mut agent = Self {
            id: host.id,
            world,
            address: listen,
            heard: Arc::default(),
            controller: host.controller,
            clock: clock.clone(),
            trust: ByTrust::new(&trust, &[Role::Master]).unwrap(),
            server: shown(Profile::AgentServer),
            client: shown(Profile::AgentClient),
            beating: Arc::new(AtomicBool::new(true)),
            every: Arc::new(AtomicU64::new(100)),
            tasks: Vec::new(),
            folder,
        };
        agent.heal().await;
        agent
    }

    /// Nobody reaches it, and it reaches nobody.
    pub(crate) fn cut(&mut self) {
        self.tasks.drain(..).for_each(|task| task.abort());
    }

    /// It is there again.
    pub(crate) async fn heal(&mut self) {
        let terms = self.terms(&self.trust);
        let config = tls::server(&self.server, ClientPolicy::Required, &terms).unwrap();
        let door = loop {
            match Tls::bind(self.address, Arc::clone(&config), Sessions::default(), terms.admission.clone())
                .await
            {
                Ok(door) => break door,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        self.address = door.address().unwrap();
        let routes = routes(self.world.clone(), self.id);
        self.tasks.push(tokio::spawn(serve(door, routes, Limits::default(), std::future::pending())));
        let beats = self.beats();
        self.tasks.push(tokio::spawn(beats));
    }

    /// The controller, as this host speaks to it.
    pub(crate) fn controller(&self) -> Client {
        let trust = self.trust.with_roles(&[Role::Controller]);
        let config = tls::client(Some(&self.client), &[Role::Controller], &self.terms(&trust)).unwrap();
        Client::new(Way::Tls(self.controller.clone(), config)).with_patience(Duration::from_secs(5))
    }

    /// Whether it goes on telling.
    pub(crate) fn beat(&self, goes_on: bool) {
        self.beating.store(goes_on, Ordering::Relaxed);
    }

    /// How often it tells.
    pub(crate) fn beat_every(&self, every: Duration) {
        self.every.store(u64::try_from(every.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// What it tells.
    pub(crate) fn heartbeat(&self) -> Heartbeat {
        heartbeat(&self.world, self.trust.serial())
    }

    /// Asks for new certificates of new keys, and shows them from then on.
    pub(crate) async fn renew(&self) {
        let ask =
            |profile| CertificateRequest { profile, pem: self.folder.prepare_renewal(profile).unwrap() };
        let body = RenewRequest { requests: PROFILES.map(ask).to_vec() };
        let route = worker::Route::Renew;
        let renewed: Renewed = self.controller().send(route.method(), route.path(), &body).await.unwrap();
        for certificate in renewed.certificates {
            self.folder.commit(certificate.profile, &certificate.pem).unwrap();
        }
        for shown in [&self.server, &self.client] {
            let credentials: Credentials = self.folder.credentials(shown.peer().profile).unwrap();
            shown.replace(credentials).unwrap();
        }
    }

    fn terms(&self, admission: &ByTrust) -> Terms {
        Terms {
            roots: self.trust.roots(),
            admission: Arc::new(admission.clone()) as Arc<dyn Admission>,
            alpn: Vec::new(),
            clock: self.clock.clone(),
            refusals: Arc::<Refusals>::default(),
        }
    }

    fn beats(&self) -> impl Future<Output = ()> + use<> {
        let (world, trust, heard) = (self.world.clone(), self.trust.clone(), Arc::clone(&self.heard));
        let every = Arc::clone(&self.every);
        let (beating, controller, folder) =
            (Arc::clone(&self.beating), self.controller(), self.folder.clone());
        async move {
            let route = worker::Route::Heartbeat;
            loop {
                if beating.load(Ordering::Relaxed) {
                    let body = heartbeat(&world, trust.serial());
                    let told: Result<Heard, _> = controller.send(route.method(), route.path(), &body).await;
                    if let Ok(told) = told {
                        heard.fetch_add(1, Ordering::Relaxed);
                        if told.trust > trust.serial() {
                            learn(&controller, &trust, &folder).await;
                        }
                    }
                }
                tokio::time::sleep(Duration::from_millis(every.load(Ordering::Relaxed))).await;
            }
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.cut();
    }
}

async fn learn(controller: &Client, trust: &ByTrust, folder: &IdentityFolder) {
    let route = worker::Route::Trust;
    let news: Result<Trust, _> = controller.get(route.method(), route.path()).await;
    if let Ok(news) = news {
        folder.set_trust(&news).unwrap();
        trust.replace(&news).unwrap();
    }
}

fn heartbeat(world: &World, trust: u64) -> Heartbeat {
    let HostStatus { generation, deckies, .. } = world.status();
    Heartbeat {
        api: API_VERSION,
        version: "0.1.0".to_owned(),
        release: None,
        boot: world.state().boot.clone(),
        generation,
        deckies,
        site: Some(world.site()),
        not_after: 0,
        trust,
    }
}

type Served = State<(World, HostId)>;

fn routes(world: World, id: HostId) -> Router {
    Router::new()
        .route(Route::Health.path(), get(health))
        .route(Route::Site.path(), get(site))
        .route(Route::Status.path(), get(status))
        .route(Route::Deploy.path(), post(deploy))
        .route(Route::Teardown.path(), post(teardown))
        .route(Route::Operation.path(), get(operation))
        .route(Route::Decommission.path(), post(decommission))
        .with_state((world, id))
}

async fn health(State((world, _)): Served) -> Json<Health> {
    let boot = world.state().boot.clone();
    Json(Health { api: 1, version: "0.1.0".to_owned(), pid: 1, release: None, boot, functions: Vec::new() })
}

async fn site(State((world, _)): Served) -> Json<Site> {
    let mut site = world.site();
    site.in_use = Some(site.host_ip.into_iter().collect());
    Json(site)
}

async fn status(State((world, _)): Served) -> Json<HostStatus> {
    Json(world.status())
}

fn answer(taken: Result<u64, Problem>) -> Response {
    match taken {
        Ok(operation) => (StatusCode::ACCEPTED, Json(Accepted { operation })).into_response(),
        Err(problem) => (StatusCode::from_u16(problem.status).unwrap(), Json(problem)).into_response(),
    }
}

async fn deploy(State((world, _)): Served, Json(request): Json<DeployRequest>) -> Response {
    answer(world.deploy(request.plan, request.no_cache))
}

async fn teardown(State((world, _)): Served, Json(_): Json<TeardownRequest>) -> Response {
    answer(world.teardown())
}

async fn decommission(State((world, id)): Served, Json(request): Json<DecommissionRequest>) -> Response {
    assert_eq!(request.host, id);
    answer(world.teardown())
}

async fn operation(State((world, _)): Served, Path(id): Path<u64>) -> Response {
    for _ in 0..50 {
        match world.operation(id) {
            Some(status) if status.finished => return Json(status).into_response(),
            Some(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            None => break,
        }
    }
    match world.operation(id) {
        Some(status) => Json(status).into_response(),
        None => {
            let (title, detail) = ("not found".to_owned(), "no such operation".to_owned());
            (StatusCode::NOT_FOUND, Json(Problem { status: 404, title, detail })).into_response()
        }
    }
}
