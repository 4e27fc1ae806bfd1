//! Writes `master.log` and `master.json` from what is durable, on a thread of its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use decnet_logship::derive::{Counts, DeriveError, Deriver, Progress};
use decnet_proto::problem;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{alarm::Alarm, committer::Passed};

/// How often what was written is made durable, and rotation is looked for.
const EVERY: Duration = Duration::from_secs(1);

/// How long what is not yet written may take when we end; the rest is written after the next start.
const LAST: Duration = Duration::from_secs(5);

/// What is told of it.
#[derive(Debug)]
pub(crate) struct Derived {
    pub(crate) alarm: Alarm,
    counts: Mutex<Counts>,
}

impl Default for Derived {
    fn default() -> Self {
        Self { alarm: Alarm::new("the log of the master is not written"), counts: Mutex::default() }
    }
}

impl Derived {
    /// What was written since the start.
    pub(crate) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work of the thread.
#[derive(Debug)]
pub(crate) struct Work {
    deriver: Deriver,
    commits: watch::Receiver<u64>,
    passed: Passed,
    derived: Arc<Derived>,
    saved_at: Instant,
}

impl Work {
    /// It writes after each of `commits`, and tells by `passed` how far the spool is needed no more.
    pub(crate) fn new(
        deriver: Deriver,
        commits: watch::Receiver<u64>,
        passed: Passed,
        derived: Arc<Derived>,
    ) -> Self {
        Self { deriver, commits, passed, derived, saved_at: Instant::now() }
    }

    /// Works until nothing can be committed any more, and all that was is written.
    pub(crate) async fn run(mut self) {
        loop {
            self.commits.borrow_and_update();
            let done = self.write(None);
            let has_failed = done.is_err();
            self.tell(done);
            let has_ended = if has_failed {
                // What fails is not tried again before a moment has passed.
                sleep(EVERY).await;
                self.commits.has_changed().is_err()
            } else {
                tokio::select! {
                    changed = self.commits.changed() => changed.is_err(),
                    () = sleep(EVERY) => false,
                }
            };
            if has_ended {
                let done = self.write(Some(Instant::now() + LAST)).and_then(|()| self.save());
                return self.tell(done);
            }
        }
    }

    fn write(&mut self, until: Option<Instant>) -> Result<(), DeriveError> {
        loop {
            let progress = self.deriver.step()?;
            if self.saved_at.elapsed() >= EVERY {
                self.save()?;
            }
            if progress == Progress::Done || until.is_some_and(|until| Instant::now() >= until) {
                return Ok(());
            }
        }
    }

    fn save(&mut self) -> Result<(), DeriveError> {
        self.passed.set(self.deriver.save()?);
        self.saved_at = Instant::now();
        Ok(())
    }

    fn tell(&self, done: Result<(), DeriveError>) {
        *self.derived.counts.lock().unwrap_or_else(PoisonError::into_inner) = self.deriver.counts();
        match done {
            Ok(()) => self.derived.alarm.settle(),
            Err(error) => self.derived.alarm.raise(problem::chain(&error)),
        }
    }
}
