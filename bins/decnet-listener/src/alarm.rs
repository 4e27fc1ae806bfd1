//! What keeps us from our work, told once when it begins and once when it ends.

use std::sync::{Mutex, PoisonError};

/// Something that should work.
#[derive(Debug)]
pub(crate) struct Alarm {
    what: &'static str,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    trouble: Option<String>,
    count: u64,
}

impl Alarm {
    /// For something that works by now.
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, state: Mutex::default() }
    }

    /// It does not work, for this reason.
    pub(crate) fn raise(&self, trouble: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.count += 1;
        if state.trouble.as_ref() != Some(&trouble) {
            tracing::error!("{}: {trouble}; it is tried again every second", self.what);
            state.trouble = Some(trouble);
        }
    }

    /// It works.
    pub(crate) fn settle(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.trouble.take().is_some() {
            tracing::info!("{}: it works again", self.what);
        }
    }

    /// Why it does not work, if it does not.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    /// How often it failed since the start.
    pub(crate) fn count(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).count
    }
}
