//! The updater's own update. Whoever is replaced cannot see to it: a watchdog does, which no push replaces.
//!
//! ```text
//! updater   prepares: release on disk, journal, file `trial` ──► has the watchdog started
//! watchdog  switches, restarts the updater, reads what it confirms; else back, and the same again
//! updater   (new or former) confirms as soon as it serves
//! ```

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    detach::{self, Daemon},
    pidfile, provenance,
};
use decnet_proto::{problem::chain, swarm::updater::Chain};
use decnet_release::{
    Layout, Store,
    change::{
        self, Outcome,
        health::{Check, Health},
    },
    lock::{Lock, LockError},
    medium::Disk,
};
use tokio::{runtime::Handle, sync::Notify, task::spawn_blocking, time::sleep};

use crate::{
    changes::{self, own_engine},
    failure::Undone,
    settings::{Settings, Supervision},
    units::{Helper, Request},
};

/// How long the answer to who asked has, before the updater may be ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often it is looked whether a watchdog is needed and missing.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How long the watchdog waits for the lock, which who prepared the change may still have.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);
/// How often it tries.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// Has the watchdog started when there is something to watch. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchdog(Arc<Notify>);

impl Watchdog {
    /// A change was prepared.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }

    /// Sees to it that it runs while a change of the updater is open: one that was prepared just now, and
    /// one that an earlier updater left.
    pub(crate) async fn keep_forever(self, settings: Settings) {
        loop {
            let settings = settings.clone();
            match spawn_blocking(move || start_if_needed(&settings)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!("the updater's own update is not watched: {error:#}"),
                Err(error) => tracing::error!("the updater's own update is not watched: {error}"),
            }
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = self.0.notified() => sleep(LAST_WORDS).await,
            }
        }
    }
}

fn start_if_needed(settings: &Settings) -> anyhow::Result<()> {
    let layout = settings.layout(Chain::Updater);
    if !layout.trial().exists() || changes::open_change(&layout, Chain::Updater).is_none() {
        return Ok(());
    }
    match Lock::take(&layout.lock()) {
        // One is at it.
        Err(LockError::Busy) => return Ok(()),
        taken => drop(taken?),
    }
    match &settings.supervision {
        Supervision::Units(socket) => {
            Helper { socket: socket.clone() }.ask(Request::Watch)?;
        }
        Supervision::Pids(_) => launch(settings, &layout)?,
    }
    tracing::info!("the watchdog takes over: the updater is about to be replaced");
    Ok(())
}

/// Starts one where no service manager does.
fn launch(settings: &Settings, layout: &Layout) -> anyhow::Result<()> {
    let pid_file = layout.root.join("watchdog.pid");
    if pidfile::read(&pid_file)?.is_some() {
        return Ok(());
    }
    let file = settings.config_file.iter().flat_map(|file| ["--config-file".into(), file.into()]);
    let deadline = settings.patience.deadline.as_secs().to_string();
    let flags = [
        ("--updater-root", settings.folders.root.clone()),
        ("--updater-packages", settings.folders.packages.clone()),
        ("--updater-deadline", PathBuf::from(deadline)),
    ];
    let flags = flags.into_iter().flat_map(|(flag, value)| [flag.into(), value.into()]);
    let daemon = Daemon {
        program: settings.helper.clone(),
        arguments: ["watch".into()].into_iter().chain(file).chain(flags).collect(),
        output: layout.root.join("watchdog.log"),
        pid_file,
    };
    let started = detach::launch(&daemon, None)?;
    started
        .map(drop)
        .with_context(|| format!("the watchdog ended at once: {}", detach::tail_of(&daemon.output)))
}

/// Says that this updater serves, and how it is.
pub(crate) async fn confirm(settings: Settings) {
    let confirmed = spawn_blocking(move || {
        let layout = settings.layout(Chain::Updater);
        let health = health(&settings);
        std::fs::create_dir_all(&layout.root)?;
        change::confirm(&mut Disk, &layout, &health).map_err(anyhow::Error::new)
    });
    match confirmed.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("cannot confirm that this updater serves: {error:#}"),
        Err(error) => tracing::warn!("cannot confirm that this updater serves: {error}"),
    }
}

fn health(settings: &Settings) -> Health {
    let releases = Store::new(settings.layout(Chain::Worker)).releases();
    let releases = releases.map_or_else(|error| Check::Bad(chain(&error)), |_| Check::Good);
    Health {
        release: provenance::release().and_then(|digest| digest.parse().ok()),
        boot: provenance::boot(),
        pid: std::process::id(),
        // It is said once the door is open.
        checks: [("door".to_owned(), Check::Good), ("releases".to_owned(), releases)].into(),
    }
}

/// Watches over a change of the updater that was prepared: what became of it; nothing where none was.
///
/// # Errors
/// It is still open: it must be watched again.
pub async fn watch(settings: Settings) -> anyhow::Result<Option<Outcome>> {
    let runtime = Handle::current();
    let mut waited = Duration::ZERO;
    let engine = loop {
        match own_engine(&settings, runtime.clone()) {
            Ok(engine) => break engine,
            Err(Undone::Busy(_)) if waited < LOCK_PATIENCE => {
                waited += TRY_EVERY;
                sleep(TRY_EVERY).await;
            }
            Err(undone) => bail!("cannot watch over the updater: {undone}"),
        }
    };
    let watched = spawn_blocking(move || {
        let mut engine = engine;
        engine.resume()
    });
    Ok(watched.await.context("the watch broke off")??)
}

/// What became of it, for people.
pub fn describe(outcome: Option<&Outcome>) -> String {
    outcome.map_or_else(|| "there was nothing to watch".to_owned(), changes::outcome)
}
