//! What the thread is woken for.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The wish that the thread ends, which is set once and never taken back; and that it looks up from waiting.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    is_called: bool,
}

impl Stop {
    /// Whether the thread is to end.
    pub(crate) fn is_set(&self) -> bool {
        self.lock().is_set
    }

    pub(crate) fn set(&self) {
        self.lock().is_set = true;
        self.changed.notify_all();
    }

    /// Ends the wait that is under way, or else the next one.
    pub(super) fn call(&self) {
        self.lock().is_called = true;
        self.changed.notify_all();
    }

    /// Waits for so long, or until somebody calls, or it is set.
    pub(super) fn wait(&self, most: Duration) {
        let is_quiet = |state: &mut State| !state.is_set && !state.is_called;
        let waited = self.changed.wait_timeout_while(self.lock(), most, is_quiet);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_called = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
