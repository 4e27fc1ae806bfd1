//! Who waits for new events.

use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Is told the id of the newest event.
type Hook = Box<dyn Fn(i64) + Send>;

/// Tells those who wait that there are new events.
pub struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    newest: i64,
    hooks: Vec<Hook>,
}

impl Watch {
    pub(super) fn new(newest: i64) -> Self {
        Self { state: Mutex::new(State { newest, hooks: Vec::new() }), changed: Condvar::new() }
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

    pub(super) fn tell(&self, newest: i64) {
        let mut state = self.lock();
        state.newest = newest;
        state.hooks.iter().for_each(|hook| hook(newest));
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
