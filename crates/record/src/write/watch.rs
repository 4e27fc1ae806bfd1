//! Who waits for new events.

use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Is told the id of the newest event.
type Hook = Box<dyn Fn(i64) + Send>;

/// Is told that alerts were raised.
type Alarm = Box<dyn Fn() + Send>;

/// Tells those who wait that there are new events, and new alerts.
pub struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    newest: i64,
    hooks: Vec<Hook>,
    /// Alerts that events raised.
    alerts: u64,
    alarms: Vec<Alarm>,
}

impl Watch {
    pub(super) fn new(newest: i64) -> Self {
        let state = State { newest, hooks: Vec::new(), alerts: 0, alarms: Vec::new() };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Id of the newest event; 0 where there never was one.
    pub fn newest(&self) -> i64 {
        self.lock().newest
    }

    /// Waits until there is an event newer than `than`, for at most so long, and answers with the
    /// newest.
    pub fn wait(&self, than: i64, most: Duration) -> i64 {
        let is_old = |state: &mut State| state.newest <= than;
        let waited = self.changed.wait_timeout_while(self.lock(), most, is_old);
        waited.unwrap_or_else(PoisonError::into_inner).0.newest
    }

    /// From now on `hook` is told the newest event, after each change, by the thread that writes: so
    /// it must not block.
    pub fn on_change(&self, hook: impl Fn(i64) + Send + 'static) {
        self.lock().hooks.push(Box::new(hook));
    }

    /// From now on `alarm` is told when events have raised alerts, as soon as those are kept, by the thread that
    /// writes: so it must not block.
    pub fn on_alert(&self, alarm: impl Fn() + Send + 'static) {
        self.lock().alarms.push(Box::new(alarm));
    }

    /// How many alerts events have raised since the record was opened.
    pub fn alerts(&self) -> u64 {
        self.lock().alerts
    }

    pub(super) fn tell(&self, newest: i64, alerts: u64) {
        let mut state = self.lock();
        state.newest = newest;
        state.hooks.iter().for_each(|hook| hook(newest));
        state.alerts += alerts;
        if alerts > 0 {
            state.alarms.iter().for_each(|alarm| alarm());
        }
        self.changed.notify_all();
    }

    /// What a thread that failed left behind is a number all the same.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("newest", &self.newest()).finish_non_exhaustive()
    }
}
