//! Disks fill up: what must be written is tried until it works or the collector is stopped.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The collector was told to stop while it waited for a disk. Nothing may be written after
/// this: what was read but not written is read again by the next collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped while waiting for the disk")]
pub struct Stopped;

/// Tells a waiting collector to stop.
#[derive(Clone, Debug, Default)]
pub(super) struct StopFlag(Arc<(Mutex<bool>, Condvar)>);

impl StopFlag {
    /// Stops whoever waits, now and from now on.
    pub(super) fn stop(&self) {
        let (flag, bell) = &*self.0;
        *flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        bell.notify_all();
    }

    /// Waits at most `time` and says whether it was stopped.
    fn wait(&self, time: Duration) -> bool {
        let (flag, bell) = &*self.0;
        let flag = flag.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = bell.wait_timeout_while(flag, time, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// How often a failed write is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How often a lasting failure is told.
const ALARM: Duration = Duration::from_secs(60);

/// Tries again and again, and says so once a minute.
#[derive(Debug)]
pub(super) struct Patience {
    stop: StopFlag,
    alarm: Option<Instant>,
}

impl Patience {
    pub(super) fn new(stop: StopFlag) -> Self {
        Self { stop, alarm: None }
    }

    /// Attempts until it works. `attempt` must be able to go on where it failed.
    pub(super) fn insist<T>(
        &mut self,
        doing: &str,
        mut attempt: impl FnMut() -> io::Result<T>,
    ) -> Result<T, Stopped> {
        let mut failed = false;
        loop {
            match attempt() {
                Ok(value) => {
                    if failed {
                        tracing::info!("could {doing} again: collecting goes on");
                    }
                    return Ok(value);
                }
                Err(error) => self.tell(doing, &error),
            }
            failed = true;
            if self.stop.wait(RETRY) {
                return Err(Stopped);
            }
        }
    }

    fn tell(&mut self, doing: &str, error: &io::Error) {
        if self.alarm.is_none_or(|at| at.elapsed() >= ALARM) {
            self.alarm = Some(Instant::now());
            tracing::error!("cannot {doing}: {error}; collecting waits, the engine keeps the lines");
        }
    }
}
