//! Asks the record once for all who listen.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use decnet_event::Timestamp;
use decnet_proto::record::LogRow;
use decnet_record::{Period, Reader, RecordError, Search};
use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

use super::{
    frames,
    ring::{After, Frame, Ring},
};
use crate::api::{accounts::now, asking::Asking};

/// Events that are read at once.
const PIECE: u32 = 500;

/// How far behind the ring may be before it is begun anew at the end: who listens reads what is between
/// from the record, at the pace at which it can take it.
const BEHIND: i64 = 8 * PIECE as i64;

/// The shortest time between two looks, so that many events make one message.
const GATHER: Duration = Duration::from_millis(40);

/// The shortest time between two summaries.
const SUMMARY: Duration = Duration::from_secs(1);

/// Minutes of a span of the histogram.
const QUARTER: u32 = 15;

/// How far back the histogram begins, in microseconds.
const DAY: i64 = 86_400_000_000;

/// What is told of everything that is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// The message with the numbers.
    pub(super) stats: Option<Bytes>,
    /// The message with events over time.
    pub(super) histogram: Option<Bytes>,
}

/// A summary, when it was asked for, and the newest event then.
#[derive(Debug)]
struct Greeting {
    asked: Instant,
    newest: i64,
    summary: Summary,
}

/// What all who listen share.
#[derive(Debug)]
pub(crate) struct Hub {
    ring: RwLock<Ring>,
    newest: watch::Sender<i64>,
    summary: watch::Sender<Summary>,
    /// What those who came last were greeted with.
    greeting: Mutex<Option<Greeting>>,
    listeners: AtomicUsize,
}

impl Hub {
    /// Begins behind the event with this id.
    pub(crate) fn new(newest: i64) -> Arc<Self> {
        Arc::new(Self {
            ring: RwLock::new(Ring::new(newest)),
            newest: watch::Sender::new(newest),
            summary: watch::Sender::default(),
            greeting: Mutex::default(),
            listeners: AtomicUsize::new(0),
        })
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.listeners.load(Ordering::Relaxed)
    }

    pub(super) fn enter(self: &Arc<Self>) -> Listening {
        self.listeners.fetch_add(1, Ordering::Relaxed);
        Listening(Arc::clone(self))
    }

    pub(super) fn newest(&self) -> i64 {
        *self.newest.borrow()
    }

    pub(super) fn news(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    pub(super) fn summaries(&self) -> watch::Receiver<Summary> {
        self.summary.subscribe()
    }

    /// The summary for somebody who begins to listen: those who come within a second and before anything else
    /// happens get the same, and whoever comes while it is asked for waits for it.
    pub(super) async fn greeting(&self, asking: &Asking) -> Result<Summary, RecordError> {
        let mut greeting = self.greeting.lock().await;
        let (asked, newest) = (Instant::now(), self.newest());
        if let Some(last) = &*greeting
            && last.newest == newest
            && last.asked.elapsed() < SUMMARY
        {
            return Ok(last.summary.clone());
        }
        let summary = summary(asking).await?;
        *greeting = Some(Greeting { asked, newest, summary: summary.clone() });
        Ok(summary)
    }

    pub(super) fn after(&self, id: i64, most: usize) -> After {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).after(id, most)
    }

    /// Keeps up with `kept`, which tells the newest event, until nobody tells any more.
    pub(crate) async fn follow(self: Arc<Self>, asking: Asking, mut kept: watch::Receiver<i64>) {
        let summing = tokio::spawn(Arc::clone(&self).sum_up(asking.clone()));
        while kept.changed().await.is_ok() {
            let newest = *kept.borrow_and_update();
            if let Err(error) = self.catch_up(&asking, newest).await {
                tracing::warn!("the live stream waits: {error}");
            }
            tokio::time::sleep(GATHER).await;
        }
        summing.abort();
    }

    async fn catch_up(&self, asking: &Asking, newest: i64) -> Result<(), RecordError> {
        loop {
            let have = self.ring.read().unwrap_or_else(PoisonError::into_inner).newest();
            if have >= newest {
                return Ok(());
            }
            // Nobody listens, or there is too much of it: those who do read it themselves.
            if self.listeners() == 0 || newest - have > BEHIND {
                self.begin_at(newest);
                return Ok(());
            }
            let rows = asking
                .ask(move |reader| reader.logs_after(have, &Search::default(), Period::default(), PIECE))
                .await?;
            if rows.seen <= have {
                return Ok(());
            }
            self.take(rows.rows, rows.seen);
        }
    }

    /// Forgets what was told, and begins behind this event.
    pub(crate) fn begin_at(&self, newest: i64) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Ring::new(newest);
        self.newest.send_replace(newest);
    }

    fn take(&self, rows: Vec<LogRow>, seen: i64) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            if let Ok(text) = serde_json::to_vec(&row) {
                ring.push(Frame { row, text: text.into() });
            }
        }
        drop(ring);
        self.newest.send_replace(seen);
    }

    /// Tells, at most once a second and while somebody listens, what all of it comes to.
    async fn sum_up(self: Arc<Self>, asking: Asking) {
        let mut news = self.news();
        loop {
            if news.changed().await.is_err() {
                return;
            }
            if self.listeners() > 0 {
                match summary(&asking).await {
                    Ok(summary) => drop(self.summary.send_replace(summary)),
                    Err(error) => tracing::warn!("who listens is not told how much there is: {error}"),
                }
            }
            tokio::time::sleep(SUMMARY).await;
        }
    }
}

/// The last day.
fn day() -> Period {
    Period { from: Some(Timestamp(now().0 - DAY)), until: None }
}

/// The summary of what is kept now.
async fn summary(asking: &Asking) -> Result<Summary, RecordError> {
    asking
        .ask(|reader: &Reader| {
            let stats = frames::message("stats", &reader.stats()?);
            let histogram =
                frames::message("histogram", &reader.histogram(&Search::default(), day(), QUARTER)?);
            Ok(Summary { stats, histogram })
        })
        .await
}

/// Somebody who listens, for as long as it is held.
#[derive(Debug)]
pub(super) struct Listening(Arc<Hub>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}
