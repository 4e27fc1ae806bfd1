//! The collector's own events: gaps, and artifacts that did not arrive whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use decnet_event::{Boot, Event, Kind, Origin, Timestamp};

use super::line::COLLECTOR;

/// Numbers the collector's own events, per decky, within this run of it.
#[derive(Debug)]
pub(super) struct Incidents {
    boot: Boot,
    last: BTreeMap<String, u64>,
}

impl Incidents {
    pub(super) fn new(boot: Boot) -> Self {
        Self { boot, last: BTreeMap::new() }
    }

    /// The next event about `decky`.
    pub(super) fn next(&mut self, decky: &str, kind: Kind) -> Event {
        let last = self.last.entry(decky.to_owned()).or_default();
        *last += 1;
        let origin = Origin { decky: decky.to_owned(), service: COLLECTOR.to_owned(), boot: self.boot };
        Event { time: now(), origin: Arc::new(origin), seq: *last, session: None, kind }
    }
}

/// Artifacts that the log calls incomplete beyond the checkpoint: their last pieces will be
/// read again and must not be told again.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeSet<(String, String)>);

impl Told {
    pub(super) fn note(&mut self, decky: &str, sha256: &str) {
        self.0.insert((decky.to_owned(), sha256.to_owned()));
    }

    /// Whether it was told, and need not be told this time.
    pub(super) fn take(&mut self, decky: &str, sha256: &str) -> bool {
        self.0.remove(&(decky.to_owned(), sha256.to_owned()))
    }
}

/// The present time.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Days since the Unix epoch.
pub(super) fn today() -> u64 {
    u64::try_from(now().0 / 86_400_000_000).unwrap_or_default()
}
