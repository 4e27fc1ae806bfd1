//! One task per container: follow for speed, read for truth.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    archive::Archive,
    intake::Level,
    patience::Stopped,
    position::{Finder, Position, Stretch},
    source::{Entry, LogContainer, LogSource, SourceError},
    writer::Writer,
};
use crate::error::chain;

/// Most entries that are handed over at once.
const BATCH: usize = 512;

/// Shortest time between two readings of one log.
const PACE: Duration = Duration::from_millis(200);

/// How soon what following brought is compared with the log.
const VERIFY: Duration = Duration::from_secs(5);

/// How soon after following began: the engine starts to follow a moment after it says so.
const FIRST_VERIFY: Duration = Duration::from_millis(500);

/// How soon a hole in the numbers is looked at again before it is called a gap.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// Entries taken by following after which the log is read, so that a crash has little to repeat.
const MAX_UNREAD: u32 = 20_000;

/// Most entries of the end of a log that are asked for before all of it is.
const MAX_TAIL: u32 = 200_000;

/// Longest time that the engine may take for the next part of a log.
const STALL: Duration = Duration::from_secs(60);

/// Longest wait after a failure.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// Asks a reader to read now.
pub(super) enum Nudge {
    /// Something happened to the container.
    Look,
    /// Answer when everything that the log held at this moment has been taken.
    Drain(oneshot::Sender<()>),
}

/// Why a reader broke off.
#[derive(Debug, thiserror::Error)]
enum Broke {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What the readers of all containers share.
pub(super) struct Shared<S> {
    pub(super) source: Arc<S>,
    pub(super) writer: Writer,
    /// How many logs may be read at once.
    pub(super) readings: Arc<Semaphore>,
    pub(super) reconcile: Duration,
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            writer: self.writer.clone(),
            readings: Arc::clone(&self.readings),
            reconcile: self.reconcile,
        }
    }
}

/// Reads one container.
pub(super) struct Reader<S> {
    shared: Shared<S>,
    container: Arc<LogContainer>,
    nudges: mpsc::Receiver<Nudge>,
    /// Entries that following brought since the log was read.
    unread: u32,
    /// When the log is read next, whatever happens.
    due: Instant,
    last_read: Option<Instant>,
}

impl<S: LogSource> Reader<S> {
    pub(super) fn new(shared: Shared<S>, container: LogContainer, nudges: mpsc::Receiver<Nudge>) -> Self {
        let container = Arc::new(container);
        Self { shared, container, nudges, unread: 0, due: Instant::now(), last_read: None }
    }

    /// Reads until the container is gone or the collector stops.
    pub(super) async fn run(mut self) {
        let mut backoff = Duration::from_secs(1);
        loop {
            let wait = match self.attend().await {
                Ok(()) => {
                    backoff = Duration::from_secs(1);
                    self.shared.reconcile
                }
                Err(Broke::Stopped(_) | Broke::Source(SourceError::Gone(_))) => return,
                Err(Broke::Source(error)) => {
                    tracing::warn!("log of {}: {}", self.container.name, chain(&error));
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                    backoff
                }
            };
            match timeout(wait, self.nudges.recv()).await {
                Ok(None) => return,
                Ok(Some(nudge)) => self.answer(nudge).await,
                Err(_) => {}
            }
        }
    }

    /// Answers a nudge, and those that wait behind it, by reading the log once.
    async fn answer(&mut self, nudge: Nudge) {
        let mut nudges = vec![nudge];
        while let Ok(another) = self.nudges.try_recv() {
            nudges.push(another);
        }
        let asked: Vec<_> = nudges
            .into_iter()
            .filter_map(|nudge| match nudge {
                Nudge::Look => None,
                Nudge::Drain(done) => Some(done),
            })
            .collect();
        if !asked.is_empty() {
            // Somebody waits: no pause.
            self.last_read = None;
        }
        if self.read_log().await.is_ok() {
            for done in asked {
                // Whoever asked may be gone.
                let _ = done.send(());
            }
        }
    }

    /// Reads the log and follows it until the container stops.
    async fn attend(&mut self) -> Result<(), Broke> {
        self.read_log().await?;
        let mut following = self.shared.source.follow(&self.container.id).ready_chunks(BATCH);
        self.due = Instant::now() + FIRST_VERIFY;
        loop {
            tokio::select! {
                chunk = following.next() => match chunk {
                    Some(chunk) => self.take_followed(chunk).await?,
                    None => return self.read_log().await,
                },
                nudge = self.nudges.recv() => match nudge {
                    Some(nudge) => self.answer(nudge).await,
                    None => return Err(Stopped.into()),
                },
                () = sleep_until(self.due) => self.read_log().await?,
            }
        }
    }

    async fn take_followed(&mut self, chunk: Vec<Result<Entry, SourceError>>) -> Result<(), Broke> {
        let mut entries = Vec::with_capacity(chunk.len());
        let mut error = None;
        for item in chunk {
            match item {
                Ok(entry) => entries.push(entry),
                Err(failed) => error = Some(failed),
            }
        }
        self.unread = self.unread.saturating_add(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        self.due = self.due.min(Instant::now() + VERIFY);
        let container = Arc::clone(&self.container);
        let level = self.shared.writer.call(move |archive| archive.follow(&container, &entries)).await?;
        if level == Level::Behind || self.unread > MAX_UNREAD {
            self.read_log().await?;
        }
        error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Reads everything that the log has beyond what was read before.
    async fn read_log(&mut self) -> Result<(), Broke> {
        if let Some(last) = self.last_read {
            sleep((last + PACE).saturating_duration_since(Instant::now())).await;
        }
        let readings = Arc::clone(&self.shared.readings);
        let _permit = readings.acquire().await.map_err(|_| Stopped)?;
        let container = Arc::clone(&self.container);
        match self.shared.writer.call(move |archive| Ok(archive.rewind(&container))).await? {
            Some(position) => self.read_after(position).await?,
            None => self.pass(None, None).await.map(|_| ())?,
        }
        let container = Arc::clone(&self.container);
        let again = self.shared.writer.call(move |archive| archive.settle(&container)).await?;
        self.unread = 0;
        self.last_read = Some(Instant::now());
        self.due = Instant::now() + if again { SECOND_LOOK } else { self.shared.reconcile };
        Ok(())
    }

    /// Reads the end of the log, ever more of it, until `position` is in it.
    async fn read_after(&mut self, position: Position) -> Result<(), Broke> {
        let mut last = Some(self.unread.saturating_add(2));
        while let Some(asked) = last {
            let mut finder = Finder::new(position, Stretch::Tail);
            let count = self.pass(last, Some(&mut finder)).await?;
            if finder.found() {
                return Ok(());
            }
            // Fewer entries than asked for: there are no more.
            let more = asked.checked_mul(8).filter(|more| *more < MAX_TAIL);
            last = if count < u64::from(asked) { None } else { more };
        }
        for stretch in [Stretch::Whole, Stretch::Cut] {
            let mut finder = Finder::new(position, stretch);
            self.pass(None, Some(&mut finder)).await?;
            if finder.found() {
                return Ok(());
            }
        }
        let container = Arc::clone(&self.container);
        let lose = move |archive: &mut Archive| {
            archive.lose(&container);
            Ok(())
        };
        self.shared.writer.call(lose).await?;
        self.pass(None, None).await.map(|_| ())
    }

    /// Reads the `last` entries, or all, hands over those that stand after what `finder` looks
    /// for, or all, and counts those that came.
    async fn pass(&self, last: Option<u32>, mut finder: Option<&mut Finder>) -> Result<u64, Broke> {
        let mut chunks = self.shared.source.read(&self.container.id, last).ready_chunks(BATCH);
        let mut count = 0;
        while let Some(chunk) = timeout(STALL, chunks.next()).await.map_err(|_| self.stalled())? {
            let mut fresh = Vec::new();
            for entry in chunk {
                let entry = entry?;
                count += 1;
                if finder.as_mut().is_none_or(|finder| finder.is_after(&entry)) {
                    fresh.push(entry);
                }
            }
            if !fresh.is_empty() {
                let container = Arc::clone(&self.container);
                self.shared.writer.call(move |archive| archive.read(&container, &fresh)).await?;
            }
        }
        Ok(count)
    }

    fn stalled(&self) -> SourceError {
        let doing = format!("read the log of container {}", self.container.id);
        SourceError::Engine { doing, source: "the engine stopped in the middle of it".into() }
    }
}
