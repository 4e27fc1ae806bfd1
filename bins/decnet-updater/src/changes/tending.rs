//! Between changes: what was left open is ended, and what runs well is remembered.
//!
//! A change is left open when whoever made it ended in the middle, or could not write any more. Until it is
//! ended no other is made, so that it is tried again by itself, less and less often.

use std::{sync::Arc, time::Duration};

use decnet_proto::swarm::updater::Chain;
use decnet_release::change::{self, ChangeError, Outcome};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};

use super::{Changes, describe, own_engine, releases::open_change};
use crate::{failure::Undone, supervisor::Starter};

/// How often it is looked whether what runs is healthy, so that it can be rolled back to.
const VOUCH_EVERY: Duration = Duration::from_secs(60);

/// First and longest pause before what could not be ended is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10 * 60));

type Ended = Result<Result<Option<Outcome>, ChangeError>, Undone>;

impl Changes {
    /// Ends what was left open, by an earlier updater or by us, and remembers what runs well.
    pub(crate) async fn tend_forever(self) {
        let (mut pause, mut is_first) = (PAUSES.0, true);
        loop {
            for chain in Chain::ALL {
                if self.is_open(chain) || is_first && !self.is_watched(chain) {
                    self.end_open(chain).await;
                }
            }
            is_first = false;
            let wait = if Chain::ALL.into_iter().any(|chain| self.is_open(chain)) {
                let wait = pause;
                pause = (pause * 2).min(PAUSES.1);
                wait
            } else {
                pause = PAUSES.0;
                self.vouch().await;
                VOUCH_EVERY
            };
            // What a change that ends now leaves open is tried at once.
            let _ = timeout(wait, self.0.over.notified()).await;
        }
    }

    /// Whether a chain has a change that is not over, and that is ours.
    fn is_open(&self, chain: Chain) -> bool {
        !self.is_watched(chain) && open_change(&self.0.settings.layout(chain), chain).is_some()
    }

    /// Whether the watchdog sees to a chain.
    fn is_watched(&self, chain: Chain) -> bool {
        chain == Chain::Updater && self.0.settings.layout(chain).trial().exists()
    }

    /// Ends what was left open with a chain; of the updater's own only what its watchdog was not handed.
    async fn end_open(&self, chain: Chain) {
        let held = Arc::clone(&self.0.turn).lock_owned().await;
        let (changes, runtime) = (self.clone(), Handle::current());
        let ended = spawn_blocking(move || -> Ended {
            let _held = held;
            match chain {
                Chain::Worker => changes.worker_engine(runtime).map(|(mut engine, _)| engine.resume()),
                Chain::Updater => own_engine(&changes.0.settings, runtime).map(|mut engine| engine.give_up()),
            }
        });
        match ended.await {
            Ok(Ok(Ok(None))) => {}
            Ok(Ok(Ok(Some(outcome)))) => {
                tracing::warn!("a change was left open, and ended now: {}", describe::outcome(&outcome));
            }
            Ok(Ok(Err(error))) => {
                let error = decnet_proto::problem::chain(&error);
                tracing::error!("a change that was left open cannot be ended: {error}");
            }
            // The watchdog is at it.
            Ok(Err(Undone::Busy(_))) => {}
            Ok(Err(undone)) => tracing::warn!("whether a change was left open is not known: {undone}"),
            Err(error) => tracing::error!("the change broke off: {error}"),
        }
    }

    /// Remembers what runs as good if it proves itself.
    async fn vouch(&self) {
        let held = Arc::clone(&self.0.turn).lock_owned().await;
        let (changes, runtime) = (self.clone(), Handle::current());
        let vouched = spawn_blocking(move || {
            let _held = held;
            let starter =
                Starter::new(&changes.0.settings.supervision, &changes.0.settings.layout(Chain::Worker).root);
            if let Err(error) = starter.remember(change::Chain::Worker.programs()) {
                tracing::debug!("cannot remember how programs were started: {error}");
            }
            changes.worker_engine(runtime).map(|(mut engine, _)| engine.vouch())
        });
        if let Ok(Ok(Ok(true))) = vouched.await {
            tracing::info!("what runs is healthy: it can be rolled back to");
        }
    }
}
