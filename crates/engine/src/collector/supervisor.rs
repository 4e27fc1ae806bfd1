//! Which containers are read: by listing, by the engine's events, and by listing again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{
    changes::forward,
    patience::Stopped,
    reader::{Nudge, Reader, Shared},
    source::{Change, LogContainer, LogSource},
};
use crate::error::chain;

/// Longest wait for an answer of the engine.
const ASK: Duration = Duration::from_secs(30);

/// How often a checkpoint is written.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// Changes that may wait.
const CHANGES: usize = 256;

/// Nudges that may wait for one reader.
const NUDGES: usize = 8;

/// Asks for everything that the log of a container holds, by its name or id.
pub(super) struct Drain {
    pub(super) container: String,
    pub(super) done: oneshot::Sender<()>,
}

struct Watched {
    container: LogContainer,
    /// Whether it was there when containers were last listed.
    listed: bool,
    nudges: mpsc::Sender<Nudge>,
    task: AbortOnDrop,
}

/// A task that ends with its owner.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Watches over the readers.
pub(super) struct Supervisor<S> {
    shared: Shared<S>,
    watched: BTreeMap<String, Watched>,
    streams: Arc<AtomicU32>,
}

impl<S: LogSource> Supervisor<S> {
    pub(super) fn new(shared: Shared<S>, streams: Arc<AtomicU32>) -> Self {
        Self { shared, watched: BTreeMap::new(), streams }
    }

    /// Runs until the writer stops.
    pub(super) async fn run(&mut self, drains: &mut mpsc::Receiver<Drain>) -> Stopped {
        let mut checkpoint = interval(CHECKPOINT);
        checkpoint.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (sender, mut changes) = mpsc::channel(CHANGES);
        let listener = tokio::spawn(forward(Arc::clone(&self.shared.source), sender));
        let _listener = AbortOnDrop(listener);
        let mut list_at = Instant::now();
        loop {
            let mut relist = false;
            tokio::select! {
                Some(change) = changes.recv() => relist = self.react(change),
                Some(drain) = drains.recv() => self.drain(drain).await,
                () = sleep_until(list_at) => relist = true,
                _ = checkpoint.tick() => {
                    if let Err(stopped) = self.shared.writer.call(|archive| archive.tick()).await {
                        return stopped;
                    }
                }
            }
            if relist {
                self.discover().await;
                list_at = Instant::now() + self.shared.reconcile;
            }
        }
    }

    /// Acts on a change and says whether to list anew.
    fn react(&self, change: Change) -> bool {
        match change {
            Change::Started => true,
            Change::Died(id) | Change::Removed(id) => {
                if let Some(watched) = self.watched.get(&id) {
                    // A full queue means that it is about to look anyway.
                    let _ = watched.nudges.try_send(Nudge::Look);
                }
                false
            }
        }
    }

    /// Lists the fleet, begins to read what is new and forgets what is gone.
    async fn discover(&mut self) {
        let listed = match timeout(ASK, self.shared.source.list()).await {
            Ok(Ok(listed)) => listed,
            Ok(Err(error)) => return tracing::warn!("{}", chain(&error)),
            Err(_) => return tracing::warn!("the engine does not answer"),
        };
        let mut ids: BTreeSet<String> = listed.iter().map(|container| container.id.clone()).collect();
        for container in listed {
            self.watch(container);
        }
        self.watched.retain(|id, watched| {
            watched.listed = ids.contains(id);
            watched.listed || !watched.task.0.is_finished()
        });
        ids.extend(self.watched.keys().cloned());
        let running = self.watched.values().filter(|watched| watched.container.running).count();
        self.streams.store(u32::try_from(running).unwrap_or(u32::MAX), Ordering::Relaxed);
        // A writer that stopped ends the loop at its next tick.
        let _ = self.shared.writer.call(move |archive| archive.retain(&ids)).await;
    }

    fn watch(&mut self, container: LogContainer) {
        if let Some(watched) = self.watched.get_mut(&container.id)
            && !watched.task.0.is_finished()
        {
            if container.running && !watched.container.running {
                // A full queue means that it is about to look anyway.
                let _ = watched.nudges.try_send(Nudge::Look);
            }
            watched.container = container;
            return;
        }
        let (nudges, receiver) = mpsc::channel(NUDGES);
        let reader = Reader::new(self.shared.clone(), container.clone(), receiver);
        let task = AbortOnDrop(tokio::spawn(reader.run()));
        self.watched.insert(container.id.clone(), Watched { container, listed: true, nudges, task });
    }

    async fn drain(&mut self, drain: Drain) {
        // Names are used again: only a fresh list says whose it is now.
        self.discover().await;
        let is_it = |watched: &&Watched| {
            let Watched { container, listed, .. } = watched;
            *listed && (container.id == drain.container || container.name == drain.container)
        };
        if let Some(watched) = self.watched.values().find(is_it) {
            let nudges = watched.nudges.clone();
            tokio::spawn(async move {
                // Dropping `done` tells that the reader is gone.
                let _ = nudges.send(Nudge::Drain(drain.done)).await;
            });
        }
    }
}
