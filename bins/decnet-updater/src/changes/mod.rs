//! Changes of this host: one at a time, whoever asks, and whoever goes away meanwhile.

mod describe;
mod releases;
mod tending;
mod translate;

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_proto::swarm::updater::{Chain, Change, Done, Outcome, Phase, Releases};
use decnet_release::{
    Digest, PublicKey, Target,
    change::{self, Clock as _, Engine, SystemClock, Terms},
    lock::{Lock, LockError},
    medium::{Disk, KeepError},
};
use tokio::{
    runtime::Handle,
    sync::{Notify, OwnedMutexGuard},
    task::{JoinError, spawn_blocking},
    time::timeout,
};

pub(crate) use self::{
    describe::outcome,
    releases::{open_change, read},
};
use crate::{
    failure::Undone,
    incoming::Incoming,
    settings::Settings,
    supervisor::{Own, Starter, Words, Worker},
};

/// How long who looks at what runs may take: agent and forwarder have ten seconds to answer.
const LOOKING: Duration = Duration::from_secs(30);

type WorkerEngine = Engine<Disk, Worker, SystemClock>;
type OwnEngine = Engine<Disk, Own, SystemClock>;

/// Who makes changes. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Changes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    /// Whose releases are taken, or why nobody's.
    key: Result<PublicKey, String>,
    turn: Arc<tokio::sync::Mutex<()>>,
    doing: Mutex<Option<(Chain, i64)>>,
    /// A turn was over.
    over: Notify,
}

/// The right to make a change; nobody else has it until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    changes: Changes,
    _held: OwnedMutexGuard<()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.changes.doing() = None;
        self.changes.0.over.notify_one();
    }
}

impl Changes {
    /// By these settings; releases are taken that are signed with this key.
    pub(crate) fn new(settings: Settings, key: Result<PublicKey, String>) -> Self {
        let (turn, doing, over) = (Arc::default(), Mutex::default(), Notify::new());
        Self(Arc::new(Inner { settings, key, turn, doing, over }))
    }

    /// What it goes by.
    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The right to make a change of this chain. Who only looks at what runs is waited for.
    ///
    /// # Errors
    /// [`Undone::Busy`].
    pub(crate) async fn begin(&self, chain: Chain) -> Result<Turn, Undone> {
        let held = match Arc::clone(&self.0.turn).try_lock_owned() {
            Ok(held) => held,
            Err(_) => match self.under_way() {
                Some(change) => return Err(Undone::Busy(Some(change))),
                None => self.wait().await?,
            },
        };
        *self.doing() = Some((chain, SystemClock::new().unix()));
        Ok(Turn { changes: self.clone(), _held: held })
    }

    async fn wait(&self) -> Result<OwnedMutexGuard<()>, Undone> {
        let waited = timeout(LOOKING, Arc::clone(&self.0.turn).lock_owned()).await;
        waited.map_err(|_| Undone::Busy(self.under_way()))
    }

    /// What is under way, by us or by the watchdog, or was when an earlier updater ended.
    pub(crate) fn under_way(&self) -> Option<Change> {
        let doing = *self.doing();
        let open = |chain| releases::open_change(&self.0.settings.layout(chain), chain);
        match doing {
            Some((chain, since)) => {
                let journaled = open(chain).filter(|change| change.since >= since);
                journaled.or(Some(Change { chain, phase: Phase::Receiving, to: None, since }))
            }
            None => Chain::ALL.into_iter().find_map(open),
        }
    }

    /// Which releases there are.
    ///
    /// # Errors
    /// [`Undone::Broken`].
    pub(crate) async fn releases(&self) -> Result<Releases, Undone> {
        let changes = self.clone();
        let settings = move || {
            let now = changes.under_way();
            releases::read(&changes.0.settings.folders, now.as_ref())
                .map_err(|error| translate::unreadable(&*error))
        };
        spawn_blocking(settings).await.map_err(broke_off)?
    }

    /// Changes the worker to the release that comes.
    ///
    /// # Errors
    /// [`Undone`].
    pub(crate) async fn update(
        &self,
        turn: Turn,
        archive: Incoming,
        announced: Digest,
    ) -> Result<Done, Undone> {
        let key = self.key()?;
        self.make(turn, Outcome::Updated, move |engine| engine.update(archive, &key, Some(announced))).await
    }

    /// Changes the worker back.
    ///
    /// # Errors
    /// [`Undone`].
    pub(crate) async fn rollback(&self, turn: Turn) -> Result<Done, Undone> {
        self.make(turn, Outcome::RolledBack, WorkerEngine::rollback).await
    }

    /// Brings the updater's own release to where the watchdog finds it.
    ///
    /// # Errors
    /// [`Undone`].
    pub(crate) async fn prepare(
        &self,
        turn: Turn,
        archive: Incoming,
        announced: Digest,
    ) -> Result<Done, Undone> {
        let (key, changes, runtime) = (self.key()?, self.clone(), Handle::current());
        let made = spawn_blocking(move || {
            let _turn = turn;
            let mut engine = own_engine(&changes.0.settings, runtime)?;
            translate::prepared(engine.prepare(archive, &key, Some(announced)))
        });
        made.await.map_err(broke_off)?
    }

    /// Makes a change of the worker. It goes on when who asked goes away.
    async fn make(
        &self,
        turn: Turn,
        done: Outcome,
        change: impl FnOnce(&mut WorkerEngine) -> Result<change::Outcome, change::ChangeError> + Send + 'static,
    ) -> Result<Done, Undone> {
        let (changes, runtime) = (self.clone(), Handle::current());
        let made = spawn_blocking(move || {
            let _turn = turn;
            let (mut engine, words) = changes.worker_engine(runtime)?;
            let made = change(&mut engine);
            translate::made(made, done, &words.get())
        });
        made.await.map_err(broke_off)?
    }

    fn worker_engine(&self, runtime: Handle) -> Result<(WorkerEngine, Words), Undone> {
        let settings = &self.0.settings;
        let layout = settings.layout(Chain::Worker);
        let lock = locked(&layout)?;
        let starter = Starter::new(&settings.supervision, &layout.root);
        let worker = Worker::new(starter, settings.places.clone(), layout.current(), runtime);
        let words = worker.words.clone();
        let terms = terms(change::Chain::Worker, settings);
        Ok((Engine::new((layout, lock), terms, Disk, worker, SystemClock::new()), words))
    }

    fn key(&self) -> Result<PublicKey, Undone> {
        self.0.key.clone().map_err(Undone::Refused)
    }

    fn doing(&self) -> MutexGuard<'_, Option<(Chain, i64)>> {
        self.0.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who changes the updater itself; the watchdog makes the same one.
pub(crate) fn own_engine(settings: &Settings, runtime: Handle) -> Result<OwnEngine, Undone> {
    let layout = settings.layout(Chain::Updater);
    let lock = locked(&layout)?;
    let own = Own::new(Starter::new(&settings.supervision, &layout.root), layout.clone(), runtime);
    let terms = terms(change::Chain::Updater, settings);
    Ok(Engine::new((layout, lock), terms, Disk, own, SystemClock::new()))
}

fn terms(chain: change::Chain, settings: &Settings) -> Terms {
    Terms { chain, target: Target::own(), patience: settings.patience }
}

/// The lock of a chain, whose folder is made if it is missing.
fn locked(layout: &decnet_release::Layout) -> Result<Lock, Undone> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(&layout.root);
    made.map_err(|source| translate::unreadable(&KeepError { path: layout.root.clone(), source }))?;
    Lock::take(&layout.lock()).map_err(|error| match error {
        LockError::Busy => Undone::Busy(None),
        error @ LockError::File { .. } => translate::unreadable(&error),
    })
}

fn broke_off(error: JoinError) -> Undone {
    Undone::Broken(format!("the change broke off: {error}"), String::new())
}
