//! How long answers took.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;

/// Times of one kind of request, in milliseconds.
#[derive(Debug, Default)]
struct Times(Mutex<Vec<f64>>);

impl Times {
    fn add(&self, time: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(time.as_secs_f64() * 1e3);
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn summary(&self) -> Summary {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied()
        };
        Summary { count: times.len(), p50: at(50).unwrap_or(0.0), p99: at(99).unwrap_or(0.0) }
    }
}

/// Times of every kind.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    heartbeat: Times,
    list: Times,
    check: Times,
}

/// What a request took, in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    count: usize,
    p50: f64,
    p99: f64,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Summaries {
    heartbeat: Summary,
    list: Summary,
    check: Summary,
}

impl Figures {
    pub(crate) fn heartbeat(&self, time: Duration) {
        self.heartbeat.add(time);
    }

    pub(crate) fn list(&self, time: Duration) {
        self.list.add(time);
    }

    pub(crate) fn check(&self, time: Duration) {
        self.check.add(time);
    }

    pub(crate) fn heartbeats(&self) -> usize {
        self.heartbeat.len()
    }

    pub(crate) fn reset(&self) {
        [&self.heartbeat, &self.list, &self.check].into_iter().for_each(Times::clear);
    }

    pub(crate) fn summary(&self) -> Summaries {
        let [heartbeat, list, check] = [&self.heartbeat, &self.list, &self.check].map(Times::summary);
        Summaries { heartbeat, list, check }
    }
}
