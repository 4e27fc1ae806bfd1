//! The controller itself: what it holds, and what changes who is let in.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use decnet_pki::{
    admission::Admission, authority::Authority, clock::Clock, peer::Peer, refusals::Refusals, roots::Roots,
    sessions::Sessions, tls::Terms,
};
use decnet_proto::{ids::HostId, swarm::role::Role};
use decnet_release::PublicKey;
use decnet_store::{Number, Store, StoreError};
use tokio::sync::{Mutex, mpsc, watch};

use super::{
    audit::Damper,
    folder::Folder,
    goal::Wanted,
    identity::MasterIdentity,
    library::Library,
    listeners,
    log_roster::LogRoster,
    loops::Loops,
    operations::Open,
    operator_token::OperatorToken,
    plans::Plans,
    release_key,
    rollout::Rollouts,
    roster::{Roster, TurnedAway},
    settings::Settings,
    trust::Trusted,
};
use crate::fleet::SwarmFolder;

/// A controller over its folder.
#[derive(Debug)]
pub(super) struct Controller {
    pub(super) settings: Settings,
    /// When it began to listen.
    pub(super) opened_at: i64,
    pub(super) store: Store,
    pub(super) authority: Authority,
    pub(super) master: MasterIdentity,
    pub(super) token: OperatorToken,
    pub(super) plans: Plans,
    pub(super) roster: Roster,
    /// Who may bring logs, for listeners.
    pub(super) log_roster: LogRoster,
    pub(super) heard_listeners: listeners::Heard,
    pub(super) roots: Roots,
    pub(super) trusted: Trusted,
    /// Live connections of both servers.
    pub(super) sessions: Sessions,
    pub(super) refusals: Arc<Refusals>,
    /// What is wanted of the swarm.
    pub(super) wanted: watch::Sender<Wanted>,
    /// Held by who decides what is wanted.
    pub(super) deciding: Mutex<()>,
    pub(super) open: Open,
    pub(super) loops: Loops,
    pub(super) rollouts: Rollouts,
    pub(super) library: Library,
    /// Who makes releases.
    pub(super) release_key: Option<PublicKey>,
    pub(super) damper: Damper,
    /// Which plan each host said last that it has.
    pub(super) last_said: std::sync::Mutex<HashMap<HostId, Option<u64>>>,
    /// Who was not let in, for the audit log.
    pub(super) turned_away: Mutex<mpsc::Receiver<TurnedAway>>,
    /// Where it listens for workers, once it does.
    workers: OnceLock<SocketAddr>,
    /// Held by who brings the roster up to date, so that the newest list is the last.
    refreshing: Mutex<()>,
}

impl Controller {
    /// Opens the folder, and takes up what was begun before.
    pub(super) async fn open(settings: Settings) -> anyhow::Result<Arc<Self>> {
        let now = settings.clock.now();
        let Folder { authority, master, store, token } = Folder::open(&settings.state, now).await?;
        let plans = Plans::of(&settings.state);
        let wanted = Wanted::new(plans.read(store.number(Number::Generation).await?)?);
        let (roster, turned_away) = Roster::new();
        let controller = Arc::new(Self {
            roots: Roots::new(&authority.certificates())?,
            trusted: Trusted::default(),
            roster,
            log_roster: LogRoster::default(),
            heard_listeners: listeners::Heard::default(),
            last_said: std::sync::Mutex::default(),
            turned_away: Mutex::new(turned_away),
            sessions: Sessions::default(),
            refusals: Arc::default(),
            wanted: watch::Sender::new(wanted),
            deciding: Mutex::default(),
            open: Open::default(),
            loops: Loops::default(),
            rollouts: Rollouts::default(),
            library: Library::open(SwarmFolder::of(&settings.state).releases())?,
            release_key: release_key::open(settings.release_key.as_deref())?,
            damper: Damper::default(),
            workers: OnceLock::new(),
            refreshing: Mutex::default(),
            settings,
            opened_at: now,
            store,
            authority,
            master,
            token,
            plans,
        });
        controller.refresh().await?;
        controller.trust_changed().await?;
        Ok(controller)
    }

    /// The time.
    pub(super) fn now(&self) -> i64 {
        self.settings.clock.now()
    }

    /// It listens for workers there.
    pub(super) fn listens_for_workers(&self, address: SocketAddr) {
        // The first door is the only one.
        let _ = self.workers.set(address);
    }

    /// Where it listens for workers.
    pub(super) fn workers(&self) -> SocketAddr {
        self.workers.get().copied().unwrap_or(self.settings.workers)
    }

    pub(super) fn clock(&self) -> Clock {
        self.settings.clock.clone()
    }

    /// Lets in who is good now, and cuts off who is not.
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let _alone = self.refreshing.lock().await;
        let good = self.store.certificate_good(self.now()).await?;
        self.roster.replace(&good);
        let cut = self.sessions.close(|peer| self.roster.judge(peer).is_err());
        if cut > 0 {
            tracing::info!("closed {cut} connections of who is let in no more");
        }
        // Who was cut off hears no news.
        self.log_roster.replace(&good);
        Ok(())
    }

    /// A peer spoke with its certificate: what it had before is good no more.
    pub(super) async fn spoke(&self, peer: &Peer) -> Result<(), StoreError> {
        if self.roster.find(&peer.fingerprint).is_some_and(|entry| entry.pending) {
            self.store.certificate_used(peer.fingerprint.to_string(), self.now()).await?;
            self.refresh().await?;
        }
        Ok(())
    }

    /// On what terms the controller speaks with parts of these roles.
    pub(super) fn terms(&self, admission: Arc<dyn Admission>) -> Terms {
        Terms {
            roots: self.roots.clone(),
            admission,
            alpn: Vec::new(),
            clock: self.clock(),
            refusals: Arc::clone(&self.refusals),
        }
    }

    /// Lets in parts of these roles.
    pub(super) fn admitting(&self, roles: &[Role]) -> Arc<dyn Admission> {
        self.roster.admitting(roles)
    }

    /// Has the loop of a host look again.
    pub(super) fn poke(self: &Arc<Self>, host: HostId) {
        self.loops.poke(self, host);
    }
}
