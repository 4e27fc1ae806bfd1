//! A controller in this process, over real TLS on loopback, that does what tests tell it.
//!
//! It keeps no store: who joined is on its roster. What it answers can be spoilt, and it can be away.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, post},
};
use decnet_api::{
    client::{Client, Way},
    server::{Caller, Limits, Tls, serve},
};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_pki::{
    admission::Only,
    clock::Clock,
    credentials::Presented,
    folder::HostFile,
    peer::Peer,
    pem,
    sessions::Sessions,
    testing::swarm::Swarm,
    tls::{self, ClientPolicy},
    token::{Token, TokenHash},
};
use decnet_proto::swarm::{
    operator::{Certificate, CertificateRequest, Profile},
    role::{Identity, Role},
    worker::{
        Heard, Heartbeat, JoinRequest, Joined, ROSTER_WAIT, RenewRequest, Renewed, Roster, RosterQuery,
        Route, Trust,
    },
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{Join, Membership, Part, join};

/// Changes an answer, or ends the connection by panicking.
pub type Spoil<T> = Box<dyn FnMut(&Swarm, &mut T) + Send>;

/// A controller.
pub struct Controller {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: Option<(Trigger, JoinHandle<()>)>,
}

struct Shared {
    swarm: Mutex<Swarm>,
    shown: Presented,
    master: Presented,
    sessions: Sessions,
    state: Mutex<Told>,
    roster: watch::Sender<Roster>,
}

/// What it was told, and how it is to answer.
struct Told {
    tokens: HashMap<TokenHash, Life>,
    trust: Trust,
    interval: u32,
    heartbeats: Vec<(Peer, Heartbeat)>,
    renewals: usize,
    spoil_join: Option<Spoil<Joined>>,
    spoil_renewal: Option<Spoil<Renewed>>,
    /// Those who renew are not known by their new keys.
    forgetful: bool,
}

struct Life {
    expired: bool,
    used: Vec<Role>,
}

type Refused = (StatusCode, String);

impl Controller {
    /// One of a swarm of its own, which goes by a clock that stands at the present.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start() -> Self {
        let mut swarm = Swarm::at(Clock::held(Clock::system().now()));
        let shown = swarm.member(Profile::ControllerServer);
        let master = swarm.member(Profile::MasterClient);
        let told = Told {
            tokens: HashMap::new(),
            trust: swarm.trust(1),
            interval: 1,
            heartbeats: Vec::new(),
            renewals: 0,
            spoil_join: None,
            spoil_renewal: None,
            forgetful: false,
        };
        let shared = Shared {
            swarm: Mutex::new(swarm),
            shown,
            master,
            sessions: Sessions::default(),
            state: Mutex::new(told),
            roster: watch::Sender::new(Roster { version: "0".to_owned(), clients: Vec::new() }),
        };
        let mut started =
            Self { shared: Arc::new(shared), address: "127.0.0.1:0".parse().unwrap(), serving: None };
        started.resume().await;
        started
    }

    /// Answers again, where it did before.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn resume(&mut self) {
        let (terms, config) = {
            let swarm = self.swarm();
            let terms = swarm.terms(swarm.roster.admitting(&[Role::Agent, Role::Updater, Role::Listener]));
            let config = tls::server(&self.shared.shown, ClientPolicy::Optional, &terms).unwrap();
            (terms, config)
        };
        let sessions = self.shared.sessions.clone();
        let door = Tls::bind(self.address, config, sessions, terms.admission).await.unwrap();
        self.address = door.address().unwrap();
        let (end, mut ended) = Shutdown::by_hand();
        let routes = routes(Arc::clone(&self.shared));
        let served = tokio::spawn(async move {
            serve(door, routes, Limits::default(), async move { ended.requested().await }).await;
        });
        self.serving = Some((end, served));
    }

    /// Is away.
    ///
    /// # Panics
    /// When serving has panicked.
    pub async fn stop(&mut self) {
        let Some((end, served)) = self.serving.take() else { return };
        end.request();
        self.shared.sessions.close(|_| true);
        served.await.unwrap();
    }

    /// Where it is, as hosts are told.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The swarm.
    pub fn swarm(&self) -> MutexGuard<'_, Swarm> {
        self.shared.swarm()
    }

    /// A token for the worker.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    pub fn token(&self) -> String {
        self.token_that(false)
    }

    /// A token that has run out.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    pub fn expired_token(&self) -> String {
        self.token_that(true)
    }

    fn token_that(&self, expired: bool) -> String {
        let (text, hash) = Token::draw(self.swarm().authority.pin()).unwrap();
        self.told().tokens.insert(hash, Life { expired, used: Vec::new() });
        text
    }

    /// What joining a part takes, with a new token.
    pub fn join(&self, part: Part, dir: &Path) -> Join {
        Join { part, url: self.url(), token: self.token(), dir: dir.to_owned(), again: false }
    }

    /// Lets a part join, and opens its place by the swarm's clock.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn member(&self, part: Part, dir: &Path) -> (HostFile, Arc<Membership>) {
        let file = join(&self.join(part, dir)).await.unwrap();
        let clock = self.swarm().clock.clone();
        (file, Arc::new(Membership::open(part, dir, clock).unwrap().unwrap()))
    }

    /// The master, as it speaks to a part of the worker.
    ///
    /// # Panics
    /// When TLS cannot be set up.
    pub fn master(&self, part: Part, address: SocketAddr) -> Client {
        let swarm = self.swarm();
        let identity = swarm.hosts.identity(part.role());
        let only = Only::new(identity, swarm.roster.admitting(&[part.role()]));
        let terms = swarm.terms(Arc::new(only));
        let config = tls::client(Some(&self.shared.master), &[part.role()], &terms).unwrap();
        Client::new(Way::Tls(address.to_string(), config))
    }

    /// What the master shows.
    pub fn master_peer(&self) -> Peer {
        self.shared.master.peer()
    }

    /// Changes whom workers are told to trust.
    pub fn change_trust(&self, change: impl FnOnce(&mut Trust)) {
        change(&mut self.told().trust);
    }

    /// Changes who may bring logs, and its version with it.
    pub fn change_roster(&self, change: impl FnOnce(&mut Roster)) {
        self.shared.roster.send_modify(|roster| {
            change(roster);
            let version = roster.version.parse::<u64>().unwrap_or_default() + 1;
            roster.version = version.to_string();
        });
    }

    /// Every heartbeat that it heard, with who sent it.
    pub fn heartbeats(&self) -> Vec<(Peer, Heartbeat)> {
        self.told().heartbeats.clone()
    }

    /// How often it has signed new certificates.
    pub fn renewals(&self) -> usize {
        self.told().renewals
    }

    /// Changes its answers to who joins; nothing does so any more when there is none.
    pub fn spoil_join(&self, spoil: Option<Spoil<Joined>>) {
        self.told().spoil_join = spoil;
    }

    /// The same for who renews.
    pub fn spoil_renewal(&self, spoil: Option<Spoil<Renewed>>) {
        self.told().spoil_renewal = spoil;
    }

    /// Whether it forgets the new keys of who renews.
    pub fn forget_renewals(&self, forgetful: bool) {
        self.told().forgetful = forgetful;
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.shared.told()
    }
}

impl Shared {
    // A handler that panics on purpose leaves both whole.
    fn told(&self) -> MutexGuard<'_, Told> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn swarm(&self) -> MutexGuard<'_, Swarm> {
        self.swarm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs for an identity, and knows the key from then on.
    fn sign(&self, identity: Identity, request: &CertificateRequest, known: bool) -> Certificate {
        let mut swarm = self.swarm();
        let now = swarm.clock.now();
        let signed = swarm.authority.sign(request.profile, identity, "w1", &request.pem, now).unwrap();
        if known {
            let peer = Peer::of(&pem::certificate(&signed.pem).unwrap()).unwrap();
            swarm.know(&peer);
        }
        Certificate {
            profile: request.profile,
            pem: signed.pem,
            fingerprint: signed.fingerprint.to_string(),
            not_after: signed.not_after,
        }
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(Route::Join.path(), post(joined))
        .route(Route::Renew.path(), post(renewed))
        .route(Route::Heartbeat.path(), post(heard))
        .route(Route::Trust.path(), get(trust))
        .route(Route::Roster.path(), get(roster))
        .with_state(shared)
}

async fn joined(
    State(shared): State<Arc<Shared>>,
    Json(body): Json<JoinRequest>,
) -> Result<(StatusCode, Json<Joined>), Refused> {
    let refused = |text: &str| (StatusCode::FORBIDDEN, text.to_owned());
    let hash = Token::parse(&body.token).map_err(|_| refused("no token"))?.hash();
    let role = body.requests.first().map(|request| request.profile.role()).ok_or(refused("nothing"))?;
    {
        let mut told = shared.told();
        let life = told.tokens.get_mut(&hash).ok_or(refused("unknown"))?;
        if life.expired || life.used.contains(&role) {
            return Err(refused("used or expired"));
        }
        life.used.push(role);
    }
    let identity = shared.swarm().hosts.identity(role);
    let host = identity.host;
    let certificates = body.requests.iter().map(|request| shared.sign(identity, request, true)).collect();
    let trust = shared.told().trust.clone();
    let mut answer = Joined { host, name: "w1".parse().unwrap(), certificates, trust, release_key: None };
    let spoil = shared.told().spoil_join.take();
    if let Some(mut spoil) = spoil {
        spoil(&shared.swarm(), &mut answer);
    }
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn renewed(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<RenewRequest>,
) -> Result<(StatusCode, Json<Renewed>), Refused> {
    let peer = caller.peer.ok_or((StatusCode::FORBIDDEN, "who?".to_owned()))?;
    let known = !shared.told().forgetful;
    let certificates = body.requests.iter().map(|request| shared.sign(peer.identity, request, known));
    let mut answer = Renewed { certificates: certificates.collect() };
    shared.told().renewals += 1;
    let spoil = shared.told().spoil_renewal.take();
    if let Some(mut spoil) = spoil {
        spoil(&shared.swarm(), &mut answer);
    }
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn heard(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<Heartbeat>,
) -> Result<Json<Heard>, Refused> {
    let peer = caller.peer.ok_or((StatusCode::FORBIDDEN, "who?".to_owned()))?;
    let mut told = shared.told();
    told.heartbeats.push((peer, body));
    Ok(Json(Heard { trust: told.trust.serial, interval: told.interval }))
}

async fn trust(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Trust>, Refused> {
    caller.peer.ok_or((StatusCode::FORBIDDEN, "who?".to_owned()))?;
    Ok(Json(shared.told().trust.clone()))
}

async fn roster(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<RosterQuery>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Roster>, Refused> {
    caller.peer.ok_or((StatusCode::FORBIDDEN, "who?".to_owned()))?;
    let mut news = shared.roster.subscribe();
    let is_news = |roster: &Roster| query.have.as_ref() != Some(&roster.version);
    // When there is none in time, the same is told again.
    let _ = timeout(Duration::from_secs(ROSTER_WAIT.into()), news.wait_for(is_news)).await;
    let roster = news.borrow().clone();
    Ok(Json(roster))
}

/// Ends the connection of who asks, after the controller has done what was asked.
///
/// # Panics
/// Always, when it is called.
pub fn hang_up<T: 'static>() -> Spoil<T> {
    Box::new(|_, _| panic!("the controller goes away, as the test wants"))
}
