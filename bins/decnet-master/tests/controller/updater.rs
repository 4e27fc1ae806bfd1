//! A simulated updater: it joins, takes releases and verifies them by the rules of a real one, and does with
//! them what a test wants.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use decnet_api::server::{Limits, serve};
use decnet_membership::{Join, Membership, Part, join};
use decnet_pki::clock::Clock;
use decnet_proto::{
    problem::Problem,
    swarm::updater::{
        BROKEN, BUSY, CONTENT_DIGEST, Chain, Change, Conclusion, Done, Ended, Failure, Health, Line, Outcome,
        Phase, REFUSED, ROLLED_BACK, ReleaseName, Releases, Route, Running, Seen,
    },
};
use decnet_release::{PublicKey, Target, archive::verify};
use tokio::task::JoinHandle;

/// What becomes of a release that is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It runs.
    #[default]
    Well,
    /// It does not get well, and is undone.
    RollsBack,
    /// It does not get well, and neither does the one before.
    Breaks,
    /// The host does not want it.
    Refuses,
    /// It is said to run, and the old one does.
    Lies,
    /// It is said to run, and nothing was started anew.
    Sleeps,
    /// Something else is under way.
    Busy,
    /// The connection breaks as soon as all of it was sent; it runs in the end.
    HangsUp,
    /// The connection breaks; it is undone in the end.
    HangsUpAndRollsBack,
    /// The connection breaks, and nothing is ever heard of it.
    HangsUpAndForgets,
}

/// What a host is.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) mood: Mood,
    /// What it is, if it tells.
    pub(crate) target: Option<String>,
    /// How long a change takes.
    pub(crate) takes: Duration,
    /// Archives that came, whatever was in them.
    pub(crate) asked: usize,
    /// Releases that came whole, and were verified.
    pub(crate) taken: Vec<ReleaseName>,
    pub(crate) worker: Line,
    pub(crate) own: Line,
    /// What answers: not always what was switched to.
    pub(crate) runs: ReleaseName,
    boots: u32,
    own_boots: u32,
    key: PublicKey,
}

/// A simulated updater.
pub(crate) struct Updater {
    pub(crate) host: Arc<Mutex<Host>>,
    membership: Membership,
    address: SocketAddr,
    serving: Option<JoinHandle<()>>,
}

/// The release that hosts have at first.
pub(crate) fn first() -> ReleaseName {
    ReleaseName { version: "1.0.0".to_owned(), digest: "0".repeat(64) }
}

impl Updater {
    /// Joins with a token, and begins to serve.
    pub(crate) async fn join(
        url: &str,
        token: &str,
        dir: PathBuf,
        address: SocketAddr,
        key: PublicKey,
    ) -> Self {
        let (url, token) = (url.to_owned(), token.to_owned());
        join(&Join { part: Part::Updater, url, token, dir: dir.clone(), again: false }).await.unwrap();
        let membership = Membership::open(Part::Updater, &dir, Clock::system()).unwrap().unwrap();
        let line = || Line { current: Some(first()), ..Line::default() };
        let host = Host {
            mood: Mood::Well,
            target: Some(Target::own().to_string()),
            takes: Duration::ZERO,
            asked: 0,
            taken: Vec::new(),
            worker: line(),
            own: line(),
            runs: first(),
            boots: 1,
            own_boots: 1,
            key,
        };
        let mut updater = Self { host: Arc::new(Mutex::new(host)), membership, address, serving: None };
        updater.heal().await;
        updater
    }

    pub(crate) fn host(&self) -> MutexGuard<'_, Host> {
        self.host.lock().unwrap()
    }

    /// Nobody reaches it.
    pub(crate) fn cut(&mut self) {
        self.serving.take().unwrap().abort();
    }

    /// It is there again.
    pub(crate) async fn heal(&mut self) {
        let door = self.membership.door(self.address).await.unwrap();
        let routes = routes(Arc::clone(&self.host));
        self.serving = Some(tokio::spawn(serve(door, routes, Limits::default(), std::future::pending())));
    }
}

impl Drop for Updater {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

type Served = State<Arc<Mutex<Host>>>;

fn routes(host: Arc<Mutex<Host>>) -> Router {
    Router::new()
        .route(Route::Health.path(), get(health))
        .route(Route::Releases.path(), get(releases))
        .route(Route::Update.path(), post(update))
        .route(Route::UpdateSelf.path(), post(update_self))
        .route(Route::Rollback.path(), post(rollback))
        .layer(DefaultBodyLimit::disable())
        .with_state(host)
}

async fn health(State(host): Served) -> Json<Health> {
    let host = host.lock().unwrap();
    let running = Running {
        version: host.runs.version.clone(),
        pid: 7,
        release: Some(host.runs.digest.clone()),
        boot: format!("boot {}", host.boots),
        functions: Vec::new(),
    };
    let own = host.own.current.clone().unwrap();
    Json(Health {
        api: 1,
        version: own.version,
        pid: 8,
        target: host.target.clone(),
        release: Some(own.digest),
        boot: format!("boot {}", host.own_boots),
        agent: Some(Seen::Up(running.clone())),
        forwarder: Some(Seen::Up(running)),
        change: host.worker.change.clone(),
    })
}

async fn releases(State(host): Served) -> Json<Releases> {
    let host = host.lock().unwrap();
    Json(Releases { worker: host.worker.clone(), updater: host.own.clone() })
}

fn failure(status: u16, title: &str, rolled_back: bool) -> Response {
    let problem = Problem { status, title: title.to_owned(), detail: "so the host says".to_owned() };
    let output = "decnet-agent: cannot open the door\nits second line".to_owned();
    let failure = Failure { problem, rolled_back, output, busy: None };
    (StatusCode::from_u16(status).unwrap(), Json(failure)).into_response()
}

fn ended(to: &ReleaseName, result: Conclusion) -> Option<Ended> {
    Some(Ended { to: to.clone(), result, at: 9, output: "told afterwards".to_owned() })
}

/// Verifies as a host does, and begins.
fn begin(
    host: &Mutex<Host>,
    headers: &HeaderMap,
    body: &Bytes,
    chain: Chain,
) -> Result<ReleaseName, Box<Response>> {
    let mut host = host.lock().unwrap();
    host.asked += 1;
    if host.mood == Mood::Busy {
        return Err(failure(409, BUSY, false).into());
    }
    let unpacked = verify(body.as_ref(), &host.key).map_err(|_| failure(422, REFUSED, false))?;
    let digest = base64(&unpacked.archive.0);
    let told = headers.get(CONTENT_DIGEST).and_then(|told| told.to_str().ok());
    if told != Some(&format!("sha-256=:{digest}:")) {
        return Err(failure(400, "another digest", false).into());
    }
    if host.mood == Mood::Refuses {
        return Err(failure(422, REFUSED, false).into());
    }
    let id = unpacked.manifest.id();
    let name = ReleaseName { version: id.version.to_string(), digest: id.digest.to_string() };
    host.taken.push(name.clone());
    let change = Change { chain, phase: Phase::Probing, to: Some(name.clone()), since: 5 };
    match chain {
        Chain::Worker => host.worker.change = Some(change),
        Chain::Updater => host.own.change = Some(change),
    }
    Ok(name)
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

async fn update(State(host): Served, headers: HeaderMap, body: Bytes) -> Response {
    let name = match begin(&host, &headers, &body, Chain::Worker) {
        Ok(name) => name,
        Err(refused) => return *refused,
    };
    let (mood, takes) = {
        let host = host.lock().unwrap();
        (host.mood, host.takes)
    };
    // It goes on whatever becomes of who asked.
    let to = name.clone();
    let changing = tokio::spawn(async move {
        tokio::time::sleep(takes).await;
        end(&host, &to, mood);
    });
    if matches!(mood, Mood::HangsUp | Mood::HangsUpAndRollsBack | Mood::HangsUpAndForgets) {
        panic!("the updater hangs up, as the test wants");
    }
    changing.await.unwrap();
    let done = |outcome| Json(Done { outcome, release: name.clone(), output: String::new() });
    match mood {
        Mood::RollsBack => failure(409, ROLLED_BACK, true),
        Mood::Breaks => failure(500, BROKEN, false),
        _ => done(Outcome::Updated).into_response(),
    }
}

/// What there is after a change.
fn end(host: &Mutex<Host>, name: &ReleaseName, mood: Mood) {
    let mut host = host.lock().unwrap();
    host.worker.change = None;
    let conclusion = match mood {
        Mood::RollsBack | Mood::HangsUpAndRollsBack => Conclusion::RolledBack,
        Mood::Breaks => Conclusion::Broken,
        Mood::HangsUpAndForgets => return,
        _ => Conclusion::Committed,
    };
    host.boots += u32::from(mood != Mood::Sleeps);
    if conclusion == Conclusion::Committed && mood != Mood::Lies {
        host.runs = name.clone();
        host.worker.current = Some(name.clone());
    }
    host.worker.last = ended(name, conclusion);
}

async fn update_self(State(host): Served, headers: HeaderMap, body: Bytes) -> Response {
    let name = match begin(&host, &headers, &body, Chain::Updater) {
        Ok(name) => name,
        Err(refused) => return *refused,
    };
    let done = Done { outcome: Outcome::Queued, release: name.clone(), output: String::new() };
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut host = host.lock().unwrap();
        host.own.change = None;
        host.own_boots += 1;
        let conclusion = match host.mood {
            Mood::RollsBack => Conclusion::RolledBack,
            _ => Conclusion::Committed,
        };
        if conclusion == Conclusion::Committed {
            host.own.current = Some(name.clone());
        }
        host.own.last = ended(&name, conclusion);
    });
    Json(done).into_response()
}

async fn rollback(State(host): Served) -> Response {
    let mut host = host.lock().unwrap();
    if host.runs == first() {
        return failure(404, "nothing to roll back to", false);
    }
    if host.mood == Mood::Breaks {
        return failure(500, BROKEN, false);
    }
    host.runs = first();
    host.worker.current = Some(first());
    host.boots += 1;
    host.worker.last = ended(&first(), Conclusion::Committed);
    let done = Done { outcome: Outcome::RolledBack, release: first(), output: String::new() };
    let hangs_up = host.mood == Mood::HangsUp;
    drop(host);
    if hangs_up {
        panic!("the updater hangs up, as the test wants");
    }
    Json(done).into_response()
}
